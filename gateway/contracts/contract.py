"""A service contract, ready for use: descriptor, compiled schema, and paths resolved against the schema."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lxml import etree

from gateway.contracts.descriptor import Descriptor
from gateway.contracts.model import Element, Model
from gateway.errors import DataError
from gateway.soap import ns, xml
from gateway.tomlfile import load


@dataclass(frozen=True, slots=True)
class Contract:
    """One version of a service contract.

    Attributes:
        descriptor: what contracts/<Name>_<m.n>.toml says.
        request_tag, response_tag, record_tag: ``{namespace}local`` of the message roots and of a record.
        schema: the compiled service schema with all it imports.
        xsd: its file.
        patient, source_filter: paths below the request, each step ``{namespace}local``; blank when there is none.
        record: the paths of ``descriptor.record``, resolved likewise, by field name.
        internal: paths that a resident must never see, resolved likewise.
        strangers: on a response, with ``$person``: how many records concern somebody else.
        result: (tag, value) of each child of the aggregated ``result`` element.
        result_tag: tag of that element, blank when the contract has none.
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

    @property
    def key(self) -> str:
        """``Name_m.n``."""
        return self.descriptor.key


class Contracts(dict[str, Contract]):
    """All contracts, by responder namespace."""

    def find(self, name: str) -> Contract | None:
        """By responder namespace, ``Name``, ``Name_m.n`` or ``Name m.n``, ignoring case; newest version first."""
        wanted = name.replace(" ", "_").lower()
        newest = sorted(self.values(), key=lambda contract: contract.descriptor.order, reverse=True)
        for contract in newest:
            descriptor = contract.descriptor
            if wanted in (descriptor.responder.lower(), descriptor.name.lower(), descriptor.key.lower()):
                return contract
        return None


def load_all(root: Path) -> Contracts:
    """Load every descriptor in ``root/contracts``.

    Raises:
        DataError: a descriptor or schema is wrong; the message names file, line and what was expected.
    """
    found = Contracts()
    paths: dict[str, Path] = {}
    for path in sorted((root / "contracts").glob("*.toml")):
        contract = load_contract(path, root)
        responder = contract.descriptor.responder
        if responder in found:
            raise DataError(path, 0, f"the responder {responder} is already described by {paths[responder]}")
        found[responder], paths[responder] = contract, path
    if not found:
        raise DataError(root / "contracts", 0, "expected at least one descriptor (*.toml)")
    return found


def load_contract(path: Path, root: Path) -> Contract:
    """Load one descriptor and its schema.

    Raises:
        DataError: see ``load_all``.
    """
    descriptor = load(path, Descriptor)
    if path.stem != descriptor.key:
        raise DataError(path, 0, f"expected the file name {descriptor.key}.toml")
    wsdl, xsd = root / "wsdl" / descriptor.wsdl, root / "xsd" / descriptor.xsd
    for file in (wsdl, xsd):
        if not file.is_file():
            raise DataError(path, 0, f"names a file that is not there: {file}")
    model, schema = Model(xsd), _compile(xsd)
    try:
        return _build(descriptor, model, schema, xsd)
    except DataError as error:
        raise DataError(path, 0, f"does not fit its schema: {error}") from None


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
    request = model.root(ns.clark(descriptor.responder, descriptor.name))
    response = model.root(ns.clark(descriptor.responder, f"{descriptor.name}Response"))
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
            name: _path(model.resolve(record, getattr(facts, name)))
            for name in ("id", "patient", "source_system", "care_giver", "care_unit", "time", "approved")
        },
        internal=tuple(_path(model.resolve(record, path)) for path in facts.internal),
        strangers=_strangers(record.tag, patient),
        result=tuple((model.resolve(result, name)[-1].tag, value) for name, value in aggregate.result.items())
        if result
        else (),
        result_tag=result.tag if result else "",
    )


def _strangers(record: str, patient: str) -> etree.XPath:
    """A compiled count: libxml2 answers it five times as fast as a look at every record from Python."""
    tags = [record, *patient.replace("/{", "\n{").split("\n")]
    namespaces = {f"n{number}": ns.namespace(tag) for number, tag in enumerate(tags)}
    first, *rest = (f"n{number}:{ns.local(tag)}" for number, tag in enumerate(tags))
    return etree.XPath(f"count({first}[normalize-space({'/'.join(rest)}) != $person])", namespaces=namespaces)


def _path(steps: Iterable[Element]) -> str:
    return "/".join(step.tag for step in steps)
