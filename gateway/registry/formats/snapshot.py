"""The catalogue's publication as JSON (PubVersion), plain or compressed with gzip, and as ``export/pv`` gives it out.

Three dialects are read: relations by id (the stored publication), relations by name (``export/pv``), and permissions
that say ``tjanstekonsument`` for ``tjanstekomponent`` (the export script).
"""

import gzip
import zlib
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from gateway.registry.formats import content as c
from gateway.registry.formats import snapshot_records as records
from gateway.registry.formats.errors import FormatError, wrong
from gateway.registry.formats.jsontext import decode, line_of
from gateway.registry.formats.moments import day, microseconds, written, written_moment
from gateway.registry.formats.snapshot_records import LISTS as LISTS

FORMAT_VERSION = 1
_GZIP = b"\x1f\x8b"
_MOST = 2_000_000_000  # bytes; what unpacks to more is no catalogue
T = TypeVar("T")


def unpacked(path: Path, data: bytes) -> bytes:
    """The bytes of a file that may be compressed with gzip.

    Raises:
        FormatError: it begins like gzip and is broken, or unpacks to more than a catalogue can be.
    """
    if not data.startswith(_GZIP):
        return data
    try:
        unpacker = zlib.decompressobj(wbits=31)
        found = unpacker.decompress(data, _MOST)
    except zlib.error as error:
        raise wrong(path, "not-gzip", why=error) from None
    if not unpacker.eof:
        raise wrong(path, "not-gzip", why="it ends too early, or is too large")
    return found


def read(path: Path, data: bytes) -> c.Publication:
    """Read a publication, plain or compressed.

    Raises:
        FormatError: it is none, or a relation leads nowhere.
    """
    plain = unpacked(path, data)
    found = decode(path, plain, records.Snapshot)
    if str(found.formatVersion) != str(FORMAT_VERSION):
        where = "$.formatVersion"
        line = line_of(plain, where)
        raise wrong(path, "version", line=line, where=where, found=found.formatVersion, expected=FORMAT_VERSION)
    return _Reader(path, plain).publication(found)


class _Reader:
    """Turns the format's records into rows, and resolves what they refer to."""

    def __init__(self, path: Path, data: bytes) -> None:
        self._path, self._data = path, data
        self._known: dict[str, dict[int | str, list[int]]] = {}

    def publication(self, found: records.Snapshot) -> c.Publication:
        """The whole."""
        data = found.data
        content = c.Content(
            profile=self._rows("profile", data.rivtaprofil, self._profile),
            service_contract=self._rows("service_contract", data.tjanstekontrakt, self._contract),
            logical_address=self._rows("logical_address", data.logiskadress, self._address),
            component=self._rows("component", data.tjanstekomponent, self._component),
            call_address=self._rows("call_address", data.anropsadress, self._call_address),
            route=self._rows("route", data.vagval, self._route),
            permission=self._rows("permission", data.anropsbehorighet, self._permission),
            permission_filter=self._rows("permission_filter", data.filter, self._filter),
            filter_category=self._rows("filter_category", data.filtercategorization, self._category),
        )
        created = self._value("$.tidpunkt", found.tidpunkt, microseconds) if found.tidpunkt else 0
        version = self._value("$.version", found.version, int)
        return c.Publication(content, version, created, found.utforare or "", found.kommentar or "")

    def _rows(self, kind: str, found: Iterable[records.Entity], row: Callable[..., T]) -> tuple[T, ...]:
        known = self._known[kind] = {}
        rows = []
        for number, record in enumerate(found):
            where = f"$.data.{LISTS[kind]}[{number}]"
            if record.id in known:
                raise self._wrong("twice", f"{where}.id", found=record.id)
            common = {"id": record.id, "publication": self._value(f"{where}.pubversion", record.pubversion or 0, int)}
            rows.append(row(record, common, where))
            known[record.id] = [record.id]
            for name in _names(record):
                known.setdefault(name.lower(), []).append(record.id)
        return tuple(rows)

    def _profile(self, record: records.Profile, common: dict[str, Any], where: str) -> c.Profile:
        name = self._there(record.namn, f"{where}.namn")
        return c.Profile(**common, name=name, description=record.beskrivning or "")

    def _contract(self, record: records.Contract, common: dict[str, Any], where: str) -> c.ServiceContract:
        major = self._value(f"{where}.majorVersion", record.majorVersion or 0, int)
        minor = self._value(f"{where}.minorVersion", record.minorVersion or 0, int)
        name = self._there(record.namnrymd, f"{where}.namnrymd")
        description = record.beskrivning or ""
        return c.ServiceContract(**common, namespace=name, description=description, major=major, minor=minor)

    def _address(self, record: records.Named, common: dict[str, Any], where: str) -> c.LogicalAddress:
        hsa_id = self._there(record.hsaId, f"{where}.hsaId")
        return c.LogicalAddress(**common, hsa_id=hsa_id, description=record.beskrivning or "")

    def _component(self, record: records.Named, common: dict[str, Any], where: str) -> c.Component:
        hsa_id = self._there(record.hsaId, f"{where}.hsaId")
        return c.Component(**common, hsa_id=hsa_id, description=record.beskrivning or "")

    def _call_address(self, record: records.CallAddress, common: dict[str, Any], where: str) -> c.CallAddress:
        profile = self._refers("profile", record, where, "rivtaprofil")
        component = self._refers("component", record, where, "tjanstekomponent")
        return c.CallAddress(**common, address=record.adress, profile_id=profile, component_id=component)

    def _route(self, record: records.Period, common: dict[str, Any], where: str) -> c.Route:
        return c.Route(
            **common,
            **self._period(record, where),
            call_address_id=self._refers("call_address", record, where, "anropsadress"),
            logical_address_id=self._refers("logical_address", record, where, "logiskadress", "logiskAdress"),
            service_contract_id=self._refers("service_contract", record, where, "tjanstekontrakt"),
        )

    def _permission(self, record: records.Permission, common: dict[str, Any], where: str) -> c.Permission:
        return c.Permission(
            **common,
            **self._period(record, where),
            agreement=record.integrationsavtal or "",
            component_id=self._refers("component", record, where, "tjanstekomponent", "tjanstekonsument"),
            logical_address_id=self._refers("logical_address", record, where, "logiskAdress", "logiskadress"),
            service_contract_id=self._refers("service_contract", record, where, "tjanstekontrakt"),
        )

    def _filter(self, record: records.Filter, common: dict[str, Any], where: str) -> c.PermissionFilter:
        permission = self._refers("permission", record, where, "anropsbehorighet")
        return c.PermissionFilter(**common, service_domain=record.servicedomain, permission_id=permission)

    def _category(self, record: records.Category, common: dict[str, Any], where: str) -> c.FilterCategory:
        of = self._refers("permission_filter", record, where, "filter")
        return c.FilterCategory(**common, category=record.category, permission_filter_id=of)

    def _period(self, record: records.Period, where: str) -> dict[str, Any]:
        first = self._value(f"{where}.fromTidpunkt", record.fromTidpunkt, day)
        return {"valid_from": first, "valid_to": self._value(f"{where}.tomTidpunkt", record.tomTidpunkt, day)}

    def _refers(self, kind: str, record: records.Entity, where: str, *names: str) -> int:
        name = next((each for each in names if each in record.relationships), "")
        where = f"{where}.relationships"
        if not name:
            raise self._wrong("missing", where, name=names[0])
        value = record.relationships[name]
        found = self._known[kind].get(value.lower() if isinstance(value, str) else value, [])
        if len(found) != 1:
            raise self._wrong("ambiguous" if found else "relation", f"{where}.{name}", found=value, kind=LISTS[kind])
        return found[0]

    def _there(self, text: str, where: str) -> str:
        if not text:
            raise self._wrong("missing", where.rpartition(".")[0], name=where.rpartition(".")[2])
        return text

    def _value(self, where: str, value: Any, kind: Callable[[Any], T]) -> T:
        try:
            return kind(value)
        except ValueError:
            raise self._wrong("value", where, found=value, expected=_FORMS[kind is int]) from None

    def _wrong(self, key: str, where: str, **values: object) -> FormatError:
        return wrong(self._path, key, line=line_of(self._data, where), where=where, **values)


