"""Ways to damage the files of a bundle: bytes, names, links, JSON and graphs.

A file's content may also be an ``Entry``: what stands in the folder in its place.
"""

import hashlib
import json
import math
import os
from collections.abc import Callable, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto

Rng = np.random.Generator


class Entry(Enum):
    """What is no plain file of a bearable size."""

    LINK_OUT = "link to a file elsewhere"
    LINK_NOWHERE = "link to nothing"
    LINK_SELF = "link to itself"
    LINK_DEVICE = "link to an endless device"
    PIPE = "pipe"
    FOLDER = "folder"
    HUGE = "sparse file of a terabyte"


Files = dict[str, bytes | Entry]
Damage = Callable[[Rng, Mapping[str, bytes], Mapping[str, bytes]], Files]
MANIFEST = "manifest.json"
NASTY: list[Any] = [
    None,
    True,
    -1,
    0,
    2,
    1e308,
    -1e308,
    10**30,
    2**31,
    2**63,
    1e-320,
    math.nan,
    math.inf,
    "",
    "x" * 20_000,
    "../../etc/passwd",
    "\ud800",
    "a\0b",
    [],
    {},
    [[[]]],
    {"a": {}},
]
NAMES = [
    "../model.onnx",
    "/etc/passwd",
    "a/../../model.onnx",
    "model.onnx\0.json",
    "MODEL.ONNX",
    "model.onnx ",
    ".",
    "..",
    "",
    "x" * 255,
    "model.pkl",
    "\uff4dodel.onnx",
]
BOMBS = [
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b"9" * 100_000,
    b"[1e999]",
    b'"\\ud800"',
    b"\xff\xfe{\x00",
    b"",
    b"null",
    b"[" + b"[]," * 200_000 + b"[]]",
    b'{"columns": {}, "probability": [' + b"0.5," * 200_000 + b"0.5]}",
]


def write(folder: Path, files: Mapping[str, bytes | Entry]) -> None:
    """Put the files where a server would find them."""
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            _ENTRIES[content](path)


def rebuilt(files: Files) -> Files:
    """The files with a manifest that vouches for each of them, if it still is one."""
    try:
        manifest = json.loads(_bytes(files[MANIFEST]))
        manifest["files"] = {
            name: {
                "sha256": hashlib.sha256(_bytes(content)).hexdigest(),
                "size": len(_bytes(content)),
            }
            for name, content in files.items()
            if name != MANIFEST
        } | {name: value for name, value in manifest["files"].items() if name in NAMES}
        return files | {MANIFEST: json.dumps(manifest).encode()}
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError):
        return files


def _bytes(content: bytes | Entry) -> bytes:
    return content if isinstance(content, bytes) else b""


def _chosen(rng: Rng, files: Mapping[str, bytes]) -> str:
    return str(rng.choice(sorted(files)))


