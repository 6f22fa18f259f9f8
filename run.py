"""Holdfast's command line; ``python run.py --help`` tells what it can do."""

from cli.main import main

if __name__ == "__main__":
    main()
