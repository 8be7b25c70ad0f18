"""The gateway's handler: probes, limits, and the router behind them."""

from collections.abc import Awaitable, Callable

from gateway import texts
from gateway.aggregator.entry import OwnEntry
from gateway.http.national import NationalListener, bare, national_status
from gateway.message import TEXT, Answer, Request
from gateway.router.call import Call
from gateway.router.refusal import Refusal
from gateway.router.router import Router
from gateway.settings import Settings

_PROBES = (b"/livez", b"/readyz")
_ENTRY = b"/GetAggregated"  # what the paths of the aggregating service's own entry begin with
_READS = (b"GET", b"HEAD")
_HEADERS = frozenset((b"wsdl", b"xsd"))  # the national router takes a header of that name for a query parameter
_KNOWN = (b"POST", *_READS)
_ALLOW = (b"allow", b", ".join((*_KNOWN, b"OPTIONS")))
_REASONS = {405: "method", 413: "too-large", 503: "busy"}
_CALLERS_FAULT = range(400, 500)


class GatewayApp:
    """Answers requests, one coroutine for each.

    ``documents`` answers what asks for a WSDL or schema document, and gives None to everything else. ``unready`` tells
    why calls should go elsewhere, English, blank when they need not. ``entry`` answers at paths of its own.
    """

    def __init__(
        self,
        router: Router,
        settings: Settings,
        documents: Callable[[Request], Answer | None] = lambda _: None,
        unready: Callable[[], str] = str,
        entry: OwnEntry | None = None,
    ) -> None:
        self._router, self._route, self._settings = router, router.handle, settings
        self._documents, self._unready, self._national = documents, unready, settings.mode == "national"
        self._listener, self._entry = NationalListener(self.refuse), entry

    def __call__(self, request: Request) -> Awaitable[Answer]:
        """One request. Not a coroutine itself: a layer less for every call."""
        if request.method == b"GET" and request.target in _PROBES:
            return _ready(self._unready() if request.target == b"/readyz" else "")
        if request.target.startswith(_ENTRY) and self._entry and (found := self._at_entry(request, self._entry)):
            return found
        if self._national and (answer := self._listener(request)) is not None:
            return _answered(answer)
        if b"?" in request.target or (self._national and not _HEADERS.isdisjoint(request.values)):
            answer = self._documents(request)
            if answer is not None:
                return _answered(self._readable(request, answer))
        if request.method not in _KNOWN and not self._national:
            return _answered(self._other_method(request))
        return self._route(request)

    def _at_entry(self, request: Request, entry: OwnEntry) -> Awaitable[Answer] | None:
        """What the aggregating service answers at its own paths: questions, and its WSDL files."""
        if request.method == b"POST":
            return entry(request)
        document = self._documents(request) if request.method in _READS and entry.has(request.target) else None
        return None if document is None else _answered(document)

    def _readable(self, request: Request, answer: Answer) -> Answer:
        """A message sent to ``?wsdl`` is no question for a document: 200 and a WSDL would hide that it went nowhere."""
        if self._national or request.method in _READS:
            return answer
        refused = self.refuse(405, "", request, "wsdl")
        refused.headers.append((b"allow", b", ".join(_READS)))
        return refused

    def _other_method(self, request: Request) -> Answer:
        """Strict mode: a message is POSTed (SOAP 1.1, section 6)."""
        if request.method == b"OPTIONS":
            return Answer(200, [_ALLOW], b"")
        refused = self.refuse(405, "", request)
        refused.headers.append(_ALLOW)
        return refused

    def refuse(self, status: int, reason: str, request: Request, entry: str = "") -> Answer:
        """The answer to what never reaches the router (limits, broken HTTP), ``request`` as far as it was read.

        A SOAP fault; in national mode what the national listener answers, mostly an empty body. ``entry`` names the
        advice, if it is not the usual one for the status.
        """
        if self._national:
            return bare(self._turned_away(national_status(status, request), reason, request, entry))
        return self._turned_away(status, reason, request, entry)

    def _turned_away(self, status: int, reason: str, request: Request, entry: str) -> Answer:
        settings = self._settings
        told = texts.entry("transport", entry or _REASONS.get(status, "broken"))
        hints = texts.both_fields(told, max_bytes=settings.max_message_bytes, max_calls=settings.max_calls, why=reason)
        refusal = Refusal("VP015" if status in _CALLERS_FAULT else "VP012", why=hints["en"])
        return self._router.turn_away(Call.receive(request), refusal, status, hints)


async def _ready(trouble: str) -> Answer:
    return Answer(503, [TEXT], f"not ready: {trouble}\n".encode()) if trouble else Answer(200, [TEXT], b"ok\n")


async def _answered(answer: Answer) -> Answer:
    return answer
