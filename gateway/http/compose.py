"""Puts a gateway together from settings and data."""

from dataclasses import dataclass
from pathlib import Path

from gateway import __version__
from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.contracts.check import SchemaCheck
from gateway.contracts.contract import Contracts, load_all
from gateway.http.app import GatewayApp
from gateway.http.client import HttpClient
from gateway.http.connection import Limits
from gateway.http.server import Server
from gateway.observe.events import Events
from gateway.observe.log import BufferedWriter, CallLog, writer
from gateway.registry.catalogue import Catalogue, load_catalogue
from gateway.registry.engagements import EngagementIndex, load_engagements
from gateway.registry.snapshot import Snapshot
from gateway.router.call import Call
from gateway.router.router import Router
from gateway.router.send import Sender
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway ready to serve, and what it was made of."""

    server: Server
    router: Router
    contracts: Contracts
    catalogue: Catalogue
    index: EngagementIndex
    events: Events[Call]
    log: BufferedWriter | None


def compose(settings: Settings, root: Path) -> Gateway:
    """Load the data below ``root`` and wire the parts.

    Raises:
        DataError: a file in contracts/, xsd/, wsdl/, routing/ or fixtures/ is broken.
    """
    contracts = load_all(root)
    catalogue = load_catalogue(root, contracts, port_offset=settings.producer_port_offset)
    snapshot = Snapshot(catalogue.routes, catalogue.permissions)
    index = load_engagements(root / "fixtures" / "engagements.csv")
    events: Events[Call] = Events()
    log = None
    if settings.log != "off":
        logger, log = writer(settings.log_format)
        events.subscribe(CallLog(logger, errors_only=settings.log == "error"))
    router = Router(settings, snapshot, SchemaCheck(contracts), events)
    client = HttpClient(
        connect_timeout=settings.connect_timeout,
        timeout=settings.producer_timeout,
        max_bytes=settings.max_message_bytes,
        user_agent=f"rivta-gateway/{__version__}",
    )
    sender = Sender(client, settings.instance_id, keep_content_type=settings.mode != "national")
    planner = Planner(contracts, index, snapshot, settings.aggregate_address)
    router.handlers.update(http=sender, https=sender, aggregate=Aggregator(router, planner))
    app = GatewayApp(router, settings)
    server = Server(app, limits=Limits(body=settings.max_message_bytes, calls=settings.max_calls), refuse=app.refuse)
    return Gateway(server, router, contracts, catalogue, index, events, log)
