"""Everything that a run needs, in order: the database filled, the processes started, the calls made."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.contracts.bridge import Bridges
from gateway.contracts.bridge_reader import load_bridges
from gateway.contracts.contract import load_all
from gateway.settings import Settings
from gateway.simulate import catalogue, figures
from gateway.simulate.country import producers
from gateway.simulate.drive import Driven, Driver, run_calls
from gateway.simulate.fill import Filled, Tell, fill, strangers
from gateway.simulate.mix import Maker, Rates, kinds
from gateway.simulate.people import People
from gateway.simulate.plan import HOST, Plan, differences
from gateway.simulate.processes import Own, Processes
from gateway.simulate.producers import Duty
from gateway.storage import schema
from gateway.storage.direct import Database
from gateway.storage.engine import connect


class Refused(Exception):
    """The database is not ours to fill, or not filled as wanted, or there is nothing to do.

    ``key`` is of the text, ``[simulate.<key>]``.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key, self.values = key, values
        super().__init__(key)


class Load(NamedTuple):
    """What is driven, and how.

    Attributes:
        port: the gateway's.
        workers: its processes.
        producer_processes: that share the producers.
        delay: seconds before a producer answers.
        records: in an answer of theirs.
        log: of the gateway, as its setting.
        duration: seconds.
        at_once: calls under way at most (``Driver``); 0 for no limit.
    """

    port: int
    workers: int
    producer_processes: int
    delay: float
    records: int
    log: str
    rates: Rates
    duration: float
    at_once: int = 0


class Result(NamedTuple):
    """What a run gave.

    Attributes:
        usages: of gateway, producers and load generator.
        memory: of the gateway, MB, twice a second.
        stopped: the name and last words of a process that ended meanwhile, blank when none did.
    """

    driven: Driven
    rows: list[figures.Row]
    usages: list[dict[str, Any]]
    verdict: figures.Verdict
    memory: list[float]
    stopped: str


class Scene:
    """A simulation on one database.

    Attributes:
        contracts: all of them.
    """

    def __init__(self, plan: Plan, settings: Settings, root: Path, url: str, config: Path | None = None) -> None:
        """``url`` is the database's, ``root`` the data folder, ``config`` the file that the settings came from.

        Raises:
            DataError: the data is broken, or ``url`` is no database's.
        """
        self.plan, self.url = plan, url
        self._settings, self._root = settings, root
        self._config = ("--config", str(config)) if config else ()
        self.contracts = load_all(root, settings.contracts_folder)
        self._database = Database(url)

    @cached_property
    def people(self) -> People:
        """Everybody."""
        aggregated = self.contracts.aggregated()
        known = producers(self.plan)
        return People(self.plan.persons, self.plan.seed, known, aggregated, self._settings.index_address)

    def filled(self, *, replace: bool) -> bool:
        """Whether the database holds this very simulation.

        Args:
            replace: whether what is not simulated may be replaced, too.

        Raises:
            Refused: it holds something that filling would replace.
            SQLAlchemyError, StorageError: it cannot be read.
        """
        engine = connect(self.url)
        try:
            schema.prepare(engine)
            version, found = catalogue.newest(engine)
        finally:
            engine.dispose()
        if version and found is None and not replace:
            raise Refused("published", version=version)
        try:
            if not replace and strangers(self._database):
                raise Refused("engagements")
        finally:
            self._database.close()
        return found == self.plan

    def check(self) -> None:
        """That the database is filled with just what is to be driven.

        Raises:
            Refused: it is not; SQLAlchemyError, StorageError: it cannot be read.
        """
        engine = connect(self.url)
        try:
            schema.prepare(engine)
            _, found = catalogue.newest(engine)
        finally:
            engine.dispose()
        if found is None:
            raise Refused("empty")
        if other := differences(found, self.plan):
            told = ", ".join(f"{name} {was} ({wanted})" for name, (was, wanted) in other.items())
            raise Refused("other", differences=told)

    def fill(self, tell: Tell) -> tuple[Filled, int, int]:
        """Fill index and catalogue; also how many routes and permissions.

        Raises:
            SQLAlchemyError, StorageError: the database does not take it.
        """
        try:
            filled = fill(self._database, self.people, self._settings.index_address, tell)
        finally:
            self._database.close()
        engine = connect(self.url)
        try:
            counts = catalogue.publish(engine, self.plan, catalogue.flat(self.plan, self.contracts, self._settings))
        finally:
            engine.dispose()
        return filled, *counts

    def drive(self, load: Load, ready: Callable[[], object]) -> Result:
        """Start everything, make the calls, stop everything; ``ready`` is called in between.

        Raises:
            StartError: a process does not start; Refused: there is nothing to call.
        """
        bridges = load_bridges(self._root, self.contracts) if self._settings.bridges else Bridges()
        aggregated = self.contracts.aggregated()
        maker = Maker(self.people, producers(self.plan), aggregated, self._settings, bridges)
        wanted = kinds(maker, aggregated, load.rates, load.duration)
        if not wanted:
            raise Refused("nothing")
        with self._processes(load) as (gateways, others):
            ready()
            driver = Driver(f"http://{HOST}:{load.port}/vp", gateways.sample, load.at_once)
            measured: dict[str, Processes | Own] = {"gateway": gateways, "producers": others, "generator": Own()}
            before = [each.usage() for each in measured.values()]
            driven = run_calls(driver.run(wanted, self.plan.seed))
            usages = [
                figures.usage(name, start, each.usage(), each.memory, driven.seconds)
                for (name, each), start in zip(measured.items(), before, strict=True)
            ]
            stopped = gateways.died() or others.died()
        rows, verdict = figures.rows(driven, load.duration), figures.verdict(driven.outcomes)
        return Result(driven, rows, usages, verdict, gateways.memory, stopped)

    @contextmanager
    def _processes(self, load: Load) -> Iterator[tuple[Processes, Processes]]:
        with ExitStack() as stack:
            gateways, others = stack.enter_context(Processes()), stack.enter_context(Processes())
            ports = [self.plan.first_port + number for number in range(self.plan.producers)]
            count = min(load.producer_processes, len(ports))
            for at in range(count):
                own = ports[at::count]
                folder = self._settings.contracts_folder
                duty = Duty(
                    root=str(self._root), ports=own, delay=load.delay, records=load.records, contracts_folder=folder
                )
                arguments = ("-m", "gateway.simulate.producers", msgspec.json.encode(duty).decode())
                others.start(f"producers {at + 1}", own[0], arguments, {})
            environment = {"RIVTA_DATABASE_URL": self.url, "RIVTA_CATALOGUE": "database"}
            serve = ("-m", "gateway.cli.main", "serve", "--host", HOST, "--port", str(load.port), "--admin-port", "0")
            told = ("--workers", str(load.workers), "--log", load.log)
            gateways.start("gateway", load.port, (*serve, *self._config, *told), environment)
            others.wait_ready()
            gateways.wait_ready()
            yield gateways, others
