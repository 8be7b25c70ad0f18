"""Puts a gateway together from settings and data."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway import __version__
from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.contracts.check import SchemaCheck
from gateway.contracts.contract import Contracts, load_all
from gateway.http.admin import AdminApp
from gateway.http.app import GatewayApp
from gateway.http.client import HttpClient
from gateway.http.connection import Limits
from gateway.http.documents import Library
from gateway.http.operations import Holdings
from gateway.http.reload import Reloader
from gateway.http.server import Server
from gateway.http.tls import ProducerTls
from gateway.http.wsdl import WsdlPages
from gateway.observe.events import ACTIONS, ERROR, RESP_IN, RESP_OUT, Events
from gateway.observe.log import BufferedWriter, CallLog, writer
from gateway.observe.metrics import Metrics
from gateway.registry.catalogue import Catalogue, load_catalogue
from gateway.registry.engagements import EngagementIndex, load_engagements
from gateway.registry.hsa import load_tree
from gateway.registry.rules import Rules
from gateway.registry.snapshot import Snapshot
from gateway.router.call import Call
from gateway.router.identity.addresses import AllowList
from gateway.router.router import Router
from gateway.router.send import Sender
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.journal.writer import Journal


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway ready to serve, and what it was made of.

    Attributes:
        admin: the server of the admin listener.
        holdings: the data, and how to read it anew.
        reloader: what does so, once its ``start`` has been called in the event loop.
    """

    server: Server
    admin: Server
    holdings: Holdings
    router: Router
    contracts: Contracts
    catalogue: Catalogue
    index: EngagementIndex
    events: Events[Call]
    log: BufferedWriter | None
    reloader: Reloader
    journal: "Journal | None" = None


def compose(settings: Settings, root: Path) -> Gateway:
    """Load the data below ``root`` and wire the parts.

    Raises:
        DataError: a file in contracts/, xsd/, wsdl/, routing/ or fixtures/ is broken, or one for TLS.
    """
    contracts = load_all(root)
    catalogue = load_catalogue(root, contracts, port_offset=settings.producer_port_offset)
    tree = load_tree(map(Path, settings.hsa_files))
    snapshot = Snapshot(catalogue.routes, catalogue.permissions, tree=tree, rules=Rules.of(settings))
    index = load_engagements(root / "fixtures" / "engagements.csv")
    events: Events[Call] = Events()
    log = None
    if settings.log != "off":
        logger, log = writer(settings.log_format)
        events.subscribe(CallLog(logger), (ERROR,) if settings.log == "error" else ACTIONS)
    journal = None
    if settings.journal != "off":
        from gateway.journal.writer import start  # and with it SQLAlchemy, which a gateway without a journal spares

        journal = start(settings)
        events.subscribe(journal.collect)
    router = Router(settings, snapshot, SchemaCheck(contracts), events)
    client = HttpClient(
        connect_timeout=settings.connect_timeout,
        timeout=settings.producer_timeout,
        max_bytes=settings.max_message_bytes,
        user_agent=f"rivta-gateway/{__version__}",
        tls_for=ProducerTls(settings),
    )
    sender = Sender(
        client,
        settings.instance_id,
        keep_content_type=settings.mode != "national",
        correlation_over_tls=settings.by_mode(settings.propagate_correlation_id_for_https),
        max_bytes=settings.max_message_bytes,
    )
    planner = Planner(contracts, index, snapshot, settings.aggregate_address)
    national = settings.mode == "national"
    library = Library(root, national=national)
    pages = WsdlPages(library, settings, AllowList(settings.allowed_ips, national=national).caller)
    app = GatewayApp(router, settings, pages)
    server = Server(app, limits=Limits(body=settings.max_message_bytes, calls=settings.max_calls), refuse=app.refuse)
    holdings = Holdings(router, contracts, index, settings.hsa_files)
    reloader = Reloader(settings, root, contracts, router, planner)
    holdings.reader = partial(reloader.read, holdings)
    metrics = Metrics(contracts, holdings.figures, lambda: server.calls)
    events.subscribe(metrics, (RESP_IN, RESP_OUT, ERROR))
    router.handlers.update(http=sender, https=sender, aggregate=Aggregator(router, planner, metrics.sources))
    admin = AdminApp(settings, metrics, holdings, lambda: server.stopping)
    return Gateway(server, Server(admin), holdings, router, contracts, catalogue, index, events, log, reloader, journal)
