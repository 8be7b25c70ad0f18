"""The router: takes a call from the listener to an answer, and tells every step as an event."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from gateway.contracts.bridge import Bridge, Bridges
from gateway.contracts.check import SchemaCheck
from gateway.message import Answer, Request
from gateway.observe.events import ERROR, REQ_IN, REQ_OUT, RESP_IN, RESP_OUT, Events
from gateway.registry import bridged, misses
from gateway.registry.catalogue import Route
from gateway.registry.snapshot import Snapshot
from gateway.router.bridging import Bridging, told_of
from gateway.router.call import ABORTED, CORRELATION_ID, ORIGINAL_CONSUMER, Call
from gateway.router.identity.identify import Identify
from gateway.router.producer import EMPTY
from gateway.router.refusal import PRODUCER_FAILED, Refusal
from gateway.router.unpack import Unpack, readable, speaks_soap12
from gateway.settings import Settings
from gateway.soap import charset, fault, national, ns, profile, xml
from gateway.soap.head import Head, MessageError, scan

T = TypeVar("T")
Handler = Callable[[Call, float | None], Awaitable[Answer]]

_FAULT = 400  # HTTP statuses from here on are those of faults
_PASSED_ON = "the producer at {} answered with a fault of its own (HTTP {}), which goes to the consumer as it is"
_LARGE = 100_000  # bytes; more is read and rewritten in a thread


class Router:
    """Routes calls. ``handlers`` maps an address scheme (``http``, ``aggregate``) to what answers there."""

    def __init__(
        self,
        settings: Settings,
        snapshot: Snapshot,
        check: SchemaCheck,
        events: Events[Call],
        bridges: Bridges | None = None,
    ) -> None:
        self.settings, self.snapshot, self.events = settings, snapshot, events
        self.handlers: dict[str, Handler] = {}
        self._identify = Identify(settings)
        self._check = check
        self._national = settings.mode == "national"
        self._bridging = Bridging(bridges or Bridges(), strict=not self._national, max_bytes=settings.max_message_bytes)
        self._unpack = Unpack(national=self._national, max_bytes=settings.max_message_bytes)
        self._scan = national.scan if self._national else partial(scan, whole=True)
        self._check_requests = settings.validate != "off"
        self._check_answers = settings.validate == "both"
        self.unloaded: Callable[[], bool] = bool  # whether there is no catalogue at all

    async def handle(self, request: Request, admit: Callable[[Call], None] | None = None) -> Answer:
        """Answer a consumer's call. Every refusal is a SOAP fault (HTTP 500, SOAP 1.2 also 400); nothing is raised.

        ``admit`` is for who comes to a service behind the router: it says who calls, and sets the address.
        """
        call = Call.receive(request)
        try:
            if admit is None:
                self._identify(call)
            else:
                self._identify.allow(call)
            call.head = self._read(call) if len(call.body) < _LARGE else await asyncio.to_thread(self._read, call)
            if admit is not None:
                admit(call)
            elif ORIGINAL_CONSUMER in request.values:
                self._identify.vouch(call)
            self.events.emit(REQ_IN, call)
            answer = await (self.forward(call) if admit is None else self._send(call, None))
        except Refusal as refusal:
            answer = self._refuse(call, refusal)
        except asyncio.CancelledError:
            self._left(call)
            raise
        except Exception as error:  # a bug of ours must not leak a stack trace, nor cost others their answer
            call.cause = f"{type(error).__name__}: {error}"
            answer = self._refuse(call, Refusal("VP012", why="Internal error, see the gateway's log"))
        if call.form is not None:
            try:
                answer = await _work(answer.body, call.form.restored, answer)
            except asyncio.CancelledError:
                self._left(call)
                raise
        return self._finish(call, answer)

    def _left(self, call: Call) -> None:
        call.cause, call.failure = "the consumer closed the connection before the answer", ABORTED
        self.events.emit(ERROR, call)

    def turn_away(self, call: Call, refusal: Refusal, status: int, hints: dict[str, str]) -> Answer:
        """Answer a call that the listener does not take: HTTP ``status``, ``hints`` in place of the refusal's own."""
        return self._finish(call, self._refuse(call, refusal, status, hints))

    async def originate(self, call: Call) -> Answer:
        """Make a call of the platform's own, whose sender and head are set; answered as ``handle`` answers."""
        self.events.emit(REQ_IN, call)
        try:
            answer = await self.forward(call)
        except Refusal as refusal:
            answer = self._refuse(call, refusal)
        return self._finish(call, answer)

    async def forward(self, call: Call, timeout: float | None = None) -> Answer:
        """Route, authorize and send a call whose head is read. ``timeout`` in seconds, None for the setting.

        Raises:
            Refusal: VP003-VP007, VP009, VP010, VP012.
        """
        wanted = self.decide(call)
        if call.head is not None and call.head.profile != wanted:
            await _work(call.body, self._rewrite, call, call.head, wanted)
        if call.bridge is None:
            return await self._send(call, timeout)
        passage = await _work(call.body, self._bridging.there, call)
        try:
            answer = await self._send(call, timeout)
        finally:
            passage.restore(call)
        return await _work(answer.body, self._bridging.back, passage, call, answer)

    async def _send(self, call: Call, timeout: float | None) -> Answer:
        self.events.emit(REQ_OUT, call)
        try:
            answer = await self.handlers[call.address.partition(":")[0]](call, timeout)
        except Refusal as refusal:
            if refusal.kind == EMPTY:  # that, too, has come in
                call.answer = Answer(int(str(refusal.values["status"])), [], b"")
                self.events.emit(RESP_IN, call)
                call.answer = None
            raise
        call.answer = answer
        self.events.emit(RESP_IN, call)
        if answer.status >= _FAULT and call.parent is None:
            call.cause, call.failure = _PASSED_ON.format(call.address, answer.status), PRODUCER_FAILED
            self.events.emit(ERROR, call)
        if self._check_answers and answer.status == 200:
            await self._check_answer(answer, call)
        return answer

    def decide(self, call: Call) -> str:
        """Route and authorize, in this order (the national router checks in the same order).

        Returns:
            The profile that the producer has to be called in.

        Raises:
            Refusal: VP003-VP007, VP010.
        """
        head = call.head
        assert head is not None
        receiver, contract = head.logical_address, head.contract
        if receiver is None:
            raise Refusal("VP003")
        call.route = decision = self.snapshot.route(receiver, contract)
        route = decision.route
        if route is None and not decision.several:
            route = self._over_a_bridge(call, receiver, contract)
        if route is None:
            raise self._unroutable(receiver, contract, several=call.route.several)
        call.address = route.address
        if not route.address.strip():
            raise Refusal("VP010", contract=route.contract if call.bridge else contract, receiver=receiver)
        call.permission = self.snapshot.permit(receiver, call.sender, contract)
        if not call.permission.allowed:
            raise self._forbidden(receiver, contract, call.sender)
        if call.bridge is not None and not self.snapshot.permit(receiver, call.sender, route.contract).allowed:
            raise self._forbidden(receiver, route.contract, call.sender, call.bridge)
        if head.profile != route.profile and not profile.can_become(head.profile, route.profile):
            raise Refusal("VP005", profile=head.profile, route_profile=route.profile)
        return route.profile

    def _over_a_bridge(self, call: Call, receiver: str, contract: str) -> Route | None:
        """The route of another contract, for an address that does not have the one asked with."""
        found = bridged.over(self.snapshot, self._bridging.bridges, receiver, contract)
        if found is None:
            return None
        call.bridge, call.route = found
        return call.route.route

    def failed(self, call: Call, kind: str, detail: str, code: str) -> None:
        """Tell that one source of an aggregated call failed; ``code`` is for the log, ``VP009`` or the like."""
        call.cause, call.failure = f"{kind}: {detail}", code
        self.events.emit(ERROR, call)

    def _read(self, call: Call) -> Head:
        """The head; unless in national mode, the rest of the message is looked at too."""
        encoding = self._unpack(call)
        try:
            head = self._scan(call.body, encoding)
            if self._check_requests:
                if problem := self._check.judge(call.body, "request"):
                    raise MessageError(problem)
            elif not self._national and not head.single:
                xml.body_child(xml.parse(call.body))
        except MessageError as error:
            hint = "" if self._national else charset.explain(call.body)
            raise Refusal("VP015", why=f"{error}; {hint}" if hint else str(error)) from None
        if head.soap is not ns.SOAP11 and not self._national:
            self._unpack.keep_soap12(call, head)
        return head

    def _rewrite(self, call: Call, head: Head, wanted: str) -> None:
        """From one RIV-TA profile to the other; the log tells the new one in capitals, as the national router does."""
        span = head.address_span
        try:
            if self._national:
                found = profile.rewrite_national(call.body, span, head.profile or "", wanted)
            else:
                found = profile.rewrite(call.body, span or scan(call.body).address_span or (0, 0), wanted)
        except MessageError as error:
            raise Refusal("VP012", why=str(error)) from None
        call.body = found.message
        call.head = replace(head, profile=wanted.upper(), address_span=found.address_span)

    async def _check_answer(self, answer: Answer, call: Call) -> None:
        try:
            body = answer.body
            if not body.startswith(b"<"):
                body = readable(answer, self.settings.max_message_bytes)
            problem = await self._check.message(body, "response")
        except MessageError as error:
            problem = str(error)
        if problem:
            raise Refusal("VP009", kind="invalid", address=call.address, why=problem)

    def _unroutable(self, receiver: str, contract: str, *, several: bool) -> Refusal:
        if several:
            return Refusal("VP006", contract=contract, receiver=receiver)
        if self.unloaded():
            return Refusal("VP008")
        miss = next(misses.of_route(self.snapshot, receiver, contract, time.time()))
        values = {"contract": contract, "receiver": receiver}
        why = miss.told("missing", **values)
        blank = ". Whitespace detected in incoming request!" if " " in receiver else ""
        return Refusal("VP004", **values, whitespace=blank, why_sv=why["sv"], why_en=why["en"])

    def _forbidden(self, receiver: str, contract: str, sender: str, bridge: Bridge | None = None) -> Refusal:
        miss = next(misses.of_permission(self.snapshot, receiver, sender, contract, time.time()))
        values = {"contract": contract, "receiver": receiver, "sender": sender}
        why = miss.told("denied", **values)
        if bridge is not None:
            why = told_of(bridge, why)
        return Refusal("VP007", **values, why_sv=why["sv"], why_en=why["en"])

    def _finish(self, call: Call, answer: Answer) -> Answer:
        answer.headers.append((CORRELATION_ID, call.correlation_id.encode("latin-1", "replace")))
        call.answer = answer
        self.events.emit(RESP_OUT, call)
        return answer

    def _refuse(self, call: Call, refusal: Refusal, status: int = 0, hints: dict[str, str] | None = None) -> Answer:
        """The fault as an answer; ``status`` 0 for the one that goes with it."""
        call.fault = refusal.fault(self.settings.instance_name, call.correlation_id)
        call.fault.hints = hints or call.fault.hints
        call.cause = call.cause or str(refusal)
        self.events.emit(ERROR, call)
        if not self._national and speaks_soap12(call):
            status = status or fault.status12(call.fault)
            return Answer(status, [(b"content-type", fault.SOAP12_XML)], fault.render12(call.fault))
        body = fault.render(call.fault, national=self._national)
        label = [(b"content-type", fault.XML)] if refusal.labelled else []
        return Answer(status or 500, label, body)


async def _work(message: bytes, function: Callable[..., T], *arguments: Any) -> T:
    """Do something with a message: here, or in a thread when it is large."""
    if len(message) < _LARGE:
        return function(*arguments)
    return await asyncio.to_thread(function, *arguments)
