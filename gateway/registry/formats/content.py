"""The content of the catalogue (TAK): its entities as rows with ids, named as the tables of the database.

As in the national catalogue a row ends when the day ``valid_to`` *begins*.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import msgspec


class Row(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A row.

    Attributes:
        id: stays the same from one publication to the next.
        publication: in which version it was changed last (pubversion), 0 for one that is not published.
    """

    id: int
    publication: int = 0


class Profile(Row, frozen=True, gc=False, kw_only=True):
    """RivTaProfil."""

    name: str
    description: str = ""


class ServiceContract(Row, frozen=True, gc=False, kw_only=True):
    """Tjanstekontrakt; ``namespace`` is the responder's."""

    namespace: str
    description: str = ""
    major: int = 1
    minor: int = 0


class Component(Row, frozen=True, gc=False, kw_only=True):
    """Tjanstekomponent: a consumer or a producer."""

    hsa_id: str
    description: str = ""


class LogicalAddress(Row, frozen=True, gc=False, kw_only=True):
    """LogiskAdress; ``hsa_id`` may be ``*``."""

    hsa_id: str
    description: str = ""


class CallAddress(Row, frozen=True, gc=False, kw_only=True):
    """AnropsAdress."""

    address: str
    profile_id: int
    component_id: int


class Route(Row, frozen=True, gc=False, kw_only=True):
    """Vagval."""

    valid_from: date
    valid_to: date
    call_address_id: int
    logical_address_id: int
    service_contract_id: int


class Permission(Row, frozen=True, gc=False, kw_only=True):
    """Anropsbehorighet; ``component_id`` is the consumer, ``agreement`` the integrationsavtal."""

    agreement: str
    valid_from: date
    valid_to: date
    component_id: int
    logical_address_id: int
    service_contract_id: int


class PermissionFilter(Row, frozen=True, gc=False, kw_only=True):
    """Filter."""

    service_domain: str
    permission_id: int


class FilterCategory(Row, frozen=True, gc=False, kw_only=True):
    """Filtercategorization."""

    category: str
    permission_filter_id: int


KINDS: Mapping[str, type[Row]] = MappingProxyType(
    {
        "profile": Profile,
        "service_contract": ServiceContract,
        "component": Component,
        "logical_address": LogicalAddress,
        "call_address": CallAddress,
        "route": Route,
        "permission": Permission,
        "permission_filter": PermissionFilter,
        "filter_category": FilterCategory,
    }
)
"""By table, what is referred to before what refers to it."""

KEYS: Mapping[str, str] = MappingProxyType(
    {"profile": "name", "service_contract": "namespace", "component": "hsa_id", "logical_address": "hsa_id"}
)
"""What is unique beside the id."""


def references(kind: str) -> dict[str, str]:
    """The fields of a kind of row that refer to others, and to which kind."""
    names = (name for name in KINDS[kind].__struct_fields__ if name.endswith("_id"))
    return {name: name.removesuffix("_id") for name in names if name != "hsa_id"}


@dataclass(frozen=True, slots=True)
class Content:
    """A whole catalogue."""

    profile: tuple[Profile, ...] = ()
    service_contract: tuple[ServiceContract, ...] = ()
    component: tuple[Component, ...] = ()
    logical_address: tuple[LogicalAddress, ...] = ()
    call_address: tuple[CallAddress, ...] = ()
    route: tuple[Route, ...] = ()
    permission: tuple[Permission, ...] = ()
    permission_filter: tuple[PermissionFilter, ...] = ()
    filter_category: tuple[FilterCategory, ...] = ()

    def rows(self, kind: str) -> tuple[Row, ...]:
        """The rows of a kind, a key of ``KINDS``."""
        found: tuple[Row, ...] = getattr(self, kind)
        return found

    def all(self) -> Iterator[tuple[str, Row]]:
        """Every row with its kind."""
        for kind in KINDS:
            for row in self.rows(kind):
                yield kind, row

    def __bool__(self) -> bool:
        return any(self.rows(kind) for kind in KINDS)


@dataclass(frozen=True, slots=True)
class Publication:
    """A content and what is known of its publication.

    Attributes:
        created_us: microseconds since 1970 (tidpunkt).
        author, comment: utforare, kommentar.
    """

    content: Content
    version: int = 0
    created_us: int = 0
    author: str = ""
    comment: str = ""


def made(kind: str, values: Mapping[str, Any]) -> Row:
    """A row of a kind from values by name.

    Raises:
        msgspec.ValidationError: something is missing or of a wrong type.
    """
    return msgspec.convert(values, KINDS[kind])


def content_of(rows: Mapping[str, Any]) -> Content:
    """A content of rows by kind."""
    return Content(**{kind: tuple(rows.get(kind, ())) for kind in KINDS})
