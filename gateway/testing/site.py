"""A whole platform inside the test process: gateway, stubs of every region, and what a test changes of them."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from gateway import data
from gateway.consumers.ask import Reply, ask
from gateway.contracts.contract import Contract, load_all
from gateway.findings.finding import SEVERITIES, Finding, Severity
from gateway.http.compose import Gateway, compose
from gateway.http.server import Server
from gateway.producers.scenarios import Scenario, Scenarios
from gateway.producers.store import load
from gateway.producers.stub import StubApp
from gateway.registry.catalogue import ALWAYS, FOREVER, Permission, Route, load_catalogue
from gateway.registry.rows import STOCKHOLM
from gateway.registry.rules import Rules
from gateway.registry.snapshot import Snapshot
from gateway.settings import Settings
from gateway.testing.background import HOST, Background
from gateway.testing.received import Inbox, Received, Replies, recording, replying

_LOCAL = re.compile(r"^http://(?:localhost|127\.0\.0\.1):\d+")
_INSTANCE = "rivta-tests"


class Rivta:
    """The platform, for one test after another; ``reset`` takes back what a test has changed.

    Attributes:
        url: where a consumer sends its calls.
        mode: ``strict`` or ``national``.
    """

    def __init__(self, mode: str = "strict") -> None:
        """Start everything; takes about a second.

        Raises:
            DataError: the data folder (``RIVTA_DATA``) is broken.
        """
        self.mode = mode
        self._folder = tempfile.TemporaryDirectory(prefix="rivta-")
        self._background = Background()
        self._inbox = Inbox()
        root = data.root()
        settings = msgspec.convert(
            {
                "mode": mode, "log": "off", "catalogue": "files", "instance_id": _INSTANCE,
                "database_url": f"sqlite:///{Path(self._folder.name) / 'rivta.sqlite3'}",
            },
            Settings,
        )  # fmt: skip
        contracts = load_all(root, settings.contracts_folder)
        catalogue = load_catalogue(root, contracts)
        # The pilot is a program of its own; here its records are answered by a stub like the others.
        producers = [
            msgspec.structs.replace(each, kind="stub", port=0)
            for each in catalogue.producers
            if each.kind != "external"
        ]
        self._stub = StubApp(contracts, producers, load(root, contracts, producers), Scenarios())
        self._consumers = {each.alias: each.hsa_id for each in catalogue.consumers}
        self._producers = {each.logical_address for each in producers}
        port = self._background.serve(Server(recording(self._at_port_0, self._inbox)))
        self._routes = [
            msgspec.structs.replace(each, address=_LOCAL.sub(f"http://{HOST}:{port}", each.address))
            for each in catalogue.routes
        ]
        self._permissions = list(catalogue.permissions)
        self.gateway: Gateway = self._background.call(_composed(settings, root))
        self._background.do(lambda: self.gateway.index_parts.start(lambda _: None))
        self.url = f"http://{HOST}:{self._background.serve(self.gateway.server)}/vp"
        self._more: tuple[list[Route], list[Permission], list[Scenario]] = ([], [], [])
        self._apply()

    async def _at_port_0(self, request: Any) -> Any:
        request.port = 0  # all stubs share one port, told apart by logical address
        return await self._stub(request)

    def stop(self) -> None:
        """Stop everything and remove what was kept on disk."""
        self._background.do(self.gateway.close)
        self._background.stop()
        self._folder.cleanup()

    def reset(self) -> None:
        """Take back routes and scenarios, and forget what was received."""
        changed = any(self._more)
        self._more = ([], [], [])
        self._inbox.clear()
        if changed:
            self._apply()

    @property
    def received(self) -> list[Received]:
        """What the stubs and the test's own producers got, in order."""
        return list(self._inbox.messages)

    def headers(self, sender: str = "vendor") -> dict[str, str]:
        """The HTTP headers by which the gateway knows a consumer: an alias of the catalogue, or an HSA-id."""
        hsa_id = self._consumers.get(sender, sender)
        return {
            "x-vp-sender-id": hsa_id,
            "x-vp-instance-id": _INSTANCE,
            "x-rivta-original-serviceconsumer-hsaid": hsa_id,
            "Content-Type": "text/xml; charset=UTF-8",
        }

    def ask(self, contract: str, person: str, address: str = "", sender: str = "1177") -> Reply:
        """Ask as a consumer would.

        Args:
            contract: name, name and version, or responder namespace.
            person: about whom, 12 characters.
            address: whom; everybody, by the national aggregation, when blank.
            sender: alias of the catalogue (``1177``, ``npo``), or an HSA-id.

        Raises:
            KeyError: no such contract.
        """
        own = self.gateway.router.settings.aggregate_address
        return ask(
            self.url, self._contract(contract), person, sender=self._consumers.get(sender, sender),
            instance_id=_INSTANCE, logical_address=address or own,
        )  # fmt: skip

    def route(self, contract: str, address: str, url: str) -> None:
        """Route a logical address to a producer of yours; every consumer of the catalogue may call it."""
        responder = self._contract(contract).descriptor.responder
        profile = "rivtabp21"
        self._more[0].append(Route(address, responder, url, profile, ALWAYS, FOREVER))
        for sender in self._consumers.values():
            self._more[1].append(Permission(address, sender, responder, ALWAYS, FOREVER))
        self._apply()

    def producer(self, contract: str, address: str, replies: Replies) -> str:
        """A producer that answers what you say, reachable at a logical address; its URL.

        Args:
            contract: name, name and version, or responder namespace.
            address: the logical address that is routed there.
            replies: bytes or text of the answer, or a function of the message received.
        """
        url = f"http://{HOST}:{self._background.serve(Server(replying(replies, self._inbox)))}/"
        self.route(contract, address, url)
        return url

    def scenario(self, producer: str, outcome: str, **more: Any) -> None:
        """Let a stub misbehave: the fields of a row in fixtures/scenarios.toml.

        Raises:
            ValueError: no such producer or outcome.
        """
        from gateway.producers.scenarios import ANY, OUTCOMES

        if producer not in self._producers | {ANY}:
            raise ValueError(f"no stub has the logical address {producer}; known: {', '.join(sorted(self._producers))}")
        if outcome not in OUTCOMES:
            raise ValueError(f"no outcome {outcome}; known: {', '.join(OUTCOMES)}")
        self._more[2].append(msgspec.convert({"producer": producer, "outcome": outcome, **more}, Scenario))
        self._apply()

    def findings(self, message: bytes | str, request: bytes | str | None = None, reader: str = "") -> list[Finding]:
        """What ``rivta check`` says about a message; ``request`` is the one that it answers."""
        from gateway.contracts.messages.checker import Checker, Options

        now = datetime.now(STOCKHOLM).strftime("%Y%m%d%H%M%S")
        checker = Checker(data.root(), Options(now=now, reader=reader))  # type: ignore[arg-type]
        asked = _bytes(request) if request is not None else None
        return checker.check("message.xml", _bytes(message), asked).findings

    def assert_conforms(
        self, message: bytes | str, request: bytes | str | None = None, *, reader: str = "", fail_on: Severity = "error"
    ) -> None:
        """Fail the test, with every finding, when a message does not conform."""
        __tracebackhide__ = True
        least = SEVERITIES.index(fail_on)
        found = self.findings(message, request, reader)
        grave = [each for each in found if SEVERITIES.index(each.severity) >= least]
        assert not grave, "\n" + "\n\n".join(map(_told, grave))

    def _contract(self, name: str) -> Contract:
        found = self.gateway.contracts.find(name)
        if found is None:
            known = ", ".join(sorted(each.key for each in self.gateway.contracts.values()))
            raise KeyError(f"{name}: no such contract; known: {known}")
        return found

    def _apply(self) -> None:
        routes, permissions, rows = self._more
        taken = {(each.receiver.lower(), each.contract) for each in routes}
        kept = [each for each in self._routes if (each.receiver.lower(), each.contract) not in taken]
        router = self.gateway.router
        snapshot = Snapshot(
            [*kept, *routes], [*self._permissions, *permissions], tree=router.snapshot.tree,
            rules=Rules.of(router.settings),
        )  # fmt: skip
        scenarios = Scenarios({key: row for row in rows for key in self._keys(row)})

        def put() -> None:
            router.snapshot = snapshot
            self.gateway.planner.replace(snapshot)
            self._stub.misbehave(scenarios)

        self._background.do(put)

    def _keys(self, row: Scenario) -> Iterator[tuple[str, str, str]]:
        responder = row.contract if row.contract == "*" else self._contract(row.contract).descriptor.responder
        yield row.producer, row.person, responder


async def _composed(settings: Settings, root: Path) -> Gateway:
    return compose(settings, root)


@contextmanager
def running(mode: str = "strict") -> Iterator[Rivta]:
    """A platform for as long as the block lasts, for other test frameworks."""
    site = Rivta(mode)
    try:
        yield site
    finally:
        site.stop()


def _bytes(message: bytes | str) -> bytes:
    return message.encode("utf-8") if isinstance(message, str) else message


def _told(found: Finding) -> str:
    lines = [f"{found.severity} {found.rule} line {found.line}: {found.message.en}"]
    lines += [f"  at {found.xpath}"] if found.xpath else []
    lines += [f"  expected {', '.join(found.expected)}"] if found.expected else []
    lines += [f"  {found.hint.en}"] if found.hint else []
    return "\n".join(lines)
