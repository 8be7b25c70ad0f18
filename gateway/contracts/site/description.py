"""A contract's description (Markdown beside the descriptor): the texts on its elements, and the rest as HTML.

Only what the descriptions use is understood: headings, paragraphs, lists, tables, code, bold. All text is escaped.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final, NamedTuple

from markupsafe import Markup, escape

from gateway.findings.finding import Text

_ROW = re.compile(r"^\| `([\w./@-]+)` \|[^|]*\|[^|]*\| ([^|]+) \| ([^|]+) \|", re.MULTILINE)
_INLINE = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\([^)]*\)")
_PURPOSE: Final = {"sv": "På svenska", "en": "In English"}
_FIRST: Final = Markup('<th scope="row">{}</th>')
_OTHER: Final = Markup("<td>{}</td>")
_TOLD_IN_TREE: Final = ("Fråga /", "Svar /", "Typer /")


class Section(NamedTuple):
    """A part with a heading of the second level."""

    title: str
    lines: tuple[str, ...]


class Description:
    """The description of one contract; blank texts when there is none."""

    def __init__(self, markdown: str) -> None:
        self._markdown = markdown
        self._sections = list(_sections(markdown.splitlines()))

    @cached_property
    def elements(self) -> dict[str, Text]:
        """The texts on elements, by path of local names from a message or from a type."""
        return {path: Text(sv=sv.strip(), en=en.strip()) for path, sv, en in _ROW.findall(self._markdown)}

    def purpose(self, language: str) -> Markup:
        """What the contract is for."""
        found = next((each for each in self._sections if each.title == _PURPOSE[language]), None)
        return html(found.lines, language) if found else Markup()

    def rest(self, language: str) -> Markup:
        """Everything that is neither purpose nor told in the tree of elements, with headings of the third level."""
        found = [
            each
            for each in self._sections
            if each.title not in _PURPOSE.values() and not each.title.startswith(_TOLD_IN_TREE)
        ]
        return Markup("\n").join(
            Markup("<h3>{}</h3>\n{}").format(inline(_own(each.title, language)), html(each.lines, language))
            for each in found
        )


def _sections(lines: list[str]) -> Iterator[Section]:
    title, inside = "", list[str]()
    for line in [*lines, "## "]:
        if line.startswith("## "):
            if title:
                yield Section(title, tuple(inside))
            title, inside = line[3:].strip(), []
        else:
            inside.append(line)


def html(lines: tuple[str, ...], language: str) -> Markup:
    """Markdown as HTML. A table that has both languages keeps the column of one."""
    return Markup("\n").join(_blocks(lines, language))


def _blocks(lines: tuple[str, ...], language: str) -> Iterator[Markup]:
    block: list[str] = []
    for line in [*lines, ""]:
        starts = line.startswith("#") or (line.startswith("* ") and bool(block) and not block[0].startswith("* "))
        if block and (not line.strip() or starts):
            yield _block(block, language)
            block = []
        if line.startswith("#"):
            yield Markup("<h4>{}</h4>").format(inline(_own(line.lstrip("# "), language)))
        elif line.strip():
            block.append(line)


def _block(lines: list[str], language: str) -> Markup:
    if lines[0].startswith("|"):
        return _table(lines, language)
    if lines[0].startswith("* "):
        items = "\n".join(lines)[2:].split("\n* ")
        return Markup("<ul>{}</ul>").format(Markup("\n").join(Markup("<li>{}</li>").format(_text(i)) for i in items))
    return Markup("<p>{}</p>").format(_text("\n".join(lines)))


def _table(lines: list[str], language: str) -> Markup:
    rows = [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in lines]
    head, body = rows[0], rows[2:]
    foreign = {"sv": ("Meaning", "Rule"), "en": ("Betydelse", "Regel")}[language]
    kept = [number for number, title in enumerate(head) if title not in foreign]
    titles = [Markup('<th scope="col">{}</th>').format(_own(head[number], language)) for number in kept]
    made = [
        Markup("<tr>{}</tr>").format(
            Markup().join(
                (_FIRST if place == 0 else _OTHER).format(inline(row[number]))
                for place, number in enumerate(kept)
                if number < len(row)
            )
        )
        for row in body
    ]
    return Markup(
        '<div class="wide" tabindex="0"><table><thead><tr>{}</tr></thead>\n<tbody>{}</tbody></table></div>'
    ).format(Markup().join(titles), Markup("\n").join(made))


def _own(title: str, language: str) -> str:
    """One language of ``Regler / Rules`` or of ``Kodlista / Code list: `MonthsEnum```."""
    swedish, slash, english = title.partition(" / ")
    if not slash:
        return title
    return swedish + (f": {english.partition(': ')[2]}" if ": " in english else "") if language == "sv" else english


def _text(text: str) -> Markup:
    return inline(" ".join(text.split()))


def inline(text: str) -> Markup:
    """Code, bold, and links as their text: where they lead is outside the site."""
    made, end = Markup(), 0
    for found in _INLINE.finditer(text):
        made += escape(text[end : found.start()])
        if found[1]:
            made += Markup("<code>{}</code>").format(found[1])
        elif found[2]:
            made += Markup("<strong>{}</strong>").format(inline(found[2]))
        else:
            made += inline(found[3])
        end = found.end()
    return made + escape(text[end:])
