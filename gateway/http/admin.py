"""The admin listener: status, health, metrics and reload, on a port of its own.

Pages and texts of the national router (VP), "Operations", which has them on five ports; the health pages are those of
Spring's actuator.
"""

import asyncio
import html
import json
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import msgspec

from gateway.http import status
from gateway.http.operations import Holdings
from gateway.message import TEXT, Answer, Request
from gateway.observe.metrics import Figures, Metrics
from gateway.registry.snapshot import STOCKHOLM
from gateway.settings import Settings

Page = Callable[[Request], Awaitable[Answer]]

_JSON = (b"content-type", b"application/json")
_ACTUATOR_JSON = (b"content-type", b"application/vnd.spring-boot.actuator.v3+json")
_HTML, _NATIONAL_HTML = (b"content-type", b"text/html; charset=utf-8"), (b"content-type", b"text/html;")
_ACTUATOR = "/actuator/"
_GROUPS = ("liveness", "readiness")
_LIVE: dict[str, status.Component] = {"livenessState": {"status": status.UP}}
_FAILED = "Failed to get virtualizations and/or permissions from TAK, see logfiles for details."


class AdminApp:
    """Answers the admin listener's requests."""

    def __init__(
        self,
        settings: Settings,
        metrics: Metrics,
        holdings: Holdings,
        stopping: Callable[[], bool],
        more: Callable[[Request], Awaitable[Answer] | None] = lambda _: None,
    ) -> None:
        """``stopping`` tells whether the gateway has begun to stop; ``more`` answers further paths, None for others."""
        self._more = more
        self._settings, self._metrics, self._stopping = settings, metrics, stopping
        self._figures, self._reload = holdings.figures, holdings.reload
        self._endpoints = _endpoints(settings)
        self._national, self._fetches = settings.mode == "national", bool(settings.catalogue_url)
        self._started = time.monotonic()
        self._changing: dict[str, Page] = {"/resetcache": self._reset, "/resethsacache": self._reset_hsa}
        self._pages: dict[str, Page] = {
            "/status": self._status,
            "/metrics": self._scrape,
            "/actuator/prometheus": self._scrape,
            "/livez": self._live,
            "/actuator/health/liveness": self._live,
            "/readyz": self._ready,
            "/actuator/health/readiness": self._ready,
            "/actuator/health": self._health,
            **self._changing,
        }

    async def __call__(self, request: Request) -> Answer:
        """One request: GET, or HEAD where nothing changes."""
        path = request.path.rstrip("/")
        if (other := self._more(request)) is not None:
            return await other
        page = self._pages.get(path)
        if page is None:
            known = "\n".join(self._pages)
            return Answer(404, [TEXT], f"404 Not Found. Here are:\n{known}\n".encode())
        allowed = (b"GET",) if path in self._changing else (b"GET", b"HEAD")
        if request.method not in allowed:
            names = b", ".join(allowed)
            return Answer(405, [TEXT, (b"allow", names)], b"405 Method Not Allowed. Use %b.\n" % names)
        return await page(request)

    async def _status(self, request: Request) -> Answer:
        query = request.target.partition(b"?")[2].decode("latin-1").lower()
        asked = {each.partition("=")[0] for each in query.split("&")}
        figures = self._figures()
        found: dict[str, object] = dict(status.NETTY)
        if "netty" not in asked:
            found = status.status(
                figures,
                name=self._settings.instance_id,
                started=self._started,
                stopping=self._stopping(),
                hsa_up=self._hsa_up(figures),
                endpoints=self._endpoints,
                more="memory" in asked,
            )
        return Answer(200, [_JSON], json.dumps(found, indent=2, ensure_ascii=False).encode())

    async def _live(self, request: Request) -> Answer:
        return _health(request, _LIVE)

    async def _ready(self, request: Request) -> Answer:
        return _health(request, self._readiness())

    async def _health(self, request: Request) -> Answer:
        return _health(request, {**_LIVE, **self._readiness()}, _GROUPS)

    def _readiness(self) -> dict[str, status.Component]:
        figures = self._figures()
        return status.ready(figures, stopping=self._stopping(), hsa_up=self._hsa_up(figures))

    def _hsa_up(self, figures: Figures) -> bool:
        """The national platform calls its tree down after a failed reload, although it goes on using the old one."""
        return not figures.hsa_problem or (figures.hsa_units > 0 and not self._national)

    async def _scrape(self, request: Request) -> Answer:
        kind, body = await asyncio.to_thread(self._metrics.render)  # many series take a while; calls go on
        return Answer(200, [(b"content-type", kind.encode())], body)

    async def _reset(self, request: Request) -> Answer:
        problem = await self._reload()
        figures = self._figures()
        lines = [
            f"Host: {socket.gethostname()}",
            f"Time: {datetime.now(STOCKHOLM):%Y-%m-%d %H:%M:%S}",
            "Initialize TAK cache resources...",
            *self._outcome(problem, figures),
            f"Init TAK cache loaded number of permissions: {figures.permissions}",
            f"Init TAK cache loaded number of virtualizations: {figures.routes}",
            f"Init done, was successful: {'true' if figures.loaded else 'false'}",
        ]
        body = "".join(f"<br>{html.escape(line, quote=False)}" for line in lines)
        return Answer(200, [_NATIONAL_HTML if self._national else _HTML], body.encode())

    def _outcome(self, problem: str, figures: Figures) -> list[str]:
        """The platform saves what it has fetched, and can fall back on that; here the files are all there is."""
        if not problem:
            got = "Succeeded to get virtualizations and/or permissions from TAK, save to local TAK copy..."
            if not self._fetches:
                saved = f"Succesfully saved virtualizations and permissions to local TAK copy: {figures.copy}"
                return [got, saved] if self._national else [got.partition(",")[0]]
            if figures.copy_problem:
                unsaved = f"Failed to save virtualizations and permissions to local TAK copy: {figures.copy}"
                return [got, unsaved, f"Reason for failure: {figures.copy_problem}"]
            return [got, f"Succesfully saved virtualizations and permissions to local TAK copy: {figures.copy}"]
        reason = f"Reason for failure: {problem}"
        if figures.loaded:
            kept = f"{_FAILED} Will continue to use already loaded TAK data."
            return [kept] if self._national else [kept, reason]
        copy = f"Failed to restore virtualizations and permissions from local TAK copy: {figures.copy}"
        return [f"{_FAILED} Restore from local TAK copy...", copy, reason]

    async def _reset_hsa(self, request: Request) -> Answer:
        before = self._figures().hsa_units
        problem = await self._reload()
        figures = self._figures()
        if problem := problem or figures.hsa_problem:
            result = f"Reset HSA cache failed.{problem}"
        elif figures.hsa_units > 1:
            now = f"HSA cache size was: {before} \nHSA cache now is: {figures.hsa_units}."
            result = f"Successfully reset HSA cache. \n{now}"
        else:
            result = f"Warning: HSA cache reset to {figures.hsa_units}. Was {before} entries!"
        files = ", ".join(figures.hsa_files)
        return Answer(200, [TEXT], f"Start a reset of HSA cache using files: [{files}]\n{result}".encode())


def _health(request: Request, components: dict[str, status.Component], groups: Sequence[str] = ()) -> Answer:
    code, found = status.health(components, groups)
    kind = _ACTUATOR_JSON if request.path.startswith(_ACTUATOR) else _JSON
    return Answer(code, [kind], msgspec.json.encode(found))


def _endpoints(settings: Settings) -> list[str]:
    found = [f"http://{_in_url(settings.host)}:{settings.port}/vp"]
    if settings.tls_port:
        found.append(f"https://{_in_url(settings.tls_host or settings.host)}:{settings.tls_port}/vp")
    return found


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
