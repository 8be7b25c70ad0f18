"""The catalogue's contracts behind a router: who supports what, whom a consumer may call, whether it is alive."""

import asyncio
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from gateway_parts import Bench, bench
from gateway_samples import ROOT, SENDER, contracts, envelope, headers, permission, request, route
from lxml import etree
from tak_samples import ARE, BOOKING, CONSUMER, FOLLOW_UP, OTHER, flat

from gateway.contracts.bridge_reader import load_bridges
from gateway.errors import DataError
from gateway.platform.dispatch import Platform
from gateway.platform.registry.holder import Holder, Known
from gateway.platform.registry.services import RegistryServices
from gateway.registry.bridged import asked_with
from gateway.registry.catalogue import Filter, load_catalogue
from gateway.registry.formats.content import Content, Publication
from gateway.registry.formats.flat import Flat, of_catalogue
from gateway.registry.formats.rebuild import rebuild
from gateway.registry.rows import STOCKHOLM
from gateway.registry.snapshot import Snapshot
from gateway.soap import ns

TAK = "5565594230"
KRONOBERG, VENDOR = "SE2321000065-RIVTA07", "SE0000000001-RIVTALEV"
GSSC1, GSSC2 = ns.SUPPORTED
GLABSC1, GLABSC2 = ns.ADDRESSEES
EXPIRED = date(2020, 6, 1)


def changed(row: Any, **values: Any) -> Any:
    return msgspec.structs.replace(row, **values)


def catalogue() -> Flat:
    """The sample, an expired permission, and one for the same address beside another."""
    one = flat()
    first, second, third = one.permissions
    return Flat(
        one.routes,
        (
            first,
            second,
            third,
            changed(first, receiver="SE-GAMMAL", valid_to=EXPIRED),
            changed(first, contract=BOOKING, valid_to=EXPIRED),
            changed(second, filters=(Filter("riv:example", ("und",)),)),
        ),
    )


class World:
    """A router with nothing but the catalogue's services."""

    def __init__(self, broken: str = "", **settings: Any) -> None:
        all_of_them = (*ns.SUPPORTED, *ns.ADDRESSEES, ns.PING)
        routes = [route(TAK, each, "platform:") for each in all_of_them]
        permissions = [permission(TAK, each, SENDER) for each in all_of_them]
        self.bench: Bench = bench(routes, permissions, **settings)
        self.broken, self.reads = broken, 0
        router, platform = self.bench.router, Platform()
        holder = Holder(self._read, lambda: router.snapshot)
        RegistryServices(holder, national=router.settings.mode == "national").offer(platform)
        router.handlers["platform"] = platform

    def _read(self) -> Publication:
        self.reads += 1
        if self.broken:
            raise DataError(Path("database"), 0, self.broken)
        return Publication(rebuild(catalogue(), Content()), 3)

    def ask(self, contract: str, body: str) -> str:
        """The answer to a question; Body's content."""
        name = contract.split(":")[-2].removesuffix("Responder")
        core = ns.REGISTRY2 if contract.endswith(":2") else ns.REGISTRY
        address = f'<c:LogicalAddress xmlns:c="{core}">{TAK}</c:LogicalAddress>'
        message = envelope(f'<q:{name} xmlns:q="{contract}" xmlns:c="{core}">{body}</q:{name}>', address)
        self.status = (answer := self.bench.handle(request(message, headers()))).status
        self.answer = answer.body
        return answer.body.decode()

    def valid(self, contract: str) -> None:
        """The answer follows the contract's schema."""
        body = etree.fromstring(self.answer).find(f"{{{ns.SOAP11}}}Body")
        assert body is not None
        contracts()[contract].schema.assertValid(etree.fromstring(etree.tostring(body[0])))


def supported(receiver: str, consumer: str | None = CONSUMER) -> str:
    who = "" if consumer is None else f"<q:serviceConsumerHsaId>{consumer}</q:serviceConsumerHsaId>"
    return f"{who}<q:logicalAdress>{receiver}</q:logicalAdress>"


def addressees(contract: str, consumer: str = CONSUMER) -> str:
    wanted = f"<c:ServiceContractNamespace>{contract}</c:ServiceContractNamespace>"
    return (
        f"<q:serviceConsumerHsaId>{consumer}</q:serviceConsumerHsaId>"
        f"<q:serviceContractNameSpace>{wanted}</q:serviceContractNameSpace>"
    )


def told(text: str, name: str) -> list[str]:
    return re.findall(rf"<(?:ns2:)?{name}>([^<]*)<", text)


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize("contract", [GSSC1, GSSC2])
def test_a_consumer_hears_what_it_may_use_now(contract: str, mode: str) -> None:
    """Each contract once; case does not matter; what has expired is left out."""
    world = World(mode=mode)
    found = world.ask(contract, supported(ARE.lower(), CONSUMER.lower()))
    assert (world.status, told(found, "ServiceContractNamespace")) == (200, [FOLLOW_UP])
    world.valid(contract)


def test_version_two_tells_what_anybody_may_use() -> None:
    world = World()
    assert told(world.ask(GSSC2, supported("*", None)), "ServiceContractNamespace") == []
    assert told(world.ask(GSSC2, supported(ARE, " ")), "ServiceContractNamespace") == [FOLLOW_UP]
    assert told(world.ask(GSSC2, supported("SE-INGEN", None)), "ServiceContractNamespace") == []
    world.valid(GSSC2)


