"""The simulated catalogue: routes and permissions for all contracts and producers, published in the database."""

import time
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Engine, select

from gateway.contracts.contract import Contract, Contracts
from gateway.registry.formats import content as c
from gateway.registry.formats.flat import Described, Flat, FlatPermission, FlatRoute
from gateway.registry.formats.rebuild import rebuild
from gateway.registry.tak import edits, store
from gateway.registry.tak.edits import edited
from gateway.registry.tak.tables import held
from gateway.settings import Settings
from gateway.simulate import plan as plans
from gateway.simulate.country import Organisation, producers
from gateway.simulate.plan import AUTHOR, HOST, SENDER, UNPERMITTED, UNREACHABLE, Plan
from gateway.storage import changes, models

_PERIOD = date(2020, 1, 1), date(2200, 1, 1)
_NOWHERE = 9  # the port "discard", where nobody listens
_CONSUMERS = {SENDER: "Lastgenerator", "SE5565594230-RIVTA1177": "1177 Journal", "SE5565594230-RIVTANPO": "NPÖ"}


def flat(plan: Plan, contracts: Contracts, settings: Settings) -> Flat:
    """The catalogue by names."""
    known, aggregated = producers(plan), contracts.aggregated()
    own = [contract for contract in contracts.values() if not contract.descriptor.aggregated]
    receivers = [settings.aggregate_address, *(each.address for each in known), UNREACHABLE]
    allowed = [(receiver, contract) for receiver in receivers for contract in aggregated]
    allowed += ((settings.index_address, contract) for contract in own)
    permissions = (
        FlatPermission(receiver, sender, contract.descriptor.responder, *_PERIOD, "SIMULERAT")
        for sender in _CONSUMERS
        for receiver, contract in allowed
    )
    routes = _routes(plan, known, aggregated, settings)
    platform = (_route(settings.index_address, contract, "platform:") for contract in own)
    return Flat(
        (*routes, *platform),
        tuple(permissions),
        {each.descriptor.responder: _described(each) for each in contracts.values()},
        {**_CONSUMERS, **{each.address: each.name for each in known}},
        {each.address: each.name for each in known},
    )


def _routes(
    plan: Plan, known: Sequence[Organisation], contracts: Sequence[Contract], settings: Settings
) -> Iterator[FlatRoute]:
    places = {each.address: plan.first_port + number for number, each in enumerate(known)}
    places |= {UNPERMITTED: plan.first_port, UNREACHABLE: _NOWHERE}
    for contract in contracts:
        yield _route(settings.aggregate_address, contract, "aggregate:")
        path = f"{contract.descriptor.name}/{contract.descriptor.major}/rivtabp21"
        for address, port in places.items():
            yield _route(address, contract, f"http://{HOST}:{port}/{path}", address)


def _route(receiver: str, contract: Contract, url: str, component: str = "") -> FlatRoute:
    return FlatRoute(receiver, contract.descriptor.responder, url, "RIVTABP21", *_PERIOD, component)


def _described(contract: Contract) -> Described:
    major, _, minor = contract.descriptor.version.partition(".")
    return Described(contract.descriptor.title.sv, int(major), int(minor))


def newest(engine: Engine) -> tuple[int, Plan | None]:
    """The newest publication's version, 0 when there is none, and the plan it was made by, None for somebody else's."""
    row = models.publication.c
    with engine.connect() as connection:
        wanted = select(row.version, row.author, row.comment).order_by(row.version.desc()).limit(1)
        found = connection.execute(wanted).first()
    return (0, None) if found is None else (found.version, plans.read(found.author, found.comment))


def publish(engine: Engine, plan: Plan, wanted: Flat) -> tuple[int, int]:
    """Publish a catalogue as the newest version, and tell that the index has changed, too: routes and permissions.

    Raises:
        TakRefusal: somebody else is publishing.
    """
    with store.alone(engine) as connection:
        before, version = held(connection), store.newest_version(connection) + 1
        rebuilt = rebuild(wanted, before, store.taken(connection, AUTHOR))
        content = edited(before, edits.changes(before, rebuilt), version)
        done = c.Publication(content, version, time.time_ns() // 1000, AUTHOR, plan.written())
        store.add(connection, done, before, AUTHOR)
        changes.bump(connection, "engagements")
    return len(content.route), len(content.permission)