def _cut(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    name = _chosen(rng, files)
    return dict(files) | {name: files[name][: rng.integers(len(files[name]))]}


def _flipped(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    name = _chosen(rng, files)
    content = bytearray(files[name])
    for _bit in range(rng.integers(1, 9)):
        content[rng.integers(len(content))] ^= 1 << int(rng.integers(8))
    return dict(files) | {name: bytes(content)}


def _overwritten(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    """Random, zeroed or all-set bytes somewhere: lengths in headers become huge."""
    name = _chosen(rng, files)
    content = bytearray(files[name])
    start, n = int(rng.integers(len(content))), int(rng.integers(1, 17))
    fill = [rng.bytes(n), b"\0" * n, b"\xff" * n, b"\x7f" * n][rng.integers(4)]
    content[start : start + n] = fill
    return dict(files) | {name: bytes(content)}


def _spliced(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    """A part removed or doubled."""
    name = _chosen(rng, files)
    content = files[name]
    a, b = sorted(rng.integers(0, len(content), 2))
    kept = (
        content[:a] + content[b:] if rng.random() < 0.5 else content[:b] + content[a:]
    )
    return dict(files) | {name: kept}


def _swapped(
    rng: Rng, files: Mapping[str, bytes], others: Mapping[str, bytes]
) -> Files:
    """One to all files of another model, or two files in each other's place."""
    if rng.random() < 0.3:
        first, second = _chosen(rng, files), _chosen(rng, files)
        return dict(files) | {first: files[second], second: files[first]}
    names = [n for n in sorted({*files, *others}) if rng.random() < 0.4]
    taken = {name: others[name] for name in names if name in others}
    left = {n: c for n, c in files.items() if n not in names or n in others}
    return dict(left) | taken


def _named(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    """A name with a trick in it, in the manifest and, where possible, the folder."""
    trick = str(rng.choice(NAMES))
    name = _chosen(rng, files)
    manifest = json.loads(files[MANIFEST])
    listed = {"sha256": hashlib.sha256(files[name]).hexdigest(), "size": 1}
    manifest["files"][trick] = listed
    if rng.random() < 0.5:
        manifest["files"].pop(name, None)
    changed = dict(files) | {MANIFEST: json.dumps(manifest).encode()}
    if trick and "/" not in trick and "\0" not in trick and trick.strip("."):
        changed[trick] = files[name]
    if rng.random() < 0.5 and name != MANIFEST:
        del changed[name]
    return dict(changed)


def _replaced(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    entries = list(Entry)
    return dict(files) | {_chosen(rng, files): entries[rng.integers(len(entries))]}


def _bombed(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    names = [name for name in sorted(files) if name.endswith(".json")]
    bomb = BOMBS[rng.integers(len(BOMBS))]
    return dict(files) | {str(rng.choice(names)): bomb}


def _reworded(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    """A value of a JSON file replaced, removed or doubled."""
    names = [name for name in sorted(files) if name.endswith(".json")]
    name = str(rng.choice(names))
    record = json.loads(files[name])
    for _change in range(rng.integers(1, 4)):
        holder, key = _place(rng, record)
        if rng.random() < 0.2:
            del holder[key]
        elif isinstance(holder, list) and rng.random() < 0.2:
            holder.append(holder[key])
        else:
            holder[key] = NASTY[rng.integers(len(NASTY))]
        if not record:
            break
    return dict(files) | {name: json.dumps(record).encode()}


def _place(rng: Rng, record: Any) -> tuple[Any, Any]:
    """Somewhere in a tree of objects and lists, at any depth."""
    while True:
        keys = sorted(record) if isinstance(record, dict) else range(len(record))
        key = keys[int(rng.integers(len(keys)))]
        if not isinstance(record[key], dict | list) or not record[key]:
            return record, key
        if rng.random() < 0.15:
            return record, key
        record = record[key]


def _regraphed(rng: Rng, files: Mapping[str, bytes], _: Mapping[str, bytes]) -> Files:
    """A graph that is one, with something else in it."""
    model = onnx.load_from_string(files["model.onnx"])
    change = _GRAPH_CHANGES[rng.integers(len(_GRAPH_CHANGES))]
    change(rng, model)
    return dict(files) | {"model.onnx": model.SerializeToString()}


def _any(rng: Rng, items: Any) -> Any:
    return items[int(rng.integers(len(items)))]


def _other_shape(rng: Rng, model: onnx.ModelProto) -> None:
    tensor = _any(rng, model.graph.initializer)
    del tensor.dims[:]
    tensor.dims.extend(_any(rng, [[2**40], [-1], [0], [2**31, 2**31], [1] * 50]))


def _elsewhere(rng: Rng, model: onnx.ModelProto) -> None:
    tensor = _any(rng, model.graph.initializer)
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    places = ["/etc/passwd", "../../etc/passwd", "pyproject.toml", "golden.json"]
    for key, value in (("location", _any(rng, places)), ("length", "8")):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value


def _other_numbers(rng: Rng, model: onnx.ModelProto) -> None:
    """Node ids, feature ids, thresholds and leaves of trees, or other attributes."""
    with_attributes = [node for node in model.graph.node if node.attribute]
    attribute = _any(rng, _any(rng, with_attributes).attribute)
    far = _any(rng, [-1, 2**31 - 1, 2**62, 10**6, 1])
    if attribute.ints:
        attribute.ints[int(rng.integers(len(attribute.ints)))] = far
    elif attribute.floats:
        values = [math.nan, math.inf, -3e38, 0.0]
        attribute.floats[int(rng.integers(len(attribute.floats)))] = _any(rng, values)
    else:
        attribute.i = far


def _other_wires(rng: Rng, model: onnx.ModelProto) -> None:
    node = _any(rng, model.graph.node)
    names = [o for other in model.graph.node for o in other.output] + ["nothing", ""]
    node.input[int(rng.integers(len(node.input)))] = _any(rng, names)


def _other_operator(rng: Rng, model: onnx.ModelProto) -> None:
    operators = ["Loop", "Mul", "Exp", "Tile", "Expand", "Nonsense", "Identity", "Neg"]
    _any(rng, model.graph.node).op_type = _any(rng, operators)


def _other_ends(rng: Rng, model: onnx.ModelProto) -> None:
    ends = _any(rng, [model.graph.input, model.graph.output])
    end = int(rng.integers(len(ends)))
    if rng.random() < 0.5:
        del ends[end]
    else:
        ends[end].name = _any(rng, ["matrix", "probability", "", "x" * 10_000])


def _other_versions(rng: Rng, model: onnx.ModelProto) -> None:
    model.ir_version = _any(rng, [0, 2**31, 3])
    model.opset_import[0].version = _any(rng, [0, 1, 10**6])


_GRAPH_CHANGES: list[Callable[[Rng, onnx.ModelProto], None]] = [
    _other_shape,
    _elsewhere,
    _other_numbers,
    _other_numbers,
    _other_wires,
    _other_operator,
    _other_ends,
    _other_versions,
]
_ENTRIES: dict[Entry, Callable[[Path], Any]] = {
    Entry.LINK_OUT: lambda path: path.symlink_to("/etc/passwd"),
    Entry.LINK_NOWHERE: lambda path: path.symlink_to("/nowhere/at/all"),
    Entry.LINK_SELF: lambda path: path.symlink_to(path.name),
    Entry.LINK_DEVICE: lambda path: path.symlink_to("/dev/zero"),
    Entry.PIPE: os.mkfifo,
    Entry.FOLDER: Path.mkdir,
    Entry.HUGE: lambda path: (path.touch(), os.truncate(path, 2**40)),
}
DAMAGES: dict[str, Damage] = {
    "cut": _cut,
    "bits flipped": _flipped,
    "bytes overwritten": _overwritten,
    "part removed or doubled": _spliced,
    "files swapped": _swapped,
    "names with tricks": _named,
    "links, pipes, folders": _replaced,
    "JSON bombs": _bombed,
    "JSON reworded": _reworded,
    "graph rewired": _regraphed,
}
