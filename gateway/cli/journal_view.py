"""Calls of the journal for people, at most 100 columns, and as data."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from typing import IO, Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from gateway import texts
from gateway.consumers.table import console
from gateway.journal.exchange import ANSWERED, PARTIAL
from gateway.journal.reader import Entry
from gateway.observe.mask import mask
from gateway.registry.snapshot import STOCKHOLM
from gateway.soap import gzip, xml
from gateway.soap.head import MessageError

_DECISION = (
    "sender",
    "original_consumer",
    "caller",
    "contract",
    "logical_address",
    "profile",
    "route_trace",
    "permission_trace",
    "address",
    "correlation_id",
    "http_status",
    "cause",
    "took",
)
_BAR = 40  # columns of the longest bar
_BESIDE_BAR = 52  # columns of the rest of that table, about
_MOST = 3_000  # characters of a message shown among other things
_PACKED = b"\x1f\x8b"  # how gzip begins
_MOST_UNPACKED = 67_108_864  # bytes
_DIGIT = re.compile(r"&#(?:x0*3([0-9])|0*([45][0-9]));")  # a digit written as a character reference
_DECLARED = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_WIDE = {b"<\0": "utf-16-le", b"\0<": "utf-16-be"}


class View:
    """Prints calls in one language."""

    def __init__(self, file: IO[str], language: str) -> None:
        self._out, self._language = console(file), language

    def listing(self, found: Sequence[Entry]) -> None:
        """One line for each."""
        if not found:
            self._out.print(self._text("none"))
            return
        days = {_moment(entry).date() for entry in found}
        table = self._table(self._text("title") + (f", {days.pop()}" if len(days) == 1 else ""))
        for key in ("id", "time", "contract", "sender", "logical_address", "outcome"):
            table.add_column(self._text(key), overflow="fold", justify="right" if key == "id" else "left")
        table.add_column("ms", justify="right", no_wrap=True)
        for entry in found:
            table.add_row(
                str(entry.id),
                f"{_moment(entry):%Y-%m-%d %H:%M:%S}" if len(days) > 1 else f"{_moment(entry):%H:%M:%S}",
                Text(entry.operation or "–"),
                Text(entry.sender or "–"),
                Text(entry.logical_address or "–"),
                self._outcome(entry),
                _ms(entry.duration_us),
            )
        self._out.print(table)

    def call(self, entry: Entry, messages: Mapping[str, str], sources: Sequence[Entry]) -> None:
        """Everything about one."""
        started = f"{_moment(entry):%Y-%m-%d %H:%M:%S.%f}"[:-3]
        outcome = self._outcome(entry).plain
        title = self._text("call", id=entry.id, started=started, operation=entry.operation or "–", outcome=outcome)
        self._out.print(Text(title, style="bold"))
        if entry.parent_id is not None:
            self._out.print(Text(self._text("part_of", parent=entry.parent_id)))
        self._out.print(self._decision(entry))
        if sources:
            self._out.print(self._waterfall(entry, sources))
        self._out.print(self._sizes(entry, messages))
        if not messages:
            self._out.print(Text(self._text("how_to_keep"), style="dim"))
        known: dict[str, str] = {}
        for kind, text in messages.items():
            self._out.print()
            self._out.print(Text(kind, style="bold"))
            if text in known:
                self._out.print(self._text("same", kind=known[text]))
            else:
                known[text] = kind
                self._message(entry, kind, text)

    def _decision(self, entry: Entry) -> Table:
        table = Table.grid(padding=(0, 2))
        for key in _DECISION:
            if key == "caller":
                value = f"{entry.caller_ip} {entry.path}"
            elif key == "took":
                value = self._took(entry)
            else:
                value = str(getattr(entry, key) or "")
            if value:
                table.add_row(Text(self._text(key), style="dim"), Text(value, overflow="fold"))
        return table

    def _took(self, entry: Entry) -> str:
        total = _ms(entry.duration_us)
        if entry.producer_us is None:
            return self._text("took_all", total=total)
        return self._text("took_producer", total=total, producer=_ms(entry.producer_us))

    def _waterfall(self, entry: Entry, sources: Sequence[Entry]) -> Table:
        """When each source was asked and for how long, against the whole question."""
        room = max(8, min(_BAR, self._out.width - _BESIDE_BAR))
        table = self._table()
        for key in ("id", "source", "outcome"):
            table.add_column(self._text(key), overflow="fold", justify="right" if key == "id" else "left")
        table.add_column("ms", justify="right", no_wrap=True)
        table.add_column(f"0 – {_ms(entry.duration_us)} ms", width=room, overflow="fold")
        for source in sources:
            cells: list[RenderableType] = [str(source.id), Text(source.logical_address or "–"), self._outcome(source)]
            bar = Text(_bar(source, entry, room))
            if source.cause:
                bar.append(f"\n{source.cause}", style="dim")
            table.add_row(*cells, _ms(source.duration_us), bar)
        return table

    def _sizes(self, entry: Entry, messages: Mapping[str, str]) -> Table:
        table = self._table()
        table.add_column(self._text("message"))
        table.add_column(self._text("bytes"), justify="right")
        table.add_column("")
        for kind, size in entry.sizes.items():
            kept = self._text("kept" if kind in messages else "not_kept") if size is not None else ""
            table.add_row(kind, "–" if size is None else f"{size:,}".replace(",", " "), kept)
        return table

    def _message(self, entry: Entry, kind: str, text: str) -> None:
        shown = _indented(text)
        self._out.print(Text(shown[:_MOST]))
        if (more := len(shown) - _MOST) > 0:
            self._out.print(Text(self._text("cut", count=more, id=entry.id, kind=kind), style="dim"))

    def _outcome(self, entry: Entry) -> Text:
        style = {ANSWERED: "green", PARTIAL: "yellow"}.get(entry.outcome, "red")
        text = texts.text("outcome", entry.outcome, self._language)
        return Text(f"{text} {entry.fault_code or ''}".strip(), style=style)

    def _table(self, title: str | None = None) -> Table:
        return Table(
            title=title,
            title_justify="left",
            title_style="bold",
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            pad_edge=False,
        )

    def _text(self, key: str, **values: object) -> str:
        return texts.text("journal", key, self._language, **values)


def as_data(entry: Entry) -> dict[str, Any]:
    """A row as JSON has it: an ISO time, milliseconds, and the bytes of the messages together."""
    found = asdict(entry)
    started, taken, producer = (found.pop(f"{name}_us") for name in ("started", "duration", "producer"))
    sizes = {kind: {"bytes": size} for kind, size in entry.sizes.items() if size is not None}
    for name in ("req_in_bytes", "req_out_bytes", "resp_in_bytes", "resp_out_bytes", "stored_bytes"):
        del found[name]
    return {
        "id": found.pop("id"),
        "started": datetime.fromtimestamp(started / 1e6, UTC).astimezone(STOCKHOLM).isoformat(timespec="milliseconds"),
        "duration_ms": taken / 1_000,
        "producer_ms": None if producer is None else producer / 1_000,
        **found,
        "messages": sizes,
    }


def all_data(entry: Entry, messages: Mapping[str, str], sources: Sequence[Entry]) -> dict[str, Any]:
    """A call with its messages' texts and its sources; ``offset_ms`` counts from the start of the question."""
    found = as_data(entry)
    for kind, text in messages.items():
        found["messages"][kind]["text"] = text
    found["sources"] = [
        {"offset_ms": (source.started_us - entry.started_us) / 1_000, **as_data(source)} for source in sources
    ]
    return found