_FORMS = {True: "1", False: "2026-01-31T00:00:00+0100"}


def _names(record: records.Entity) -> list[str]:
    for name in ("namn", "namnrymd", "hsaId", "adress"):
        if found := getattr(record, name, ""):
            return [found]
    return []


def write(publication: c.Publication, *, pretty: bool = False) -> bytes:
    """A publication as JSON, relations by id."""
    return _written(publication, _ids, "tjanstekomponent", pretty=pretty)


def export(publication: c.Publication, *, pretty: bool = False) -> bytes:
    """A publication as ``export/pv`` gives it out: relations by name, the filters' by id."""
    names = {
        (kind, row.id): getattr(row, field)
        for kind, field in {**c.KEYS, "call_address": "address"}.items()
        for row in publication.content.rows(kind)
    }
    return _written(publication, lambda kind, key: names.get((kind, key), key), "tjanstekonsument", pretty=pretty)


def compressed(data: bytes) -> bytes:
    """The same with gzip; equal content gives equal bytes."""
    return gzip.compress(data, mtime=0)


def _ids(kind: str, key: int) -> int | str:
    return key


def _written(publication: c.Publication, to: Callable[[str, int], Any], consumer: str, *, pretty: bool) -> bytes:
    lists = {
        LISTS[kind]: [_record(kind, row, to, consumer) for row in publication.content.rows(kind)] for kind in LISTS
    }
    whole = {
        "formatVersion": str(FORMAT_VERSION),
        "version": str(publication.version),
        "tidpunkt": written_moment(publication.created_us),
        "utforare": publication.author,
        "kommentar": publication.comment,
        "data": lists,
    }
    found = msgspec.json.encode(whole)
    return msgspec.json.format(found, indent=2) + b"\n" if pretty else found


_FIELDS = {
    "name": "namn",
    "description": "beskrivning",
    "namespace": "namnrymd",
    "major": "majorVersion",
    "minor": "minorVersion",
    "hsa_id": "hsaId",
    "address": "adress",
    "agreement": "integrationsavtal",
    "valid_from": "fromTidpunkt",
    "valid_to": "tomTidpunkt",
    "service_domain": "servicedomain",
    "category": "category",
}


def _record(kind: str, row: c.Row, to: Callable[[str, int], Any], consumer: str) -> dict[str, Any]:
    found: dict[str, Any] = {"id": row.id}
    for name in row.__struct_fields__:
        if name in _FIELDS:
            value = getattr(row, name)
            found[_FIELDS[name]] = written(value) if isinstance(value, date) else value
    related = {}
    for name, other in c.references(kind).items():
        shown = LISTS[other]
        if kind == "permission":  # the national spelling
            shown = {"component": consumer, "logical_address": "logiskAdress"}.get(other, shown)
        related[shown] = to(other, getattr(row, name))
    if related:
        found["relationships"] = related
    if row.publication:
        found["pubversion"] = str(row.publication)
    return found
