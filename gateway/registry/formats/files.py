"""The catalogue as reviewable files, those of routing/, from a catalogue without ids."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from gateway.registry.catalogue import ALWAYS, FOREVER, Filter
from gateway.registry.formats.flat import Flat, FlatPermission, FlatRoute, last
from gateway.soap.ns import BP21

_BARE = re.compile(r"[^A-Za-z0-9]+")
_WIDTH = 110  # columns of a list that stands on one line
_ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}


def write(flat: Flat) -> dict[str, str]:
    """The files by name. Rows that differ in address, contract or consumer only are joined.

    What these files have no place for is left out: integration agreements, descriptions of contracts, the producers'
    components. Addresses are written out; a producer in producers.toml is not guessed from one.
    """
    return {
        "regions.toml": "region = []\n",
        "municipalities.toml": "municipality = []\n",
        "producers.toml": "producer = []\n",
        "consumers.toml": _consumers(flat),
        "routes.toml": "\n".join(_routes(flat.routes)) or "route = []\n",
        "permissions.toml": "\n".join(_permissions(flat.permissions)) or "permission = []\n",
    }


def save(flat: Flat, folder: Path) -> None:
    """Write the files to a folder, which is made when it is missing.

    Raises:
        OSError: they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in write(flat).items():
        (folder / name).write_text(text, "utf-8")


def _consumers(flat: Flat) -> str:
    found: dict[str, str] = {}
    for row in flat.permissions:
        found.setdefault(row.sender.lower(), row.sender)
    tables, aliases = [], set[str]()
    for sender in sorted({row.sender for row in flat.permissions if found[row.sender.lower()] == row.sender}):
        alias = plain = _BARE.sub("-", sender).strip("-").lower() or "x"
        number = 1
        while alias in aliases:
            number += 1
            alias = f"{plain}-{number}"
        aliases.add(alias)
        name = flat.components.get(sender) or sender
        tables.append(f"[[consumer]]\nname = {_text(name)}\nhsa_id = {_text(sender)}\nalias = {_text(alias)}\n")
    return "\n".join(tables) or "consumer = []\n"


def _routes(routes: Iterable[FlatRoute]) -> Iterator[str]:
    """Routes with the same address and contract, and then those of the same addresses."""
    by_place: dict[tuple[str, str, date, date, str], list[str]] = {}
    for row in routes:
        key = (row.address, row.profile.upper(), row.valid_from, row.valid_to, row.contract)
        by_place.setdefault(key, []).append(row.receiver)
    joined: dict[tuple[str, str, date, date, tuple[str, ...]], list[str]] = {}
    for (address, profile, first, end, contract), receivers in by_place.items():
        joined.setdefault((address, profile, first, end, tuple(sorted(receivers))), []).append(contract)
    for (address, profile, first, end, several), contracts in sorted(joined.items()):
        lines = ["[[route]]", _list("logical_addresses", several), _list("contracts", sorted(contracts))]
        lines.append(f"address = {_text(address)}")
        if profile.lower() != BP21:
            lines.append(f"profile = {_text(profile)}")
        yield "\n".join([*lines, *_period(first, end)]) + "\n"


def _permissions(permissions: Iterable[FlatPermission]) -> Iterator[str]:
    by_contract: dict[tuple[date, date, str, str, tuple[Filter, ...]], list[str]] = {}
    senders: dict[str, str] = {}
    for row in permissions:
        sender = senders.setdefault(row.sender.lower(), row.sender)
        key = (row.valid_from, row.valid_to, row.contract, sender, row.filters)
        by_contract.setdefault(key, []).append(row.receiver)
    by_sender: dict[tuple[date, date, str, tuple[str, ...], tuple[Filter, ...]], list[str]] = {}
    for (first, end, contract, sender, filters), receivers in by_contract.items():
        by_sender.setdefault((first, end, sender, tuple(sorted(receivers)), filters), []).append(contract)
    joined: dict[tuple[date, date, tuple[str, ...], tuple[str, ...], tuple[Filter, ...]], list[str]] = {}
    for (first, end, sender, several, filters), contracts in by_sender.items():
        joined.setdefault((first, end, tuple(sorted(contracts)), several, filters), []).append(sender)
    for (first, end, names, several, filters), consumers in sorted(joined.items(), key=repr):
        lines = ["[[permission]]", _list("consumers", sorted(consumers)), _list("logical_addresses", several)]
        lines.append(_list("contracts", names))
        if filters:
            lines.append(f"filters = [{', '.join(map(_filter, filters))}]")
        yield "\n".join([*lines, *_period(first, end)]) + "\n"


def _filter(one: Filter) -> str:
    categories = f", categories = [{', '.join(map(_text, one.categories))}]" if one.categories else ""
    return f"{{ service_domain = {_text(one.service_domain)}{categories} }}"


def _period(first: date, end: date) -> Iterator[str]:
    """The files include the last day; what they take for granted is not written."""
    if first != ALWAYS:
        yield f"valid_from = {first.isoformat()}"
    if last(end) != FOREVER:
        yield f"valid_to = {last(end).isoformat()}"


def _list(name: str, values: Iterable[str]) -> str:
    shown = [_text(value) for value in values]
    line = f"{name} = [{', '.join(shown)}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{name} = [", *(f"    {value}," for value in shown), "]"])


def _text(value: str) -> str:
    escaped = "".join(
        each if ord(each) >= 32 and ord(each) != 127 else f"\\u{ord(each):04x}" for each in value.translate(_ESCAPES)
    )
    return f'"{escaped}"'
