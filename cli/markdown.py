"""Markdown for summaries and comments of continuous integration."""

import html
from collections.abc import Iterable, Sequence

# What would begin a link, a mention, a reference, code, a cell or emphasis.
MARKS = str.maketrans({mark: f"&#{ord(mark)};" for mark in r"\`*[]|@#"})


def plain(text: str) -> str:
    """Text that stays text, whoever wrote it.

    >>> plain("a|b <c>")
    'a&#124;b &lt;c&gt;'
    """
    return html.escape(" ".join(text.split()), quote=False).translate(MARKS)


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts; the first column names what the others say."""
    lines = (titles, ["---"] * len(titles), *(map(plain, row) for row in rows))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def folded(title: str, content: str) -> str:
    """Content that a reader opens."""
    return f"<details><summary>{plain(title)}</summary>\n\n{content}\n\n</details>"
