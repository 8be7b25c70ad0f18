"""A platform in front of sources that have other contracts than the one asked with, without a network."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from gateway_parts import Bench, FakeClient, Scripted
from gateway_samples import (
    AGGREGATE,
    PLATFORM,
    ROOT,
    TOLVAN,
    contracts,
    permission,
    question,
    record,
    request,
    response_element,
    route,
    snapshot,
)

from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.contracts.bridge import Bridges
from gateway.contracts.bridge_reader import load_bridges
from gateway.contracts.check import SchemaCheck
from gateway.message import Answer
from gateway.observe.events import Events
from gateway.registry.engagements import Engagement, EngagementIndex
from gateway.router.call import Call
from gateway.router.router import Router
from gateway.router.send import ProducerAnswer, Sender
from gateway.settings import Settings

PROPOSAL, NATIONAL = "GetFixedContacts", "GetCareManagers"
KRONOBERG = "SE2321000065-RIVTA07"
"""A source that the mapping has an agreement for."""


@cache
def bridges() -> Bridges:
    return load_bridges(ROOT, contracts())


def url(source: str, name: str) -> str:
    return f"http://{source.lower()}/{name}"


def national_record(source: str, start: str = "20240501", person: str = TOLVAN) -> str:
    """A record of the national contract."""
    text = (
        record(PROPOSAL, source, "X", person).replace("fixedContact", "careManager").replace("20240501<", f"{start}<")
    )
    text = text.replace("<core:approvedForPatient>true</core:approvedForPatient>", "")
    before, _, after = text.partition("<core:recordId>")
    return before + after.partition("</core:recordId>")[2]


def answered(name: str, *records: str) -> ProducerAnswer:
    """A producer's answer, HTTP 200."""
    body = response_element(name, *records)
    text = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body></s:Envelope>'
    return ProducerAnswer(200, [(b"content-type", b"text/xml; charset=utf-8")], text.encode())


@dataclass
class Sources:
    """Who has which contract: (source, contract's name) and what it answers, and what the index holds."""

    has: dict[tuple[str, str], Scripted]
    engagements: list[Engagement] = field(default_factory=list)
    denied: Iterable[tuple[str, str]] = ()


def platform(sources: Sources, with_bridges: Bridges | None = None, **settings: Any) -> Bench:
    """A router and an aggregating service; ``with_bridges`` in place of the project's."""
    chosen = Settings(**{"instance_id": PLATFORM, "instance_name": "prov", "producer_retry_delay": 0.0, **settings})
    names = (PROPOSAL, NATIONAL)
    everywhere = sorted({source for source, _ in sources.has})
    permissions = [
        permission(source, name)
        for source in (*everywhere, AGGREGATE)
        for name in names
        if (source, name) not in set(sources.denied)
    ]
    routes = [route(source, name, url(source, name)) for source, name in sources.has]
    routes += [route(AGGREGATE, name, "aggregate:") for name in names]
    events: Events[Call] = Events()
    happened: list[tuple[str, Call]] = []
    events.subscribe(lambda action, call: happened.append((action, call)))
    known = bridges() if with_bridges is None else with_bridges
    router = Router(chosen, snapshot(routes, permissions), SchemaCheck(contracts()), events, known)
    client = FakeClient({url(*key): answer for key, answer in sources.has.items()})
    sender = Sender(client, chosen)
    planner = Planner(contracts(), EngagementIndex(sources.engagements), router.snapshot, AGGREGATE, known)
    router.handlers.update(http=sender, https=sender, aggregate=Aggregator(router, planner))
    return Bench(router, client, happened)


def ask(found: Bench, name: str, address: str, more: str = "", **sent: Any) -> Answer:
    """One question about Tolvan."""
    return found.handle(request(question(name, address, more=more), **sent))


def asked(found: Bench) -> list[str]:
    """The URLs that were called, in order of their names."""
    return sorted(sent.url for sent in found.client.sent)
