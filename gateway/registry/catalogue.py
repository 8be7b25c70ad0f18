"""The catalogue as reviewable files in routing/: who exists, where they answer, who may call whom."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

from gateway.contracts.contract import Contracts
from gateway.errors import DataError
from gateway.registry.routing_rows import ALWAYS as ALWAYS
from gateway.registry.routing_rows import FOREVER as FOREVER
from gateway.registry.routing_rows import Consumer as Consumer
from gateway.registry.routing_rows import (
    Consumers,
    Municipalities,
    PermissionRow,
    Permissions,
    Producers,
    Regions,
    RouteRow,
    Routes,
)
from gateway.registry.routing_rows import Organisation as Organisation
from gateway.registry.routing_rows import Producer as Producer
from gateway.tomlfile import line_of, load, table_lines

EVERYONE = "*"
_SCHEMES = ("http://", "https://", "aggregate:", "platform:")
_SOURCE_REF = "{producer}"
_PLACEHOLDER = re.compile(r"{\w*}")


class Route(msgspec.Struct, frozen=True, gc=False):
    """One route (vägval): where a logical address answers a contract, and when.

    Attributes:
        address: URL, ``aggregate:`` for the aggregating service, ``platform:`` for our other services, or blank (a
            mistake that the catalogue may hold).
        profile: RIV-TA profile in lower case.
        valid_from, valid_to: days in Swedish time, both included.
        source: file and line of the row, as far as they are known.
    """

    receiver: str
    contract: str
    address: str
    profile: str
    valid_from: date
    valid_to: date
    source: str = ""


class Filter(msgspec.Struct, frozen=True, gc=False):
    """What a permission is limited to, for the engagement index (Filter, Filtercategorization).

    Attributes:
        categories: categorizations of the service domain; none means all of them.
    """

    service_domain: str
    categories: tuple[str, ...] = ()


class Permission(msgspec.Struct, frozen=True, gc=False):
    """One permission (anropsbehörighet): a sender may call a logical address with a contract.

    Attributes:
        filters: any of them must fit; none means no limit. Routing does not ask for them.
    """

    receiver: str
    sender: str
    contract: str
    valid_from: date
    valid_to: date
    source: str = ""
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything routing/ says."""

    regions: tuple[Organisation, ...]
    municipalities: tuple[Organisation, ...]
    consumers: tuple[Consumer, ...]
    producers: tuple[Producer, ...]
    routes: tuple[Route, ...]
    permissions: tuple[Permission, ...]

    def name_of(self, logical_address: str) -> str:
        """The producer's name for people; the address itself when it has none."""
        for producer in self.producers:
            if producer.logical_address == logical_address:
                return producer.name
        return logical_address


def load_catalogue(root: Path, contracts: Contracts, *, port_offset: int = 0) -> Catalogue:
    """Read ``root/routing``.

    Args:
        root: the data folder.
        contracts: the contracts that rows may name, ``"*"`` for all that are aggregated.
        port_offset: added to every producer's port.

    Raises:
        DataError: a file is broken; the message names file, line and what was expected.
    """
    folder = root / "routing"
    producers = load(folder / "producers.toml", Producers).producer
    consumers = load(folder / "consumers.toml", Consumers).consumer
    _unique(folder / "producers.toml", "producer", [producer.logical_address for producer in producers])
    _unique(folder / "consumers.toml", "consumer", [consumer.hsa_id for consumer in consumers])
    _unique(folder / "consumers.toml", "consumer", [consumer.alias for consumer in consumers])
    reader = _Reader(folder, contracts, {producer.logical_address: producer for producer in producers}, port_offset)
    return Catalogue(
        regions=load(folder / "regions.toml", Regions).region,
        municipalities=load(folder / "municipalities.toml", Municipalities).municipality,
        consumers=consumers,
        producers=producers,
        routes=tuple(reader.routes()),
        permissions=tuple(reader.permissions({consumer.hsa_id for consumer in consumers})),
    )


