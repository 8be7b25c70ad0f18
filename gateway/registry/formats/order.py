"""An order (beställning) for the catalogue as JSON: what shall be there, and what shall not."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from gateway.registry.formats.errors import wrong
from gateway.registry.formats.jsontext import decode, line_of
from gateway.registry.formats.moments import day, written


class OrderedContract(msgspec.Struct, omit_defaults=True):
    """Tjanstekontrakt."""

    namnrymd: str | None = None
    beskrivning: str | None = None
    majorVersion: int | str | None = None


class OrderedName(msgspec.Struct, omit_defaults=True):
    """LogiskAdress or Tjanstekomponent."""

    hsaId: str | None = None
    beskrivning: str | None = None


class OrderedPermission(msgspec.Struct, omit_defaults=True):
    """Anropsbehorighet, by names."""

    logiskAdress: str | None = None
    tjanstekontrakt: str | None = None
    tjanstekonsument: str | None = None


class OrderedRoute(msgspec.Struct, omit_defaults=True):
    """Vagval, by names."""

    adress: str | None = None
    logiskAdress: str | None = None
    tjanstekontrakt: str | None = None
    rivtaprofil: str | None = None
    tjanstekomponent: str | None = None


class Section(msgspec.Struct, omit_defaults=True):
    """``inkludera`` or ``exkludera``."""

    tjanstekontrakt: list[OrderedContract] = []
    logiskadresser: list[OrderedName] = []
    tjanstekomponenter: list[OrderedName] = []
    anropsbehorigheter: list[OrderedPermission] = []
    vagval: list[OrderedRoute] = []


class _Order(msgspec.Struct):
    plattform: str | None = None
    formatVersion: float | str | None = None
    version: int | str | None = None
    bestallningsTidpunkt: str | None = None
    genomforandeTidpunkt: str | None = None
    utforare: str | None = None
    kommentar: str | None = None
    inkludera: Section | None = None
    exkludera: Section | None = None


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order.

    Attributes:
        platform: whose catalogue it is for.
        effective: the Swedish day from which it counts (genomforandeTidpunkt).
        include, exclude: what shall be there, and what shall not.
    """

    platform: str
    effective: date
    ordered: date | None = None
    version: str = ""
    author: str = ""
    comment: str = ""
    include: Section = msgspec.field(default_factory=Section)
    exclude: Section = msgspec.field(default_factory=Section)


def read(path: Path, data: bytes) -> Order:
    """Read an order. As nationally, what stands before the first ``{`` and after the last ``}`` does not count.

    Dates may have a time and a zone, as the national parser wants them, or be plain, as the national schema says.

    Raises:
        FormatError: it is no order, or a date is none.
    """
    start, end = data.find(b"{"), data.rfind(b"}")
    if start < 0 or end < start:
        raise wrong(path, "not-json", why="no { … }")
    kept = b"\n" * data.count(b"\n", 0, start) + data[start : end + 1]  # so that lines are those of the file
    found = decode(path, kept, _Order)
    if found.inkludera is None and found.exkludera is None:
        raise wrong(path, "missing", where="$", line=line_of(kept, ""), name="inkludera")
    return Order(
        platform=found.plattform or "",
        effective=_day(path, kept, "genomforandeTidpunkt", found.genomforandeTidpunkt),
        ordered=_day(path, kept, "bestallningsTidpunkt", found.bestallningsTidpunkt)
        if found.bestallningsTidpunkt
        else None,
        version=str(found.version or ""),
        author=found.utforare or "",
        comment=found.kommentar or "",
        include=found.inkludera or Section(),
        exclude=found.exkludera or Section(),
    )


def _day(path: Path, data: bytes, name: str, text: str | None) -> date:
    where = f"$.{name}"
    if not text:
        raise wrong(path, "missing", where="$", name=name)
    try:
        return day(text)
    except ValueError:
        line = line_of(data, where)
        raise wrong(path, "value", line=line, where=where, found=text, expected="2026-01-31T00:00:00+0100") from None


def write(order: Order) -> bytes:
    """An order as JSON, dates as the national parser wants them."""
    found: dict[str, Any] = {"plattform": order.platform, "formatVersion": 1.0, "version": order.version}
    if order.ordered:
        found["bestallningsTidpunkt"] = written(order.ordered)
    found["genomforandeTidpunkt"] = written(order.effective)
    found |= {"utforare": order.author, "kommentar": order.comment}
    found |= {"inkludera": order.include, "exkludera": order.exclude}
    return msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n"
