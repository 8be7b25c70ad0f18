"""The descriptor of a contract: everything the engine needs to know, so that a new contract needs no code."""

from typing import Annotated, Final, Literal

import msgspec

Version = Annotated[str, msgspec.Meta(pattern=r"^\d+\.\d+$")]


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A TOML table in which unknown keys are errors."""


class Aggregate(Table, frozen=True, kw_only=True):
    """How the aggregating service asks (paths are local names below the request element).

    Attributes:
        service_domain: EI service domain, ``riv:…``.
        categorization: EI categorizations that this contract answers for.
        patient: path to the person id.
        source_filter: path to the source system that the consumer restricts the question to; empty when none.
        records: name of the repeated child of the response.
        call_per: one call for each distinct source system or logical address of the engagements.
        category_filter: path to the categorizations that the consumer restricts the question to; empty when none.
        newest_months: an engagement whose most recent content is older than so many months is not asked; 0 for any age.
        refused: elements of the request that no aggregated question may have, each with the fault's text.
        per_source: elements of the request that every source gets with a value of its own.
        merged: names of further repeated children of the response that are put together, after the records.
        result: children of the response's ``result`` element in schema order; empty when it has none.
    """

    service_domain: str
    categorization: tuple[str, ...]
    patient: str
    source_filter: str = ""
    records: str
    call_per: Literal["source_system", "logical_address"] = "source_system"
    category_filter: str = ""
    newest_months: Annotated[int, msgspec.Meta(ge=0)] = 0
    refused: dict[str, str] = {}
    per_source: dict[str, Literal["logical_address", "person"]] = {}
    merged: tuple[str, ...] = ()
    result: dict[str, str] = {}


class Record(Table, frozen=True, kw_only=True):
    """Where the facts that the platform and its consumers need stand (paths below a record).

    All but ``patient`` and ``source_system`` may be blank: where the contract's records have no identity, no mark that
    tells whether the patient may see them, and so on.
    """

    id: str = ""
    patient: str
    source_system: str
    care_giver: str = ""
    care_unit: str = ""
    time: str = ""
    approved: str = ""
    internal: tuple[str, ...] = ()


NOT_AGGREGATED: Final = Aggregate(service_domain="", categorization=(), patient="", records="")
"""Of a contract that nobody asks several sources with at once; it has no records either."""

NO_RECORD: Final = Record(patient="", source_system="", care_giver="", care_unit="", time="")


class FilterRule(Table, frozen=True, kw_only=True):
    """One filter that every producer must honour.

    Attributes:
        request: path in the request; absent there means no filter, several values mean any of them.
        record: path in the record.
        match: ``equals``; ``overlaps``, two periods share a day; ``within``, a time lies in a period, ends included.
    """

    request: str
    record: str
    match: Literal["equals", "overlaps", "within"]


class BridgeRow(Table, frozen=True, kw_only=True):
    """Another contract that a source may be asked with in place of this one.

    Attributes:
        contract: ``Name_m.n``.
        mapping: file below contracts/ that says how each is told in the other's words.
    """

    contract: str
    mapping: str


class Link(Table, frozen=True, kw_only=True):
    """Where a record points at other records (paths below a record; all but the first below the link).

    Attributes:
        path: the link itself.
        kind: what tells the kind of record that it points at. own: that of this contract's records.
        id, source: identity of the record pointed at, and its source system when that is another one.
    """

    path: str
    kind: str
    own: str
    id: str
    source: str = ""


class Title(Table, frozen=True, kw_only=True):
    """The contract's name for people."""

    sv: str
    en: str


class Descriptor(Table, frozen=True, kw_only=True):
    """A contract version. Field meanings: design of the project, docs/ARCHITECTURE.md.

    A contract that is not aggregated has neither ``aggregate`` nor ``record``: one source answers it, or the platform.

    Attributes:
        wsdl, xsd: their paths below the folders of that name; in an added package both stand below ``xsd``.
        request, response: local names of the messages' elements where they are not ``Name`` and ``NameResponse``.
    """

    name: str
    version: Version
    status: Literal["proposal", "national"]
    domain: str
    responder: str
    wsdl: str
    xsd: str
    request: str = ""
    response: str = ""
    soap_actions: tuple[str, ...] = ()
    title: Title
    aggregate: Aggregate = NOT_AGGREGATED
    record: Record = NO_RECORD
    filter: tuple[FilterRule, ...] = ()
    bridge: tuple[BridgeRow, ...] = ()
    link: Link | None = None

    @property
    def aggregated(self) -> bool:
        """Whether the aggregating service answers it."""
        return self.aggregate is not NOT_AGGREGATED

    @property
    def major(self) -> str:
        """The major version, the only one that appears in addresses (Basic Profile 2.1 #19)."""
        return self.version.partition(".")[0]

    @property
    def entry(self) -> str:
        """The path of the aggregating service's own entry for it; the national pattern."""
        return f"/GetAggregated{self.name.removeprefix('Get')}/service/v{self.major}"

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, for comparing."""
        return tuple(map(int, self.version.split(".")))

    @property
    def key(self) -> str:
        """``Name_m.n``, the stem of the contract's files."""
        return f"{self.name}_{self.version}"