class _Reader:
    """Expands the rows of routes.toml and permissions.toml."""

    def __init__(self, folder: Path, contracts: Contracts, producers: dict[str, Producer], offset: int) -> None:
        self.folder, self.contracts, self.producers, self.offset = folder, contracts, producers, offset

    def routes(self) -> Iterator[Route]:
        path = self.folder / "routes.toml"
        seen: dict[tuple[str, str, str], list[Route]] = {}
        lines = table_lines(path, "route")
        for index, row in enumerate(load(path, Routes).route):
            if row.address and not row.address.startswith((*_SCHEMES, _SOURCE_REF)):
                self._refuse(path, "route", index, "address", f"expected {', '.join(_SCHEMES)} or {_SOURCE_REF}/…")
            self._check_period(path, "route", index, row)
            source, profile = _source(path, lines, index), row.profile.lower()
            for responder in self._responders(path, "route", index, row.contracts):
                for receiver in row.logical_addresses:
                    address = self._address(path, index, row.address, receiver, responder)
                    route = Route(receiver, responder, address, profile, row.valid_from, row.valid_to, source)
                    # Another profile is let in: national data may hold it, and a call then gets VP006.
                    others = seen.setdefault((receiver.lower(), responder, profile), [])
                    if any(_overlap(route, other) for other in others):
                        problem = f"a second route for {receiver} and {responder} in the same time"
                        self._refuse(path, "route", index, "logical_addresses", problem)
                    others.append(route)
                    yield route

    def permissions(self, consumers: set[str]) -> Iterator[Permission]:
        path = self.folder / "permissions.toml"
        lines = table_lines(path, "permission")
        for index, row in enumerate(load(path, Permissions).permission):
            self._check_period(path, "permission", index, row)
            source = _source(path, lines, index)
            filters = tuple(Filter(each.service_domain, each.categories) for each in row.filters)
            for responder in self._responders(path, "permission", index, row.contracts):
                for consumer in row.consumers:
                    if consumer not in consumers:
                        problem = f"the consumer {consumer} is not in consumers.toml"
                        self._refuse(path, "permission", index, "consumers", problem)
                    for receiver in row.logical_addresses:
                        days = row.valid_from, row.valid_to
                        yield Permission(receiver, consumer, responder, *days, source, filters)

    def _responders(self, path: Path, table: str, index: int, names: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            if name == EVERYONE:
                yield from (contract.descriptor.responder for contract in self.contracts.aggregated())
            elif (contract := self.contracts.find(name)) is not None:
                yield contract.descriptor.responder
            elif name.startswith("urn:"):
                yield name  # a contract that only passes through
            else:
                known = ", ".join(contract.key for contract in self.contracts.values())
                self._refuse(path, table, index, "contracts", f"unknown contract {name}; known are {known}")

    def _address(self, path: Path, index: int, address: str, receiver: str, responder: str) -> str:
        if _SOURCE_REF in address:
            producer = self.producers.get(receiver)
            if producer is None:
                problem = f"{_SOURCE_REF} needs {receiver} in producers.toml"
                self._refuse(path, "route", index, "logical_addresses", problem)
                raise AssertionError
            address = address.replace(_SOURCE_REF, f"http://127.0.0.1:{producer.port + self.offset}")
        contract = self.contracts.get(responder)
        if contract is not None:
            address = address.replace("{name}", contract.descriptor.name)
            address = address.replace("{major}", contract.descriptor.major)
        if unknown := _PLACEHOLDER.search(address):
            self._refuse(path, "route", index, "address", f"{unknown[0]} cannot be filled in for {responder}")
        return address

    def _check_period(self, path: Path, table: str, index: int, row: RouteRow | PermissionRow) -> None:
        if row.valid_to < row.valid_from:
            self._refuse(
                path, table, index, "valid_to", f"the period {row.valid_from} – {row.valid_to} ends before it begins"
            )

    def _refuse(self, path: Path, table: str, index: int, key: str, problem: str) -> None:
        line = line_of(path.read_text("utf-8"), f"{problem} - at `$.{table}[{index}].{key}`")
        raise DataError(path, line, problem)


def _source(path: Path, lines: list[int], index: int) -> str:
    where = f"{path.parent.name}/{path.name}"
    return f"{where}:{lines[index]}" if index < len(lines) else where


def _overlap(one: Route, other: Route) -> bool:
    return one.valid_from <= other.valid_to and other.valid_from <= one.valid_to


def _unique(path: Path, table: str, keys: list[str]) -> None:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key.lower() in seen:
            line = line_of(path.read_text("utf-8"), f" - at `$.{table}[{index}]`")
            raise DataError(path, line, f"{key} is there twice")
        seen.add(key.lower())
