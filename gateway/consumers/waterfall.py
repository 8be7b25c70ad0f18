"""How an aggregated answer came about, as a waterfall of text: index hits, filters, and who took how long.

At most 100 columns; colours only on a terminal and without NO_COLOR.
"""

import textwrap
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.text import Text

from gateway import texts

_NAME, _FACTS, _BAR = 25, 34, 26  # columns
_INDENT = " " * 4
_PLAIN = ("other-category", "same-source")  # the verdict says it all
_GOOD, _BAD, _ASIDE = "green", "red", "dim"


class Waterfall:
    """Prints explanations in one language."""

    def __init__(self, out: Console, language: str, name_of: Callable[[str], str]) -> None:
        """``name_of`` gives the name of a logical address."""
        self._out, self._language, self._name_of = out, language, name_of

    def print(self, told: dict[str, Any], milliseconds: float) -> None:
        """An explanation as the gateway wrote it, and how long the whole answer took as seen from here."""
        self._hits(told)
        whole = max(milliseconds, told["merged"], 0.1)
        self._line(self._text("calls"), "", "", "bold")
        asked, answered = told["index_asked"], told["index_answered"]
        facts = self._text("found", hits=len(told["hits"]))
        self._line(self._text("index"), facts, self._bar(whole, asked, answered, answered))
        for source in told["sources"]:
            self._source(source, whole)
        facts = self._text("repeated", records=told["repeated"]) if told["repeated"] else ""
        self._line(self._text("merge"), facts, self._bar(whole, told["gathered"], whole, whole))
        self._out.print()

    def _hits(self, told: dict[str, Any]) -> None:
        self._line(self._text("hits", contract=told["contract"], hits=len(told["hits"])), "", "", "bold")
        for hit in told["hits"]:
            style = _GOOD if hit["verdict"] == "asked" else _BAD
            address, source = hit["logical_address"], hit["source_system"]
            where = address if address == source else f"{address} → {source}"
            verdict = Text(texts.text("verdict", hit["verdict"], self._language), style)
            name = self._name_of(address)
            line = Text("  ").append(f"{where}  {hit['categorization']}  ").append(verdict)
            self._out.print(line.append("" if name == address else f"  {name}", _ASIDE), overflow="fold")
            if hit["verdict"] not in _PLAIN:
                self._aside(hit["why"].get(self._language) or ", ".join(row for row in hit["rows"] if row))

    def _source(self, source: dict[str, Any], whole: float) -> None:
        good = source["outcome"] == "ok"
        size = f"{source['bytes'] / 1000:,.1f} kB"
        if self._language == "sv":
            size = size.replace(",", "\u00a0").replace(".", ",")
        facts = f"HTTP {source['status']}  {size}" if source["status"] else self._text("unanswered")
        if good:
            facts += "  " + self._text("records", records=source["records"])
        bar = self._bar(whole, source["sent"], source["answered"], source["examined"])
        self._line(source["source"], facts, bar, _GOOD if good else _BAD)
        self._aside(source["url"])
        if not good:
            reason = texts.entry("status", source["outcome"])[self._language]
            self._aside(f"{source['outcome']}: {reason} ({source['detail']})")
        elif source["detail"]:
            self._aside(source["detail"])

    def _bar(self, whole: float, start: float, answered: float, end: float) -> str:
        """``█`` while an answer was waited for, ``▒`` while it was looked at; the moment when it ended."""
        first, middle, last = (min(int(each / whole * _BAR), _BAR - 1) for each in (start, answered, end))
        bar = " " * first + "█" * max(middle - first, 1) + "▒" * (last - max(middle, first + 1))
        return f"{bar:<{_BAR}}│{end:>7.0f} ms"

    def _line(self, name: str, facts: str, bar: str, style: str = "") -> None:
        if not facts and not bar:
            self._out.print(Text(name, style))
            return
        line = Text("  ")
        line.append(f"{name:<{_NAME}} ")
        line.append(f"{facts:<{_FACTS}}", style)
        self._out.print(line.append(bar), overflow="fold", no_wrap=len(line) <= self._out.width)

    def _aside(self, text: str) -> None:
        for line in textwrap.wrap(text, self._out.width - len(_INDENT), break_on_hyphens=False):
            self._out.print(Text(f"{_INDENT}{line}", _ASIDE))

    def _text(self, key: str, **values: object) -> str:
        return texts.text("waterfall", key, self._language, **values)
