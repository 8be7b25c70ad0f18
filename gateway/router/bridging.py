"""A call to a source that has another contract than the one asked with: told in its words, and its answer told back."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from lxml import etree

from gateway import texts
from gateway.contracts.bridge import Bridge, Bridges
from gateway.contracts.check import problem
from gateway.contracts.contract import Contract
from gateway.contracts.crossing import Crossing
from gateway.message import Answer, Headers, Request
from gateway.router.call import Call
from gateway.router.form import CONTENT_ENCODING, CONTENT_TYPE, Form, charset_of, relabelled
from gateway.router.headers import XML
from gateway.router.refusal import INTERNAL, PRODUCER_FAILED, Refusal
from gateway.router.unpack import in_one_piece, left_behind
from gateway.soap import charset, mtom, xml
from gateway.soap.head import Head, MessageError, scan

BRIDGE = b"x-rivta-bridge"
"""Answer header: the contract that the source was asked with, ``Name_m.n``."""

_ACTION = b"soapaction"
_OK = range(200, 300)
# Whose mistake it is, at the beginning of an explanation.
_CONSUMER, _PRODUCER, _BRIDGE = "the consumer's side", "the producer's side", "the bridge itself"


@dataclass(slots=True)
class Passage:
    """What a call was before it went over a bridge."""

    crossing: Crossing
    request: Request
    body: bytes
    form: Form | None
    head: Head

    def restore(self, call: Call) -> None:
        """Let the call be the consumer's again."""
        call.request, call.body, call.form, call.head = self.request, self.body, self.form, self.head


class Bridging:
    """Takes calls over bridges. ``strict`` judges every message on both sides by its schema."""

    def __init__(self, bridges: Bridges, *, strict: bool, max_bytes: int) -> None:
        self.bridges = bridges
        self._strict, self._max_bytes = strict, max_bytes

    def there(self, call: Call) -> Passage:
        """Turn a routed call into one in the other contract.

        Raises:
            Refusal: VP015, the question is wrong; VP012, the mapping is.
        """
        bridge, head = call.bridge, call.head
        assert bridge is not None
        assert head is not None
        try:
            envelope = xml.parse(call.body)
            request = xml.body_child(envelope)
        except MessageError as error:
            raise Refusal("VP015", why=f"{_CONSUMER}: {error}") from None
        if request.tag != bridge.contract.request_tag:
            raise Refusal("VP015", why=f"Body holds {request.tag}, expected {bridge.contract.request_tag}")
        self._judge(bridge.contract, request, lambda why: Refusal("VP015", why=f"{_CONSUMER}: {why}"))
        passage = Passage(Crossing(bridge), call.request, call.body, call.form, head)
        told = passage.crossing.question(request)
        self._judge(bridge.other, told, lambda why: _broken(bridge, why))
        call.body = etree.tostring(envelope, encoding="utf-8")
        written = scan(call.body)
        call.head = replace(
            head, contract=written.contract, operation=written.operation, address_span=written.address_span
        )
        call.request = _renamed(call.request, bridge)
        if call.form is not None and call.form.content_type is not None:
            call.form = replace(call.form, content_type=_action_renamed(call.form.content_type, bridge))
        return passage

    def back(self, passage: Passage, call: Call, answer: Answer) -> Answer:
        """The consumer's answer from the producer's. A fault passes as it is: its words are the producer's.

        Raises:
            Refusal: VP009, the answer is not one of the other contract; VP012, the mapping is wrong.
        """
        bridge = passage.crossing.bridge
        answer.headers.append((BRIDGE, bridge.other.key.encode("latin-1")))
        if answer.status not in _OK:
            return answer
        try:
            whole = in_one_piece(answer, self._max_bytes)
            envelope = xml.parse(whole.envelope)
            response = xml.body_child(envelope)
        except MessageError as error:
            raise _unusable(call, "malformed", str(error)) from None
        if xml.is_fault(response):
            return answer
        if response.tag != bridge.other.response_tag:
            raise _unusable(call, "foreign", f"{response.tag}, expected {bridge.other.response_tag}")
        self._judge(bridge.other, response, lambda why: _unusable(call, "invalid", why))
        told = passage.crossing.answer(response, passage.head.logical_address or "")
        if call.parent is None:  # the aggregating service judges its sources' answers itself
            self._judge(bridge.contract, told, lambda why: _broken(bridge, why))
        if whole.left and call.parent is None:  # the sources of a merged answer come unpacked
            call.warning = f"{call.warning} {left_behind(whole)}".strip()
        if left := passage.crossing.left:
            named = ", ".join(f"{count} x {name}" for name, count in left.items())
            teller = call.parent or call
            teller.warning = f"{teller.warning} left behind at the bridge {bridge.name}: {named}".strip()
        return Answer(answer.status, _plain(answer.headers), etree.tostring(envelope, encoding="utf-8"), answer.close)

    def _judge(self, contract: Contract, element: etree._Element, refusal: Callable[[str], Refusal]) -> None:
        if self._strict and (why := problem(contract, element)):
            raise refusal(why)


def told_of(bridge: Bridge, why: dict[str, str]) -> dict[str, str]:
    """An explanation in each language, with the bridge named before it."""
    named = texts.both("bridge", "needed", contract=bridge.contract.key, other=bridge.other.key)
    return {language: f"{named[language]} {text}" for language, text in why.items()}


def _broken(bridge: Bridge, why: str) -> Refusal:
    return Refusal(INTERNAL, why=f"{_BRIDGE} {bridge.name}: {why}")


def _unusable(call: Call, kind: str, why: str) -> Refusal:
    return Refusal(PRODUCER_FAILED, kind=kind, address=call.address, why=f"{_PRODUCER}: {why}")


def _renamed(request: Request, bridge: Bridge) -> Request:
    """The HTTP request with the other contract's action."""
    if _ACTION not in request.values:
        return request
    action = f'"{_action(bridge.other)}"'.encode("latin-1")
    headers = [(name, action if name == _ACTION else value) for name, value in request.headers]
    return replace(request, headers=headers, values=request.values | {_ACTION: action})


def _action_renamed(content_type: bytes, bridge: Bridge) -> bytes:
    """SOAP 1.2 has the action in its Content-Type."""
    return content_type.replace(_action(bridge.contract).encode(), _action(bridge.other).encode())


def _action(contract: Contract) -> str:
    return f"{contract.descriptor.responder}:{contract.descriptor.name}"


def _plain(headers: Headers) -> Headers:
    """The headers of an answer that has become plain UTF-8."""
    found: Headers = []
    for name, value in headers:
        if name == CONTENT_TYPE and mtom.is_package(value.decode("latin-1")):
            found.append((name, XML.encode()))
        elif name == CONTENT_TYPE and (charset_of(value) or charset.UTF8).upper() != charset.UTF8:
            found.append((name, relabelled(value, charset.UTF8)))
        elif name != CONTENT_ENCODING:
            found.append((name, value))
    return found
