"""Where text for people goes: a terminal, or a file of a fixed width."""

from rich.console import Console

PLAIN_WIDTH = 110


def console(*, stderr: bool = False) -> Console:
    """A console; a file or pipe has no width of its own and gets a fixed one."""
    found = Console(stderr=stderr)
    return found if found.is_terminal else Console(stderr=stderr, width=PLAIN_WIDTH)
