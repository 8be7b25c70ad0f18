"""The router: takes a call from the listener to an answer, and tells every step as an event."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache

from gateway import texts
from gateway.contracts.check import SchemaCheck
from gateway.message import Answer, Request
from gateway.observe.events import ERROR, REQ_IN, REQ_OUT, RESP_IN, RESP_OUT, Events
from gateway.registry.snapshot import Snapshot
from gateway.router.call import CORRELATION_ID, Call
from gateway.router.identify import Identify
from gateway.router.refusal import Refusal
from gateway.router.send import XML
from gateway.settings import Settings
from gateway.soap import fault, xml
from gateway.soap.head import Head, MessageError, scan

Handler = Callable[[Call, float | None], Awaitable[Answer]]

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]+)", re.IGNORECASE)
_LARGE = 100_000  # bytes; more is read in a thread


class Router:
    """Routes calls. ``handlers`` maps an address scheme (``http``, ``aggregate``) to what answers there."""

    def __init__(self, settings: Settings, snapshot: Snapshot, check: SchemaCheck, events: Events[Call]) -> None:
        self.settings, self.snapshot, self.events = settings, snapshot, events
        self.handlers: dict[str, Handler] = {}
        self._identify = Identify(settings)
        self._check = check
        self._national = settings.mode == "national"
        self._check_requests = settings.validate != "off"
        self._check_answers = settings.validate == "both"

    async def handle(self, request: Request) -> Answer:
        """Answer a consumer's call. Every refusal is a SOAP fault, HTTP 500; nothing else is raised."""
        call = Call.receive(request)
        try:
            self._identify(call)
            call.head = self._read(call) if len(call.body) < _LARGE else await asyncio.to_thread(self._read, call)
            self.events.emit(REQ_IN, call)
            answer = await self.forward(call)
        except Refusal as refusal:
            answer = self._refuse(call, refusal)
        except asyncio.CancelledError:
            call.cause = "the consumer closed the connection before the answer"
            self.events.emit(ERROR, call)
            raise
        except Exception as error:  # a bug of ours must not leak a stack trace, nor cost others their answer
            call.cause = f"{type(error).__name__}: {error}"
            answer = self._refuse(call, Refusal("VP012", why="Internal error, see the gateway's log"))
        return self._finish(call, answer)

    def turn_away(self, call: Call, refusal: Refusal, status: int, hints: dict[str, str]) -> Answer:
        """Answer a call that the listener does not take: HTTP ``status``, ``hints`` in place of the refusal's own."""
        return self._finish(call, self._refuse(call, refusal, status, hints))

    async def forward(self, call: Call, timeout: float | None = None) -> Answer:
        """Route, authorize and send a call whose head is read. ``timeout`` in seconds, None for the setting.

        Raises:
            Refusal: VP003-VP007, VP009, VP010.
        """
        self.decide(call)
        self.events.emit(REQ_OUT, call)
        call.answer = answer = await self.handlers[call.address.partition(":")[0]](call, timeout)
        self.events.emit(RESP_IN, call)
        if self._check_answers and answer.status == 200:
            await self._check_answer(answer, call)
        return answer

    def decide(self, call: Call) -> None:
        """Route and authorize, in this order (the national router checks in the same order).

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
        if route is None:
            raise self._unroutable(receiver, contract, several=decision.several)
        call.address = route.address
        if not route.address.strip():
            raise Refusal("VP010", contract=contract, receiver=receiver)
        call.permission = self.snapshot.permit(receiver, call.sender, contract)
        if not call.permission.allowed:
            raise Refusal("VP007", contract=contract, receiver=receiver, sender=call.sender)
        if head.profile != route.profile:
            raise Refusal("VP005", profile=head.profile, route_profile=route.profile)

    def failed(self, call: Call, kind: str, detail: str) -> None:
        """Tell that one source of an aggregated call failed."""
        call.cause = f"{kind}: {detail}"
        self.events.emit(ERROR, call)

    def _read(self, call: Call) -> Head:
        """The head; unless in national mode, the rest of the message is looked at too."""
        body = call.body
        try:
            head = scan(body, _charset(call.request.values.get(b"content-type", b"")), whole=not self._national)
            if self._check_requests:
                if problem := self._check.judge(body, "request"):
                    raise MessageError(problem)
            elif not self._national and not head.single:
                xml.body_child(xml.parse(body))
        except MessageError as error:
            raise Refusal("VP015", why=str(error)) from None
        return head

    async def _check_answer(self, answer: Answer, call: Call) -> None:
        try:
            problem = await self._check.message(answer.body, "response")
        except MessageError as error:
            problem = str(error)
        if problem:
            raise Refusal("VP009", kind="invalid", address=call.address, why=problem)

    def _unroutable(self, receiver: str, contract: str, *, several: bool) -> Refusal:
        if several:
            return Refusal("VP006", contract=contract, receiver=receiver)
        missing = self.snapshot.missing(receiver, contract)
        values = {"contract": contract, "receiver": receiver, "period": missing.period}
        why = texts.both("missing", missing.reason, **values)
        blank = ". Whitespace detected in incoming request!" if " " in receiver else ""
        return Refusal("VP004", **values, whitespace=blank, why_sv=why["sv"], why_en=why["en"])

    def _finish(self, call: Call, answer: Answer) -> Answer:
        answer.headers.append((CORRELATION_ID, call.correlation_id.encode("latin-1", "replace")))
        call.answer = answer
        self.events.emit(RESP_OUT, call)
        return answer

    def _refuse(self, call: Call, refusal: Refusal, status: int = 500, hints: dict[str, str] | None = None) -> Answer:
        call.fault = refusal.fault(self.settings.instance_name, call.correlation_id)
        call.fault.hints = hints or call.fault.hints
        call.cause = call.cause or str(refusal)
        self.events.emit(ERROR, call)
        body = fault.render(call.fault, national=self._national)
        return Answer(status, [(b"content-type", XML.encode())], body)


@lru_cache(maxsize=256)
def _charset(content_type: bytes) -> str | None:
    found = _CHARSET.search(content_type.decode("latin-1"))
    return found[1] if found else None
