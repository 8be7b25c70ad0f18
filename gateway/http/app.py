"""The gateway's handler: probes, limits, and the router behind them."""

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
        self._under_way = 0

    async def __call__(self, request: Request) -> Answer:
        """One request."""
        if request.method == b"GET" and request.target in _PROBES:
            return Answer(200, [TEXT], b"ok\n")
        if self._under_way >= self._settings.max_calls:
            return self.refuse(503, "", request)
        self._under_way += 1
        try:
            return await self._route(request)
        finally:
            self._under_way -= 1

    def refuse(self, status: int, reason: str, request: Request) -> Answer:
        """A SOAP fault for what never reaches the router (limits, broken HTTP); ``request`` as far as it was read."""
        settings = self._settings
        entry = texts.entry("transport", _REASONS.get(status, "broken"))
        hints = texts.both_fields(entry, max_bytes=settings.max_message_bytes, max_calls=settings.max_calls, why=reason)
        refusal = Refusal("VP015" if status in _CALLERS_FAULT else "VP012", why=hints["en"])
        return self._router.turn_away(Call.receive(request), refusal, status, hints)
