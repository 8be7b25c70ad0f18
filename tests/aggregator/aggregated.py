"""An aggregating service without a network: engagements, a catalogue, and producers that answer as told."""

from collections.abc import Iterable
from typing import Any

from gateway_parts import Bench, Scripted, bench
from gateway_samples import (
    AGGREGATE,
    answer_message,
    contract,
    contracts,
    engagement,
    permission,
    question,
    record,
    request,
    route,
)
from lxml import etree

from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.message import Answer
from gateway.registry.catalogue import Permission
from gateway.registry.engagements import Engagement, EngagementIndex
from gateway.router.send import ProducerAnswer
from gateway.soap import ns

STATUS = f"{{{ns.INTEROPERABILITY}}}"


def url(source: str) -> str:
    """Where a source answers."""
    return f"http://{source.lower()}/vp"


def good(source: str, *identities: str, name: str = "GetFixedContacts") -> ProducerAnswer:
    """A source's valid answer with records of these ids."""
    return ProducerAnswer(200, [], answer_message(name, *(record(name, source, each) for each in identities)))


def world(
    answers: dict[str, Scripted],
    *,
    name: str = "GetFixedContacts",
    engagements: Iterable[Engagement] | None = None,
    denied: Iterable[str] = (),
    permissions: Iterable[Permission] = (),
    routes: dict[str, str] | None = None,
    **settings: Any,
) -> Bench:
    """A platform that asks the sources in ``answers`` (by source system) with one contract.

    ``routes`` are addresses by logical address, beside or in place of the sources' own.
    """
    known = [engagement(source, name=name) for source in answers] if engagements is None else list(engagements)
    addresses = {AGGREGATE: "aggregate:", **{source: url(source) for source in answers}, **(routes or {})}
    found = bench(
        [route(receiver, name, address) for receiver, address in addresses.items()],
        [
            permission(AGGREGATE, name),
            *(permission(source, name) for source in answers if source not in set(denied)),
            *permissions,
        ],
        {url(source): answer for source, answer in answers.items()},
        **settings,
    )
    router = found.router
    national = router.settings.mode == "national"
    own = router.settings.aggregate_address
    planner = Planner(contracts(), EngagementIndex(known), router.snapshot, own, national=national)
    router.handlers["aggregate"] = Aggregator(router, planner)
    return found


def ask(found: Bench, body: bytes | None = None, name: str = "GetFixedContacts", **more: Any) -> Answer:
    """One aggregated question, about Tolvan unless given."""
    return found.handle(request(question(name) if body is None else body, **more))


def identities(message: bytes, name: str = "GetFixedContacts") -> list[str]:
    """The ids of the records in an answer, in order."""
    known = contract(name)
    tree = etree.fromstring(message)
    return [each.findtext(known.record["id"], "") for each in tree.iter(known.record_tag)]


def statuses(message: bytes) -> dict[str, dict[str, str]]:
    """The ProcessingStatus rows by logical address, each as local names and texts, in the order of the message."""
    found: dict[str, dict[str, str]] = {}
    for row in etree.fromstring(message).iter(f"{STATUS}ProcessingStatusList"):
        values = {etree.QName(each).localname: each.text or "" for each in row.iter() if len(each) == 0}
        found[values["logicalAddress"]] = values
    return found


def asked(found: Bench) -> list[str]:
    """The sources that were called, in order of their names."""
    return sorted(sent.url.removeprefix("http://").removesuffix("/vp").upper() for sent in found.client.sent)
