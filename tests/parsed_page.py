"""An HTML page taken apart by the standard library, as an independent judge."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "input", "link", "col", "wbr", "source"}
SILENT = {"style", "script", "title", "desc"}


@dataclass
class Element:
    """One element with the text directly and indirectly inside it."""

    tag: str
    attributes: dict[str, str]
    parent: "Element | None"
    text: str = ""

    def has_class(self, name: str) -> bool:
        """Whether the element has this class."""
        return name in self.attributes.get("class", "").split()


@dataclass
class ParsedPage(HTMLParser):
    """All elements of a page; fails on a tag that is not closed in order."""

    elements: list[Element] = field(default_factory=list)
    text: str = ""

    def __init__(self, page: str) -> None:
        """Parse the page at once."""
        super().__init__()
        self.elements, self.text, self._open = [], "", []
        self.feed(page)
        self.close()
        assert not self._open, f"never closed: {[e.tag for e in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute"
        parent = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element and close it."""
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].tag == tag, f"</{tag}> inside <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Give text to every open element, and to the page if a reader sees it."""
        for element in self._open:
            element.text += data
        if not any(element.tag in SILENT for element in self._open):
            self.text += data

    def all(self, tag: str, style: str = "") -> list[Element]:
        """Elements by tag and class, in order."""
        found = [element for element in self.elements if element.tag == tag]
        return [e for e in found if not style or e.has_class(style)]