def readable(body: bytes, *, masked: bool = True) -> str:
    """A message as text; with ``masked`` without anything that looks like a person id."""
    with suppress(MessageError):
        body = gzip.inflate(body, b"gzip", _MOST_UNPACKED) if body.startswith(_PACKED) else body
    encoding = _BOMS.get(body[:3]) or _BOMS.get(body[:2]) or _WIDE.get(body[:2])
    if encoding is None:
        declared = _DECLARED.match(body)
        encoding = declared[1].decode() if declared else "utf-8"
    try:
        text = body.decode(encoding, "replace")
    except LookupError:
        text = body.decode("latin-1")
    if not masked:
        return text
    return mask(_DIGIT.sub(_digit, text))


def _digit(found: re.Match[str]) -> str:
    if found[1]:
        return found[1]
    number = int(found[2])
    return chr(number) if chr(number).isdigit() else found[0]


def _indented(text: str) -> str:
    """A message's XML on several lines, if it is XML."""
    from lxml import etree

    try:
        root = xml.parse(_DECLARATION.sub("", text).encode("utf-8"))
    except MessageError:
        return text
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _bar(source: Entry, whole: Entry, room: int) -> str:
    """Blanks up to the start, then at least one block."""
    scale = room / max(whole.duration_us, 1)
    start = min(int((source.started_us - whole.started_us) * scale), room - 1)
    start = max(start, 0)
    return " " * start + "█" * max(1, min(round(source.duration_us * scale), room - start))


def _moment(entry: Entry) -> datetime:
    return datetime.fromtimestamp(entry.started_us / 1e6, STOCKHOLM)


def _ms(microseconds: int) -> str:
    return f"{microseconds / 1_000:.1f}"
