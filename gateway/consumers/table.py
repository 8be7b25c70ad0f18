"""The answer as tables for a terminal, at most 100 columns; colours only on a terminal and without NO_COLOR."""

from collections.abc import Callable
from typing import IO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway import texts
from gateway.consumers.ask import Reply, SourceStatus
from gateway.consumers.rules import View
from gateway.consumers.summary import lines
from gateway.contracts.contract import Contract

WIDTH = 100
_OK = "DataFromSource"


def console(file: IO[str] | None = None) -> Console:
    """A console of at most 100 columns; 100 when it is not a terminal."""
    found = Console(file=file, highlight=False, soft_wrap=False)
    if not found.is_terminal or found.width > WIDTH:
        found.width = WIDTH
    return found


class Printer:
    """Prints answers in one language."""

    def __init__(self, out: Console, language: str, name_of: Callable[[str], str]) -> None:
        """``name_of`` gives the name of a logical address."""
        self._out, self._language, self._name_of = out, language, name_of

    def text(self, key: str, **values: object) -> str:
        """A text of ``[table.*]``."""
        return texts.text("table", key, self._language, **values)

    def answer(self, contract: Contract, view: View, reply: Reply) -> None:
        """Records, sources and what was held back."""
        title = getattr(contract.descriptor.title, self._language)
        self._records(contract, view, title)
        if reply.statuses:
            self._sources(contract, view, reply.statuses)
        failed = sum(status.status != _OK for status in reply.statuses)
        parts = [self.text("summary", records=len(view.records), milliseconds=f"{reply.seconds * 1000:.0f}")]
        if reply.statuses:
            parts.append(self.text("sources_summary", sources=len(reply.statuses), failed=failed))
        parts += [texts.text("held", reason, self._language, count=count) for reason, count in view.held_back]
        self._out.print(Text(" ".join(parts)))
        self._out.print()

    def _records(self, contract: Contract, view: View, title: str) -> None:
        found = lines(contract, view.records, self._language)
        if not found:
            self._out.print(Text(f"{title}: {self.text('none')}", style="bold"))
            return
        table = self._table(title)
        for key, ratio, width in (("source", 5, 20), ("what", 10, 20), ("who", 6, 22), ("when", 3, 12)):
            table.add_column(self.text(key), ratio=ratio, min_width=width, overflow="fold")
        for line in found:
            what = Text(line.what)
            if line.note:
                what.append(f"\n{line.note}", style="dim")
            table.add_row(Text(self._name_of(line.source)), what, Text(line.who), Text(line.when))
        self._out.print(table)

    def _table(self, title: str | None = None) -> Table:
        return Table(
            title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, expand=True, pad_edge=False
        )

    def _sources(self, contract: Contract, view: View, statuses: tuple[SourceStatus, ...]) -> None:
        table = self._table()
        table.add_column(self.text("source"), ratio=5, overflow="fold")
        table.add_column("ProcessingStatus", ratio=4, overflow="fold")
        table.add_column(self.text("records"), justify="right")
        table.add_column(self.text("told"), ratio=9, overflow="fold")
        path = contract.record["source_system"]
        counts: dict[str, int] = {}
        for record in view.records:
            source = (record.findtext(path) or "").strip()
            counts[source] = counts.get(source, 0) + 1
        for status in statuses:
            style = "green" if status.status == _OK else "red"
            told = f"{status.code}: {status.text}" if status.code else ""
            table.add_row(
                Text(self._name_of(status.source)),
                Text(status.status, style=style),
                str(counts.get(status.source, 0)),
                Text(told),
            )
        self._out.print(table)
