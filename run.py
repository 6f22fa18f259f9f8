"""Holdfast's command line; ``python run.py --help`` tells what it can do."""

import sys

if __name__ == "__main__":
    try:
        from cli.main import main

        main()
    except ModuleNotFoundError as error:
        sys.exit(
            f"error: {sys.executable} has no package {error.name}; `make setup` "
            "installs what is needed, then type `.venv/bin/python run.py ...`"
        )
