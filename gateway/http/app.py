"""The gateway's handler: probes, limits, and the router behind them."""

from collections.abc import Awaitable

from gateway import texts
from gateway.message import TEXT, Answer, Request
from gateway.router.call import Call
from gateway.router.refusal import Refusal
from gateway.router.router import Router
from gateway.settings import Settings

_PROBES = (b"/livez", b"/readyz")
_REASONS = {413: "too-large", 503: "busy"}
_CALLERS_FAULT = range(400, 500)


class GatewayApp:
    """Answers requests, one coroutine for each."""

    def __init__(self, router: Router, settings: Settings) -> None:
        self._router, self._route, self._settings = router, router.handle, settings

    def __call__(self, request: Request) -> Awaitable[Answer]:
        """One request. Not a coroutine itself: a layer less for every call."""
        if request.method == b"GET" and request.target in _PROBES:
            return _ready()
        return self._route(request)

    def refuse(self, status: int, reason: str, request: Request) -> Answer:
        """A SOAP fault for what never reaches the router (limits, broken HTTP); ``request`` as far as it was read."""
        settings = self._settings
        entry = texts.entry("transport", _REASONS.get(status, "broken"))
        hints = texts.both_fields(entry, max_bytes=settings.max_message_bytes, max_calls=settings.max_calls, why=reason)
        refusal = Refusal("VP015" if status in _CALLERS_FAULT else "VP012", why=hints["en"])
        return self._router.turn_away(Call.receive(request), refusal, status, hints)


async def _ready() -> Answer:
    return Answer(200, [TEXT], b"ok\n")
