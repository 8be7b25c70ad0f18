"""The gateway's handler: probes, limits, and the router behind them."""

from collections.abc import Awaitable, Callable

from gateway import texts
from gateway.message import TEXT, Answer, Request
from gateway.router.call import Call
from gateway.router.refusal import Refusal
from gateway.router.router import Router
from gateway.settings import Settings

_PROBES = (b"/livez", b"/readyz")
_READS = (b"GET", b"HEAD")
_HEADERS = frozenset((b"wsdl", b"xsd"))  # the national router takes a header of that name for a query parameter
_REASONS = {405: "wsdl", 413: "too-large", 503: "busy"}
_CALLERS_FAULT = range(400, 500)


class GatewayApp:
    """Answers requests, one coroutine for each.

    ``documents`` answers what asks for a WSDL or schema document, and gives None to everything else.
    """

    def __init__(
        self, router: Router, settings: Settings, documents: Callable[[Request], Answer | None] = lambda _: None
    ) -> None:
        self._router, self._route, self._settings = router, router.handle, settings
        self._documents, self._national = documents, settings.mode == "national"

    def __call__(self, request: Request) -> Awaitable[Answer]:
        """One request. Not a coroutine itself: a layer less for every call."""
        if request.method == b"GET" and request.target in _PROBES:
            return _ready()
        if b"?" in request.target or (self._national and not _HEADERS.isdisjoint(request.values)):
            answer = self._documents(request)
            if answer is not None:
                return _answered(self._readable(request, answer))
        return self._route(request)

    def _readable(self, request: Request, answer: Answer) -> Answer:
        """A message sent to ``?wsdl`` is no question for a document: 200 and a WSDL would hide that it went nowhere."""
        if self._national or request.method in _READS:
            return answer
        refused = self.refuse(405, "", request)
        refused.headers.append((b"allow", b", ".join(_READS)))
        return refused

    def refuse(self, status: int, reason: str, request: Request) -> Answer:
        """A SOAP fault for what never reaches the router (limits, broken HTTP); ``request`` as far as it was read."""
        settings = self._settings
        entry = texts.entry("transport", _REASONS.get(status, "broken"))
        hints = texts.both_fields(entry, max_bytes=settings.max_message_bytes, max_calls=settings.max_calls, why=reason)
        refusal = Refusal("VP015" if status in _CALLERS_FAULT else "VP012", why=hints["en"])
        return self._router.turn_away(Call.receive(request), refusal, status, hints)


async def _ready() -> Answer:
    return Answer(200, [TEXT], b"ok\n")


async def _answered(answer: Answer) -> Answer:
    return answer
