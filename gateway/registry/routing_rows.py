"""The rows of the files in routing/ as they are written there."""

from datetime import date
from typing import Literal

import msgspec

FOREVER = date(2124, 12, 31)
ALWAYS = date(2000, 1, 1)


class _Row(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A row of a routing file; unknown keys are errors."""


class Organisation(_Row, frozen=True, kw_only=True):
    """A region or municipality.

    Attributes:
        code: county code (two digits) or municipality code (four digits).
        hsa_id: ``SE`` and the organisation number, the care giver.
        system: the record system it uses, for people to recognise.
    """

    code: str
    name: str
    organisation_number: str
    hsa_id: str
    system: str = ""


class Consumer(_Row, frozen=True, kw_only=True):
    """A calling system; ``hsa_id`` is its sender id, ``alias`` a short name for the command line."""

    name: str
    hsa_id: str
    alias: str
    note_sv: str = ""
    note_en: str = ""


class Producer(_Row, frozen=True, kw_only=True):
    """An answering system.

    Attributes:
        kind: ``stub`` on a port of its own, ``mock`` on the mocks' shared port, ``pilot`` in a process of its own,
            ``external`` somebody else's.
        port: TCP port on this machine, before the offset.
        records: folder below fixtures/records that it answers from.
    """

    logical_address: str
    name: str
    kind: Literal["stub", "mock", "pilot", "external"]
    port: int
    records: str = ""
    county: str = ""


class RouteRow(_Row, frozen=True, kw_only=True):
    """Routes of several addresses and contracts."""

    logical_addresses: tuple[str, ...]
    contracts: tuple[str, ...]
    address: str
    profile: Literal["RIVTABP20", "RIVTABP21"] = "RIVTABP21"
    valid_from: date = ALWAYS
    valid_to: date = FOREVER


class FilterRow(_Row, frozen=True, kw_only=True):
    """What a permission is limited to."""

    service_domain: str
    categories: tuple[str, ...] = ()


class PermissionRow(_Row, frozen=True, kw_only=True):
    """Permissions of several consumers, addresses and contracts."""

    consumers: tuple[str, ...]
    logical_addresses: tuple[str, ...]
    contracts: tuple[str, ...]
    filters: tuple[FilterRow, ...] = ()
    valid_from: date = ALWAYS
    valid_to: date = FOREVER


class Regions(_Row, frozen=True, kw_only=True):
    """regions.toml."""

    region: tuple[Organisation, ...]


class Municipalities(_Row, frozen=True, kw_only=True):
    """municipalities.toml."""

    municipality: tuple[Organisation, ...]


class Consumers(_Row, frozen=True, kw_only=True):
    """consumers.toml."""

    consumer: tuple[Consumer, ...]


class Producers(_Row, frozen=True, kw_only=True):
    """producers.toml."""

    producer: tuple[Producer, ...]


class Routes(_Row, frozen=True, kw_only=True):
    """routes.toml."""

    route: tuple[RouteRow, ...]


class Permissions(_Row, frozen=True, kw_only=True):
    """permissions.toml."""

    permission: tuple[PermissionRow, ...]