@pytest.mark.parametrize(
    ("contract", "body", "text"),
    [
        (GSSC1, supported(" "), "LogicalAddress must not be empty or null"),
        (GSSC1, "", "LogicalAddress must not be empty or null"),
        (GSSC2, supported(""), "LogicalAddress must not be empty or null"),
        (GSSC1, supported(ARE, None), "ServiceConsumerHsaId must not be empty or null"),
        (GLABSC1, addressees(" "), "ServiceContractNamespece must not be empty or null"),
        (GLABSC2, "", "ServiceContractNamespece must not be empty or null"),
        (GLABSC2, addressees(FOLLOW_UP, ""), "ServiceConsumerHsaId must not be empty or null"),
    ],
)
@pytest.mark.parametrize("mode", ["national", "strict"])
def test_the_national_faults(contract: str, body: str, text: str, mode: str) -> None:
    world = World(mode=mode)
    found = world.ask(contract, body)
    assert world.status == 500
    assert told(found, "faultstring") == [text]
    assert told(found, "faultcode") == ["soap:Server"]
    assert ("hint" in found) == (mode == "strict")


def test_nationally_addresses_come_without_regard_to_dates_and_twice() -> None:
    """National catalogue, GetLogicalAddresseesByServiceContract: no date check, no dedupe."""
    world = World(mode="national")
    found = world.ask(GLABSC2, addressees(FOLLOW_UP, CONSUMER.lower()))
    assert told(found, "logicalAddress") == [ARE, "SE-GAMMAL"]
    assert told(world.ask(GLABSC2, addressees(FOLLOW_UP, OTHER)), "logicalAddress") == [ARE, ARE]
    world.valid(GLABSC2)


def test_in_strict_mode_only_what_holds_and_once() -> None:
    world = World()
    assert told(world.ask(GLABSC2, addressees(FOLLOW_UP)), "logicalAddress") == [ARE]
    found = world.ask(GLABSC2, addressees(FOLLOW_UP, OTHER))
    assert told(found, "logicalAddress") == [ARE]
    assert told(found, "serviceDomain") == ["riv:example", "riv:b"]
    assert told(found, "categorization") == ["vko", "dia", "und"]
    world.valid(GLABSC2)


def test_version_one_tells_addresses_only() -> None:
    world = World(mode="national")
    found = world.ask(GLABSC1, addressees(FOLLOW_UP))
    assert told(found, "logicalAddress") == [ARE, "SE-GAMMAL"]
    assert "filter" not in found
    world.valid(GLABSC1)


def test_the_namespace_is_compared_exactly() -> None:
    assert told(World().ask(GLABSC2, addressees(FOLLOW_UP.upper())), "logicalAddress") == []


PING = "<q:serviceContractNamespace>urn:x</q:serviceContractNamespace><q:logicalAddress>SE1</q:logicalAddress>"


def test_ping() -> None:
    world = World()
    found = world.ask(ns.PING, PING)
    assert (told(found, "name"), told(found, "value")) == (["Applikation"], ["tk-admin-services"])
    assert re.fullmatch(r"\d{14}", told(found, "pingDateTime")[0])
    world.valid(ns.PING)
    national = World(mode="national").ask(ns.PING, PING)
    assert "version" not in national.replace("<?xml version", "")


def test_a_catalogue_that_cannot_be_read() -> None:
    world = World(broken="nere för service")
    assert told(world.ask(ns.PING, PING), "faultstring") == [
        "Severe error in TK admin service access to TAK Cache, message: nere för service"
    ]
    assert "nere för service" in world.ask(GSSC2, supported(ARE))


def test_the_catalogue_is_read_once_and_anew_when_it_changes() -> None:
    world = World()
    for _ in range(3):
        world.ask(GSSC2, supported(ARE))
    assert world.reads == 1
    world.bench.router.snapshot = type(world.bench.router.snapshot)(
        [route(TAK, GSSC2, "platform:")], [permission(TAK, GSSC2, SENDER)]
    )
    world.ask(GSSC2, supported(ARE))
    assert world.reads == 2


def test_what_can_be_called_over_a_bridge_only_is_told_like_all_else() -> None:
    """The region has no route for the contract, the platform calls it all the same: consumers hear of both contracts.

    Told is what a consumer may call, to the letter: for each consumer and address of the project's catalogue.
    """
    known, catalogue = contracts(), load_catalogue(ROOT, contracts())
    snapshot, bridges = Snapshot(catalogue.routes, catalogue.permissions), load_bridges(ROOT, known)
    told_of = Known(Publication(rebuild(of_catalogue(catalogue), Content())))
    today = datetime.now(STOCKHOLM).date()
    over_a_bridge = set()
    for receiver in {row.receiver for row in catalogue.routes}:
        for sender in (each.hsa_id for each in catalogue.consumers):
            callable_ = set()
            for contract in known:
                needed = asked_with(snapshot, bridges, receiver, contract)
                if needed and all(snapshot.permit(receiver, sender, each).allowed for each in needed):
                    callable_.add(contract)
                    if len(needed) > 1:
                        over_a_bridge.add((receiver, contract))
            assert set(told_of.supported(receiver, sender, today)) == callable_
    assert (KRONOBERG, known.find("GetFixedContacts").descriptor.responder) in over_a_bridge  # type: ignore[union-attr]
    for receiver, contract in over_a_bridge:
        assert receiver in [row.receiver for row in told_of.addressees(contract, VENDOR)]


def test_several_questions_at_once_read_it_once() -> None:
    world = World()

    async def ask() -> None:
        holder = Holder(world._read, lambda: world)
        await asyncio.gather(*(holder.known() for _ in range(5)))

    asyncio.run(ask())
    assert world.reads == 1
