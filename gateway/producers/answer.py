"""The usual answer: which records, in which envelope."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import uuid4
from xml.sax.saxutils import escape

from gateway.contracts.contract import Contract
from gateway.contracts.filters import find, matches
from gateway.message import Answer
from gateway.producers.fault import XML
from gateway.producers.request import Question
from gateway.producers.store import Shelf
from gateway.soap import ns
from gateway.texts import text

OK, ERROR = "OK", "ERROR"
_INVALID_REQUEST = "INVALID_REQUEST"
_HEAD = f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Header/><soapenv:Body>'
_TAIL = "</soapenv:Body></soapenv:Envelope>"


class Result(NamedTuple):
    """Outcome of the question, for contracts with a ``result`` element (RIV-TA Service Schema 2.1 #11)."""

    code: str = OK
    message: str = ""


def usual(question: Question, shelf: Shelf) -> Answer:
    """What a producer in good health answers: every record that the question asks for, or a logical error."""
    if refusal := _refusal(question):
        return write(question.contract, shelf, (), Result(ERROR, text("stub", refusal, "sv")))
    return write(question.contract, shelf, select(question, shelf))


def select(question: Question, shelf: Shelf) -> Sequence[bytes]:
    """What the addressed source system has about the person and that passes every filter asked for."""
    held = shelf.of(question.producer.logical_address, question.person)
    rules = [rule for rule in question.contract.descriptor.filter if find(question.request, rule.request)]
    if not rules:
        return held
    parsed = zip(held, shelf.parse(held), strict=True)
    return [record for record, element in parsed if matches(element, question.request, rules)]


def write(contract: Contract, shelf: Shelf, records: Sequence[bytes], result: Result | None = None) -> Answer:
    """The envelope around records; a result element, ``OK`` unless told, where the contract has one."""
    name = f"{shelf.prefix}:{ns.local(contract.response_tag)}"
    start = f"{_HEAD}<{name}{shelf.declarations()}>"
    outcome = _result(contract, shelf.prefix, result or Result())
    parts = [outcome, *records] if shelf.result_first else [*records, outcome]
    return Answer(200, [XML], b"".join([start.encode(), *parts, f"</{name}>{_TAIL}".encode()]))


def _result(contract: Contract, prefix: str, result: Result) -> bytes:
    """The result element with those children that the descriptor names, in schema order."""
    if not contract.result_tag:
        return b""
    values = {"resultCode": result.code, "logId": str(uuid4()), "message": result.message}
    space = ns.namespace(contract.result[0][0])
    children = []
    for tag, _ in contract.result:
        name = ns.local(tag)
        if value := values.get(name):
            children.append(f"<c:{name}>{escape(value)}</c:{name}>")
        if name == "resultCode" and result.code == ERROR:
            children.append(f"<c:errorCode>{_INVALID_REQUEST}</c:errorCode>")
    element = f"{prefix}:{ns.local(contract.result_tag)}"
    return f'<{element} xmlns:c="{space}">{"".join(children)}</{element}>'.encode()


def _refusal(question: Question) -> str:
    """Key of the text when the contract's description forbids what its schema allows; blank otherwise."""
    if question.contract.descriptor.name != "GetCarePlans":
        return ""
    asked = find(question.request, "sourceSystemHSAId")
    if asked and (asked[0].text or "").lower() != question.producer.logical_address.lower():
        return "other-source-system"
    return "care-contact" if not asked and find(question.request, "careContactId") else ""
