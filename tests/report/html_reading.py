"""Reads a report's page back: its elements with attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(("meta", "link", "br"))


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements inside with a tag and attributes, in order."""
        found = [
            child
            for child in self.children
            if child.tag == tag
            and all(child.attributes.get(name) == value for name, value in attributes.items())
        ]
        below = [one for child in self.children for one in child.all(tag, **attributes)]
        return found + below

    @property
    def whole_text(self) -> str:
        return " ".join((self.text + " " + " ".join(child.whole_text for child in self.children)).split())

    def every(self) -> list[Element]:
        return [self, *(one for child in self.children for one in child.every())]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        last = self.open.pop()
        assert last.tag == tag, f"</{tag}> closes <{last.tag}>"

    def handle_data(self, data: str) -> None:
        self.open[-1].text += data


def read_html(text: str) -> Element:
    """The root of a page; every element must be closed by its own tag."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == [reader.root], "elements are left open"
    return reader.root


def fields(row: Element) -> dict[str, str]:
    """The cells of a table's row that say which number they show, by its name."""
    named = (cell for cell in row.all("td") if "data-field" in cell.attributes)
    return {cell.attributes["data-field"]: cell.whole_text for cell in named}
