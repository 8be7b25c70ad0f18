"""The descriptor of a contract: everything the engine needs to know, so that a new contract needs no code."""

from typing import Annotated, Literal

import msgspec

Version = Annotated[str, msgspec.Meta(pattern=r"^\d+\.\d+$")]


class _Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A TOML table in which unknown keys are errors."""


class Aggregate(_Table, frozen=True, kw_only=True):
    """How the aggregating service asks (paths are local names below the request element).

    Attributes:
        service_domain: EI service domain, ``riv:…``.
        categorization: EI categorizations that this contract answers for.
        patient: path to the person id.
        source_filter: path to the source system that the consumer restricts the question to; empty when none.
        records: name of the repeated child of the response.
        call_per: one call for each distinct source system or logical address of the engagements.
        result: children of the response's ``result`` element in schema order; empty when it has none.
    """

    service_domain: str
    categorization: tuple[str, ...]
    patient: str
    source_filter: str = ""
    records: str
    call_per: Literal["source_system", "logical_address"] = "source_system"
    result: dict[str, str] = {}


class Record(_Table, frozen=True, kw_only=True):
    """Where the facts that the platform and its consumers need stand (paths below a record)."""

    id: str
    patient: str
    source_system: str
    care_giver: str
    care_unit: str
    time: str
    approved: str
    internal: tuple[str, ...] = ()


class FilterRule(_Table, frozen=True, kw_only=True):
    """One filter that every producer must honour.

    Attributes:
        request: path in the request; absent there means no filter, several values mean any of them.
        record: path in the record.
        match: ``equals``; ``overlaps``, two periods share a day; ``within``, a time lies in a period, ends included.
    """

    request: str
    record: str
    match: Literal["equals", "overlaps", "within"]


class Title(_Table, frozen=True, kw_only=True):
    """The contract's name for people."""

    sv: str
    en: str


class Descriptor(_Table, frozen=True, kw_only=True):
    """A contract version. Field meanings: design of the project, docs/ARCHITECTURE.md."""

    name: str
    version: Version
    status: Literal["proposal", "national"]
    domain: str
    responder: str
    wsdl: str
    xsd: str
    soap_actions: tuple[str, ...] = ()
    title: Title
    aggregate: Aggregate
    record: Record
    filter: tuple[FilterRule, ...] = ()

    @property
    def major(self) -> str:
        """The major version, the only one that appears in addresses (Basic Profile 2.1 #19)."""
        return self.version.partition(".")[0]

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, for comparing."""
        return tuple(map(int, self.version.split(".")))

    @property
    def key(self) -> str:
        """``Name_m.n``, the stem of the contract's files."""
        return f"{self.name}_{self.version}"
