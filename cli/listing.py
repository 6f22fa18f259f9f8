"""What there is: pipelines, data sets, stacks."""

from pathlib import Path

from cli.config import names_in
from cli.graph import pipeline_names

FOLDERS = {
    "data sets": "datasets",
    "stacks": "stacks",
    "policies": "policies",
    "rollouts": "rollouts",
    "triggers": "retraining",
}


def listing(root: Path) -> str:
    """A block of text: each kind with its names and what their files say first."""
    blocks = [_block("pipelines", root / "configs" / "pipelines", pipeline_names(root))]
    for title, folder in FOLDERS.items():
        path = root / "configs" / folder
        blocks.append(_block(title, path, names_in(path)))
    return "\n\n".join(blocks)


def _block(title: str, folder: Path, names: tuple[str, ...]) -> str:
    width = max(map(len, names), default=0)
    lines = [f"  {n:<{width}}  {_first_comment(folder / f'{n}.yaml')}" for n in names]
    return "\n".join([f"{title}:", *lines])


def _first_comment(path: Path) -> str:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    return first.removeprefix("#").strip()
