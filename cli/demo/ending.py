"""Ends the server of a story that was kept: ``python -m cli.demo.ending FOLDER``."""

import sys
from pathlib import Path

from cli.demo.stage import Stage
from cli.server.keeping import stop_server


def main(folder: Path) -> None:
    """End the server; nothing happens where none runs."""
    stage = Stage(folder)
    stage.enter()
    stop_server(stage.place)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
