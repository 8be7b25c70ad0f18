"""A service contract, ready for use: descriptor, compiled schema, and paths resolved against the schema."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from gateway.contracts.added import Source, sources, wsdl_file
from gateway.contracts.descriptor import NO_RECORD, Descriptor
from gateway.contracts.model import Element, Model
from gateway.contracts.special import Special, special
from gateway.errors import DataError
from gateway.soap import ns, xml
from gateway.tomlfile import load


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a service contract.

    Attributes:
        descriptor: what contracts/<Name>_<m.n>.toml says.
        request_tag, response_tag, record_tag: ``{namespace}local`` of the message roots and of a record; the last is
            blank, as all that concerns records, for a contract that is not aggregated.
        schema: the compiled service schema with all it imports.
        xsd: its file.
        patient, source_filter: paths below the request, each step ``{namespace}local``; blank when there is none.
        record: the paths of ``descriptor.record``, resolved likewise, by field name; blank for what it leaves blank.
        internal: paths that a resident must never see, resolved likewise.
        strangers: on a response, with ``$person``: how many records concern somebody else.
        result: (tag, value) of each child of the aggregated ``result`` element.
        result_tag: tag of that element, blank when the contract has none.
        added: whether a user has added it, as part of a package.
        special: what it asks of the aggregating service beyond the usual; None for most.
    """

    descriptor: Descriptor
    request_tag: str
    response_tag: str
    record_tag: str
    schema: etree.XMLSchema
    xsd: Path
    patient: str
    source_filter: str
    record: dict[str, str]
    internal: tuple[str, ...]
    strangers: etree.XPath
    result: tuple[tuple[str, str], ...]
    result_tag: str
    added: bool = False
    special: Special | None = None

    @property
    def key(self) -> str:
        """``Name_m.n``."""
        return self.descriptor.key


class Contracts(dict[str, Contract]):
    """All contracts, by responder namespace."""

    def aggregated(self) -> "list[Contract]":
        """Those that the aggregating service answers, in the order of their files."""
        return [contract for contract in self.values() if contract.descriptor.aggregated]

    def find(self, name: str) -> Contract | None:
        """By responder namespace, ``Name``, ``Name_m.n`` or ``Name m.n``, ignoring case; newest version first."""
        wanted = name.replace(" ", "_").lower()
        newest = sorted(self.values(), key=lambda contract: contract.descriptor.order, reverse=True)
        for contract in newest:
            descriptor = contract.descriptor
            if wanted in (descriptor.responder.lower(), descriptor.name.lower(), descriptor.key.lower()):
                return contract
        return None


def load_all(root: Path, contracts_folder: str = "") -> Contracts:
    """Load every descriptor in ``root/contracts``, and those that a user has added.

    Minor versions share a responder: among added ones, and where one is newer than ours, the newest counts.

    Args:
        root: the data folder.
        contracts_folder: the setting of that name, see ``gateway.contracts.added``.

    Raises:
        DataError: a descriptor or schema is wrong; the message names file, line and what was expected.
    """
    found = Contracts()
    chosen: dict[str, Source] = {}
    for source in sources(root, contracts_folder):
        contract = load_contract(source.path, source.base, added=source.added)
        responder = contract.descriptor.responder
        other = chosen.get(responder)
        if other is not None and not source.added:
            problem = f"the responder {responder} is already described by {other.path}"
            raise DataError(source.path, 0, problem)
        if other is None or source.order > other.order:
            found[responder], chosen[responder] = contract, source
    if not found:
        raise DataError(root / "contracts", 0, "expected at least one descriptor (*.toml)")
    return found


def load_contract(path: Path, root: Path, *, added: bool = False) -> Contract:
    """Load one descriptor and its schema.

    Args:
        root: the folder that holds xsd/ and wsdl/.
        added: whether a user has added it.

    Raises:
        DataError: see ``load_all``.
    """
    descriptor = load(path, Descriptor)
    if path.stem != descriptor.key:
        raise DataError(path, 0, f"expected the file name {descriptor.key}.toml")
    wsdl, xsd = wsdl_file(root, descriptor.wsdl), root / "xsd" / descriptor.xsd
    for file in (wsdl, xsd):
        if not file.is_file():
            raise DataError(path, 0, f"names a file that is not there: {file}")
    model, schema = Model(xsd), _compile(xsd)
    try:
        built = _build(descriptor, model, schema, xsd)
    except DataError as error:
        raise DataError(path, 0, f"does not fit its schema: {error}") from None
    return replace(built, added=True) if added else built


