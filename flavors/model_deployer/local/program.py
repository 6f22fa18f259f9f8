"""Which program a server runs, and how to tell that it is another by now."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[3]
# What `python -m serving` may import of this repository.
PARTS = ("serving", "churn", "storage")


def fingerprint(
    command: Sequence[str], variables: Mapping[str, str], *, code: Path
) -> str:
    """A hash of command, addresses, source and packages: equal for equal servers."""
    hashed = hashlib.sha256()
    for part in _parts(command, variables, code):
        hashed.update(len(part).to_bytes(8) + part)
    return hashed.hexdigest()


def _parts(
    command: Sequence[str], variables: Mapping[str, str], code: Path
) -> Iterator[bytes]:
    yield from (text.encode() for text in command)
    yield from (f"{name}={variables[name]}".encode() for name in sorted(variables))
    for part in PARTS:
        for path in sorted((code / part).rglob("*.py")):
            yield str(path.relative_to(code)).encode()
            yield path.read_bytes()
    yield from (name.encode() for name in _packages(Path(command[0])))


def _packages(python: Path) -> list[str]:
    """The packages of an environment, with their versions."""
    environment = python.absolute().parent.parent
    found = environment.glob("lib/python*/site-packages/*.dist-info")
    return sorted(path.name for path in found)
