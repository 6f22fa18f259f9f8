"""What a page is made of: plain records, no HTML. The template alone draws them.

Texts are escaped by the template; only the drawings are markup already.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from markupsafe import Markup

Tone = Literal["good", "bad", "unsure", "plain"]


@dataclass(frozen=True)
class Mark:
    """A symbol that is never alone: ``words`` say the same to who cannot see it."""

    symbol: str
    words: str
    tone: Tone


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The one thing to read if only one thing is read."""

    kind: ClassVar[str] = "verdict"
    mark: Mark
    sentence: str
    detail: str
    summary: str


@dataclass(frozen=True)
class Note:
    """A small line below a tile's figure."""

    label: str
    text: str
    mark: Mark | None = None


@dataclass(frozen=True, kw_only=True)
class Tile:
    """One headline figure."""

    label: str
    value: str
    detail: str
    notes: tuple[Note, ...]


@dataclass(frozen=True, kw_only=True)
class Tiles:
    """Headline figures side by side."""

    kind: ClassVar[str] = "tiles"
    items: tuple[Tile, ...]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One question that was answered, with the figure that answers it.

    ``aside`` qualifies the mark; ``against`` says what the figure was held against.
    """

    mark: Mark
    aside: str
    name: str
    sentence: str
    figure: str
    against: str
    plot: Markup


@dataclass(frozen=True, kw_only=True)
class Checks:
    """A list of answered questions."""

    kind: ClassVar[str] = "checks"
    items: tuple[Check, ...]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a table: a text, a second line, a mark and a drawing."""

    text: str
    detail: str = ""
    mark: Mark | None = None
    plot: Markup | None = None


@dataclass(frozen=True)
class Group:
    """Rows of a table that belong together; the first cell heads each row."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table; ``head`` begins with the column of row headers.

    ``text_columns`` counts the leading columns set flush left; the others hold
    figures and are set flush right.
    """

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    groups: tuple[Group, ...]
    text_columns: int = 1
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing with its caption."""

    caption: str
    drawing: Markup
    note: str


@dataclass(frozen=True, kw_only=True)
class Charts:
    """Drawings side by side where there is room; a wide one has a row of its own."""

    kind: ClassVar[str] = "charts"
    items: tuple[Chart, ...]
    is_wide: bool = False


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Labels with a text each; ``exact`` sets the texts as code."""

    kind: ClassVar[str] = "facts"
    items: tuple[tuple[str, str], ...]
    exact: bool = False


@dataclass(frozen=True, kw_only=True)
class Links:
    """Pages beside this one: their titles and their relative addresses."""

    kind: ClassVar[str] = "links"
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Prose:
    """A paragraph; any tone but plain sets it apart."""

    kind: ClassVar[str] = "prose"
    text: str
    tone: Tone = "plain"


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Details shown on demand, and always on paper."""

    kind: ClassVar[str] = "fold"
    summary: str
    blocks: "tuple[Block, ...]"


Block: TypeAlias = (
    Verdict | Tiles | Checks | Table | Charts | Facts | Links | Prose | Fold
)


@dataclass(frozen=True)
class Section:
    """A part of the page with its heading."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A whole page.

    ``kicker`` says what kind of page it is, ``facts`` stand below the title.
    """

    kicker: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    footer: str
