"""What one source gave: its records, or the reason why there are none."""

from dataclasses import dataclass

from lxml import etree

from gateway.contracts.check import problem
from gateway.contracts.contract import Contract
from gateway.message import Answer
from gateway.observe.mask import mask
from gateway.soap import fault, xml
from gateway.soap.head import MessageError


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
class Outcome:
    """The result of asking one source.

    Attributes:
        source: its logical address.
        data: the answer as received; the records' bytes are cut from it.
        records: the record elements of ``data``'s tree.
        failure: why there are none; None when the source answered.
        seconds: how long it took.
    """

    source: str
    data: bytes = b""
    records: tuple[etree._Element, ...] = ()
    failure: Failure | None = None
    seconds: float = 0.0


def examine(contract: Contract, patient: str, answer: Answer, lenient: bool) -> tuple[etree._Element, ...]:
    """The records of a source's answer.

    Args:
        contract: the contract that was asked with.
        patient: the person asked about; an answer about anyone else is kept out.
        answer: what the source sent.
        lenient: as the national platform: neither schema nor person is checked.

    Raises:
        Failure: a fault, not the contract's response, schema-invalid, or about another person.
    """
    try:
        child = xml.body_child(xml.parse(answer.body))
    except MessageError as error:
        raise Failure("malformed", str(error)) from None
    if xml.is_fault(child):
        raise Failure("fault", fault.read(child)[1])
    if child.tag != contract.response_tag:
        raise Failure("foreign", f"{child.tag}, expected {contract.response_tag}")
    if not lenient and (breach := problem(contract, child)):
        raise Failure("invalid", breach)
    records = tuple(child.iterchildren(contract.record_tag))
    if not lenient:
        strangers = contract.strangers(child, person=patient)
        if strangers:
            raise Failure("wrong-person", f"{strangers:.0f} of {len(records)} records")
    return records
