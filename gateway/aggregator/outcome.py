"""What one source gave: its records, or the reason why there are none."""

from dataclasses import dataclass, field
from functools import cache

from lxml import etree

from gateway.aggregator.portions import LARGE, portions
from gateway.aggregator.splice import Cut, find
from gateway.contracts.check import problem
from gateway.contracts.contract import Contract
from gateway.message import Answer
from gateway.observe.mask import mask
from gateway.router.call import Call
from gateway.soap import fault, ns, xml
from gateway.soap.head import MessageError

_KEPT = 100_000  # bytes; the trees of smaller answers are freed after the merged answer has been sent


class Failure(Exception):
    """A source gave nothing usable.

    Attributes:
        kind: key of ``[status.*]`` in the texts.
        detail: what exactly, English, without person ids.
    """

    def __init__(self, kind: str, detail: str) -> None:
        self.kind, self.detail = kind, mask(detail)
        super().__init__(f"{kind}: {self.detail}")


@dataclass(slots=True)
class Records:
    """The records of one answer.

    Attributes:
        data: the answer as received.
        count: how many there are.
        cut: where they stand in ``data``; None when only the tree can tell.
        identities: their ids, without those that have none; empty in national mode.
        tree: kept so that freeing it costs nobody time now.
    """

    data: bytes = b""
    count: int = 0
    cut: Cut | None = None
    identities: tuple[str, ...] = ()
    tree: tuple[etree._Element, ...] = ()

    def elements(self, contract: Contract) -> tuple[etree._Element, ...]:
        """The record elements."""
        if len(self.tree) == self.count:
            return self.tree
        return tuple(xml.body_child(xml.parse(self.data)).iterchildren(contract.record_tag))


@dataclass(slots=True)
class Outcome:
    """The result of asking one source.

    Attributes:
        source: its logical address.
        records: what it gave.
        failure: why there is nothing; None when the source answered.
        seconds: how long it took.
        call: the call to it; None when it was not called.
    """

    source: str
    records: Records = field(default_factory=Records)
    failure: Failure | None = None
    seconds: float = 0.0
    call: Call | None = None


def examine(contract: Contract, patient: str, answer: Answer, lenient: bool) -> Records:
    """The records of a source's answer.

    Args:
        contract: the contract that was asked with.
        patient: the person asked about; an answer about anyone else is kept out.
        answer: what the source sent.
        lenient: as the national platform: neither schema nor person is checked.

    Raises:
        Failure: a fault, not the contract's response, schema-invalid, or about another person.
    """
    data = answer.body
    cut = find(contract, data)
    if lenient and cut is not None and xml.well_formed(data):
        return Records(data, cut.count, cut)
    if not lenient and cut is not None and len(data) > LARGE and (found := _by_portions(contract, patient, data, cut)):
        return found
    try:
        child = _response(contract, data)
    except Failure:
        if lenient and xml.has_empty_body(data):  # the national service takes it for an answer without records
            return Records()
        raise
    if not lenient and (breach := problem(contract, child)):
        raise Failure("invalid", breach)
    records = tuple(child.iterchildren(contract.record_tag))
    if lenient:
        return Records(data, len(records), cut, (), records)
    strangers = contract.strangers(child, person=patient)
    if strangers:
        raise Failure("wrong-person", f"{strangers:.0f} of {len(records)} records")
    kept = records if cut is None or len(data) < _KEPT else ()
    return Records(data, len(records), cut, _identities(contract, child), kept)


def _by_portions(contract: Contract, patient: str, data: bytes, cut: Cut) -> Records | None:
    """A very large answer without fault; None for any other, about which the whole tree has to tell."""
    identities: list[str] = []
    parts = portions(contract, data, cut)
    if parts is None:
        return None
    for child in parts:
        if not contract.schema.validate(child) or contract.strangers(child, person=patient):
            return None
        identities += _identities(contract, child)
    return Records(data, cut.count, cut, tuple(identities))


def _response(contract: Contract, data: bytes) -> etree._Element:
    try:
        child = xml.body_child(xml.parse(data))
    except MessageError as error:
        raise Failure("malformed", str(error)) from None
    if xml.is_fault(child):
        raise Failure("fault", fault.read(child)[1])
    if child.tag != contract.response_tag:
        raise Failure("foreign", f"{child.tag}, expected {contract.response_tag}")
    return child


def _identities(contract: Contract, child: etree._Element) -> tuple[str, ...]:
    path = contract.record["id"]
    if not path:
        return ()
    return tuple(map(str, _texts(contract.record_tag, path)(child)))


@cache
def _texts(record: str, path: str) -> etree.XPath:
    """The texts at a path below each record, compiled: for many records far faster than a look at each."""
    tags = [record, *path.replace("/{", "\n{").split("\n")]
    namespaces = {f"n{number}": ns.namespace(tag) for number, tag in enumerate(tags)}
    steps = "/".join(f"n{number}:{ns.local(tag)}" for number, tag in enumerate(tags))
    return etree.XPath(f"{steps}/text()", namespaces=namespaces, smart_strings=False)
