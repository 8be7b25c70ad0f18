"""Puts a gateway together from settings and data."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.aggregator.entry import OwnEntry
from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.contracts.added import folder, packages
from gateway.contracts.bridge import Bridges
from gateway.contracts.bridge_reader import load_bridges
from gateway.contracts.check import SchemaCheck
from gateway.contracts.contract import Contracts, load_all
from gateway.http.admin import AdminApp
from gateway.http.app import GatewayApp
from gateway.http.client import HttpClient
from gateway.http.connection import Limits
from gateway.http.documents import Library
from gateway.http.fetch import CatalogueClient
from gateway.http.national import MAX_HEAD
from gateway.http.operations import Holdings
from gateway.http.reload import Reloader
from gateway.http.server import Server
from gateway.http.takservices import TakServices
from gateway.http.wsdl import WsdlPages
from gateway.observe.batch import Batch, Reader
from gateway.observe.events import ERROR, RESP_IN, RESP_OUT, Events
from gateway.observe.log import BufferedWriter, CallLog, writer
from gateway.observe.metrics import Metrics
from gateway.observe.payload import Payloads
from gateway.observe.tls_log import TlsLog
from gateway.platform.dispatch import Platform
from gateway.platform.index.stored import StoredIndex
from gateway.platform.index.wiring import IndexParts, stored_index
from gateway.platform.registry.holder import Holder
from gateway.platform.registry.services import RegistryServices
from gateway.registry.catalogue import Catalogue, load_catalogue
from gateway.registry.hsa import load_tree
from gateway.registry.rules import Rules
from gateway.registry.snapshot import Snapshot
from gateway.registry.source import Source
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
        index_parts: the engagement index's services, which want to be started there, too.
    """

    server: Server
    admin: Server
    holdings: Holdings
    router: Router
    contracts: Contracts
    catalogue: Catalogue
    index: StoredIndex
    events: Events[Call]
    log: BufferedWriter | None
    reloader: Reloader
    index_parts: IndexParts
    journal: "Journal | None"
    batch: Batch
    planner: Planner

    def close(self) -> None:
        """Write what index, log and journal have gathered; to be called when calls have ended."""
        self.index_parts.stop()
        self.batch.flush()
        if self.log:
            self.log.flush()
        if self.journal:
            self.journal.stop()


def compose(settings: Settings, root: Path) -> Gateway:
    """Load the data below ``root`` and wire the parts.

    Raises:
        DataError: a file in contracts/, xsd/, wsdl/, routing/ or fixtures/ is broken, or one for TLS; or nothing is
            published in the database that the catalogue is to come from.
    """
    contracts = load_all(root, settings.contracts_folder)
    catalogue = load_catalogue(root, contracts, port_offset=settings.producer_port_offset)
    source = Source(settings, root, contracts, CatalogueClient(settings) if settings.catalogue_url else None)
    read = source.read(catalogue)
    tree = read.tree or load_tree(map(Path, settings.hsa_files))
    snapshot = Snapshot(read.routes, read.permissions, tree=tree, rules=Rules.of(settings))
    index = stored_index(settings, root)
    events: Events[Call] = Events()
    log, journal, batch = _writers(settings, events)
    bridges = load_bridges(root, contracts) if settings.bridges else Bridges()
    router = Router(settings, snapshot, SchemaCheck(contracts), events, bridges)
    sender = Sender(HttpClient.of(settings), settings)
    national = settings.mode == "national"
    planner = Planner(contracts, index, snapshot, settings.aggregate_address, bridges, national=national)
    index_parts = IndexParts(settings, index, router, contracts)
    index_parts.replace(index_parts.subscribers(read.permissions))
    platform = Platform()
    index_parts.offer(platform)
    holder = Holder(source.publication, lambda: router.snapshot)
    RegistryServices(holder, national=national).offer(platform)
    library = partial(
        Library,
        root,
        national=national,
        directory=settings.wsdl_directory,
        addresses_file=settings.wsdl_json_file,
        packages=packages(folder(root, settings.contracts_folder)),
    )
    entry = OwnEntry(contracts.aggregated(), router)
    allowed = AllowList(settings.allowed_ips, national=national).caller
    pages = WsdlPages(library(), settings, allowed, entry.documents)
    holdings = Holdings(router, contracts, index, settings.hsa_files)
    holdings.origin, holdings.database_problem, holdings.refresh = read.origin, read.trouble, read.refresh
    if source.national is not None:
        holdings.copy = str(source.national.path)
        router.unloaded = holdings.unloaded
    app = GatewayApp(router, settings, pages, holdings.unready, entry)
    head = MAX_HEAD if national else Limits().head
    limits = Limits(body=settings.max_message_bytes, head=head, calls=settings.max_calls)
    server = Server(app, limits=limits, refuse=app.refuse)
    if settings.log != "off":
        errors_only = settings.log == "error"
        server.handshakes = TlsLog(
            writer(settings.log_format)[0], service=settings.service_name, errors_only=errors_only
        )
    reloader = Reloader(settings, root, router, planner, index_parts, source, read)
    reloader.documents = library, pages
    holdings.reader = partial(reloader.read, holdings)
    metrics = Metrics(contracts, holdings.figures, lambda: server.calls)
    events.subscribe(metrics, (RESP_IN, RESP_OUT, ERROR))
    aggregator = Aggregator(router, planner, metrics.sources)
    router.handlers.update(http=sender, https=sender, aggregate=aggregator, platform=platform)
    services = TakServices(holder, source.version, holdings.reload)
    admin = AdminApp(settings, metrics, holdings, lambda: server.stopping, services)
    return Gateway(
        server,
        Server(admin),
        holdings,
        router,
        contracts,
        catalogue,
        index,
        events,
        log,
        reloader,
        index_parts,
        journal,
        batch,
        planner,
    )


def _writers(settings: Settings, events: Events[Call]) -> "tuple[BufferedWriter | None, Journal | None, Batch]":
    """Log, which reads events in batches, and journal."""
    log, journal, wanted, readers = None, None, frozenset[str](), list[Reader]()
    if settings.log != "off":
        logger, log = writer(settings.log_format)
        chosen = [each for each in settings.log_events if each == ERROR or settings.log != "error"]
        content = Payloads(settings.log_message_bytes) if settings.log == "debug" else None
        call_log = CallLog(logger, log, chosen, service=settings.service_name, content=content)
        wanted = call_log.wanted
        readers.append(call_log)
    if settings.journal != "off":
        from gateway.journal.collect import WANTED
        from gateway.journal.writer import start  # and with it SQLAlchemy, which a gateway without a journal spares

        journal = start(settings)
        events.subscribe(journal.collect, WANTED)
    batch = Batch(*readers)
    batch.subscribe(events, wanted)
    return log, journal, batch