def _compile(xsd: Path) -> etree.XMLSchema:
    try:
        return xml.load_schema(xsd)
    except etree.XMLSchemaParseError as error:
        first = next(iter(error.error_log), None)
        if first is None:
            raise DataError(xsd, 0, f"expected a valid XML Schema: {error}") from None
        # The mistake may stand in a file that this one imports.
        raise DataError(Path(first.filename), first.line, f"expected a valid XML Schema: {first.message}") from None


def _build(descriptor: Descriptor, model: Model, schema: etree.XMLSchema, xsd: Path) -> Contract:
    aggregate = descriptor.aggregate
    request = model.root(ns.clark(descriptor.responder, descriptor.request or descriptor.name))
    response = model.root(ns.clark(descriptor.responder, descriptor.response or f"{descriptor.name}Response"))
    if not descriptor.aggregated:
        return _single(descriptor, request, response, schema, xsd)
    if descriptor.record is NO_RECORD:
        raise DataError(xsd, 0, "[aggregate] needs [record], which says where each record's facts stand")
    record = model.resolve(response, aggregate.records)[-1]
    facts = descriptor.record
    for rule in descriptor.filter:
        model.resolve(request, rule.request)
        model.resolve(record, rule.record)
    patient = _path(model.resolve(record, facts.patient))
    result = model.resolve(response, "result")[-1] if aggregate.result else None
    return Contract(
        descriptor=descriptor,
        request_tag=request.tag,
        response_tag=response.tag,
        record_tag=record.tag,
        schema=schema,
        xsd=xsd,
        patient=_path(model.resolve(request, aggregate.patient)),
        source_filter=_path(model.resolve(request, aggregate.source_filter)) if aggregate.source_filter else "",
        record={
            name: _path(model.resolve(record, path)) if (path := getattr(facts, name)) else ""
            for name in ("id", "patient", "source_system", "care_giver", "care_unit", "time", "approved")
        },
        internal=tuple(_path(model.resolve(record, path)) for path in facts.internal),
        strangers=_strangers(record.tag, patient),
        result=tuple((model.resolve(result, name)[-1].tag, value) for name, value in aggregate.result.items())
        if result
        else (),
        result_tag=result.tag if result else "",
        special=special(model, aggregate, request, response),
    )


def _single(
    descriptor: Descriptor, request: Element, response: Element, schema: etree.XMLSchema, xsd: Path
) -> Contract:
    """A contract without records: one source answers it, or the platform itself."""
    if descriptor.record is not NO_RECORD or descriptor.filter:
        raise DataError(xsd, 0, "[record] and [[filter]] need [aggregate], which says what the records are")
    return Contract(
        descriptor=descriptor,
        request_tag=request.tag,
        response_tag=response.tag,
        record_tag="",
        schema=schema,
        xsd=xsd,
        patient="",
        source_filter="",
        record={},
        internal=(),
        strangers=etree.XPath("0"),
        result=(),
        result_tag="",
    )


def _strangers(record: str, patient: str) -> etree.XPath:
    """A compiled count: libxml2 answers it five times as fast as a look at every record from Python."""
    tags = [record, *patient.replace("/{", "\n{").split("\n")]
    namespaces = {f"n{number}": ns.namespace(tag) for number, tag in enumerate(tags)}
    first, *rest = (f"n{number}:{ns.local(tag)}" for number, tag in enumerate(tags))
    return etree.XPath(f"count({first}[normalize-space({'/'.join(rest)}) != $person])", namespaces=namespaces)


def _path(steps: Iterable[Element]) -> str:
    return "/".join(step.tag for step in steps)
