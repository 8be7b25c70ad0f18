"""A question to a stub producer: read strictly, and refused in words that help whoever sent it."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from lxml import etree

from gateway.contracts.contract import Contract, Contracts
from gateway.message import Answer
from gateway.observe.mask import mask
from gateway.producers.fault import fault
from gateway.producers.judge import breach
from gateway.registry.catalogue import Producer
from gateway.soap import ns, xml
from gateway.soap.fault import CLIENT
from gateway.soap.head import Head, MessageError, scan
from gateway.texts import text

ANYBODY = "*"
_NOTIFIED = f".//{ns.clark(ns.INDEX, 'registeredResidentIdentification')}"


class QuestionError(Exception):
    """The question is not answered; the fault says why.

    Attributes:
        key: of the text, ``[stub.<key>]`` in the catalogue.
        values: to fill in there; never a person id.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(text("stub", key, "en", **values))

    def answer(self) -> Answer:
        """The SOAP fault that says so."""
        return fault(self.key, CLIENT, text("stub", self.key, "sv", **self.values), str(self))


@dataclass(frozen=True, slots=True)
class Question:
    """A question that follows its contract's schema.

    Attributes:
        request: Body's child.
        person: the person id it asks about.
    """

    producer: Producer
    contract: Contract
    request: etree._Element
    person: str


def read(message: bytes, contracts: Contracts, producers: Mapping[str, Producer]) -> Question:
    """Read a question.

    Args:
        message: the envelope as received.
        contracts: the contracts that are answered.
        producers: who answers here, by logical address in lower case (the catalogue ignores case); ``ANYBODY`` for
            one that answers to every address.

    Raises:
        QuestionError: not a SOAP 1.1 message, not for these producers, or not valid.
    """
    try:
        head = scan(message)
        request = xml.body_child(xml.parse(message))
    except MessageError as error:
        raise QuestionError("message", why=mask(str(error))) from None
    producer = _addressee(head, producers)
    contract = contracts.get(ns.namespace(str(request.tag)))
    if contract is None or not _answered(contract) or request.tag != contract.request_tag:
        known = ", ".join(sorted(one.request_tag for one in contracts.values() if _answered(one)))
        raise QuestionError("contract", found=mask(str(request.tag)), known=known)
    if found := breach(contract, request):
        raise QuestionError("schema", contract=contract.key, line=found.line, path=found.path, why=found.why)
    person = contract.patient or _NOTIFIED  # the first one of a notification
    return Question(producer, contract, request, request.findtext(person) or "")


def _answered(contract: Contract) -> bool:
    """A stub has records, subscribes to the engagement index, or answers from the schema of what a user has added."""
    return contract.added or contract.descriptor.aggregated or contract.descriptor.responder == ns.INDEX_NOTIFY


def _addressee(head: Head, producers: Mapping[str, Producer]) -> Producer:
    if head.soap != ns.SOAP11:
        raise QuestionError("soap-version", found=head.soap, expected=ns.SOAP11)
    known = ", ".join(producer.logical_address for producer in producers.values())
    if head.logical_address is None:
        raise QuestionError("no-address", known=known)
    producer = producers.get(head.logical_address.lower())
    if producer is None and ANYBODY in producers:
        return msgspec.structs.replace(producers[ANYBODY], logical_address=head.logical_address)
    if producer is None:
        raise QuestionError("address", found=mask(head.logical_address), known=known)
    return producer
