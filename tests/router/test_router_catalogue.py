"""The router with an HSA tree, defaults and compound addresses, and what a refusal says about the nearest miss."""

from datetime import date

import pytest
from freezegun import freeze_time
from gateway_parts import Bench, bench
from gateway_samples import ROOT, SENDER, contract, fault_of, permission, question, request, route
from lxml import etree

from gateway.http.compose import compose
from gateway.registry.catalogue import Permission, Route
from gateway.registry.hsa import HsaTree, Unit
from gateway.registry.snapshot import Snapshot
from gateway.router.call import Call
from gateway.settings import Settings
from gateway.soap import ns

NAME = "GetFixedContacts"
A, B, C = (f"SE000000000{number}-1234" for number in (1, 2, 3))
TREE = HsaTree({A: Unit(B, ""), B: Unit(C, ""), C: Unit("SE", "")})
HSA = ROOT / "tests" / "registry" / "files" / "hsacache.xml"


def router(routes: list[Route], permissions: list[Permission], **settings: str) -> Bench:
    found = bench(**settings)
    found.router.snapshot = Snapshot(routes, permissions, tree=TREE)
    return found


def called(found: Bench, address: str) -> Call:
    """The call, after an attempt."""
    found.handle(request(question(NAME, address)))
    return found.events[0][1]


@pytest.mark.parametrize(
    ("address", "routes", "permissions", "traces", "target"),
    [
        ("AnyReceiver", ["*"], ["*"], ("AnyReceiver,(parent),SE,(default),*", "AnyReceiver,(default),*"), "*"),
        ("HttpProducer", ["HttpProducer", "*"], ["*"], ("HttpProducer", "HttpProducer,(default),*"), "HttpProducer"),
        ("AnyReceiver", ["*"], ["AnyReceiver"], ("AnyReceiver,(parent),SE,(default),*", "AnyReceiver"), "*"),
        (A, [C, "*"], ["*"], (f"{A},(parent),{B},{C}", f"{A},(default),*"), C),
        (A, [A], [C], (A, f"{A},(default),*,(parent),{B},{C}"), A),
        ("First#Second", ["First", "Second"], ["Second"], ("(leaf),Second", "(leaf),Second"), "Second"),
        ("Second#No", ["Second"], ["Second"], ("(leaf),No,Second", "(leaf),No,Second"), "Second"),
    ],
)
def test_where_a_call_goes(
    address: str, routes: list[str], permissions: list[str], traces: tuple[str, str], target: str
) -> None:
    """National VP, tests of the standard routes and of VG#VE; the whole address goes to the producer."""
    found = router(
        [route(each, NAME, f"http://{each}/") for each in routes], [permission(each, NAME) for each in permissions]
    )
    call = called(found, address)
    assert call.route is not None
    assert call.permission is not None
    assert (call.route.trace, call.permission.trace) == traces
    assert [(sent.url, address in sent.body.decode()) for sent in found.client.sent] == [(f"http://{target}/", True)]


@pytest.mark.parametrize(
    ("address", "trace"),
    [("AnyReceiver", "AnyReceiver,(default),*,(parent),SE"), ("a#b#c", "(leaf),Invalid parameters")],
)
def test_a_call_that_is_routed_but_not_permitted(address: str, trace: str) -> None:
    """National VP: VP007; the route is known by then."""
    found = router([route("*", NAME, "http://d/"), route("a", NAME, "http://a/")], [])
    call = called(found, address)
    assert call.fault is not None
    assert call.permission is not None
    assert (call.fault.code, call.permission.trace, bool(call.address)) == ("VP007", trace, True)


def hints(message: bytes) -> dict[str, str]:
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    return {hint.get(language, ""): hint.text or "" for hint in etree.fromstring(message).iter(f"{{{ns.GATEWAY}}}hint")}


@pytest.mark.parametrize(
    ("permissions", "told"),
    [
        ([permission("A", NAME, valid_to=date(2025, 12, 31))], "har gått ut (2000-01-01 – 2025-12-31)"),
        ([permission("A", NAME, valid_from=date(2027, 1, 1))], "gäller inte än (2027-01-01 –)"),
        ([permission("A", NAME, "SE-ANNAN")], "Andra konsumenter har behörighet: SE-ANNAN."),
        ([permission("A", "GetDocumentedAgreements")], f"{SENDER} har ingen behörighet för A med tjänstekontraktet."),
    ],
)
def test_a_missing_permission_is_told_with_the_nearest_reason(permissions: list[Permission], told: str) -> None:
    """In the hint; the national text and detail stay as they are."""
    found = router([route("A", NAME, "http://a/")], permissions)
    with freeze_time("2026-06-01 12:00"):
        answer = found.handle(request(question(NAME, "A")))
    namespace = contract(NAME).descriptor.responder
    assert fault_of(answer.body)[2] == (
        f"Authorization missing for serviceNamespace: {namespace}, receiverId: A, senderId: {SENDER}"
    )
    assert told in hints(answer.body)["sv"]
    assert "routing/permissions.toml" in hints(answer.body)["en"]


def test_the_national_mode_says_no_more_than_the_platform() -> None:
    found = router([], [], mode="national")
    answer = found.handle(request(question(NAME, "A")))
    assert hints(answer.body) == {}


def test_a_gateway_has_the_tree_and_the_rules_of_its_settings() -> None:
    settings = Settings(log="off", hsa_files=(str(HSA),), default_routing_delimiter="@", climb_permissions=False)
    snapshot = compose(settings, ROOT).router.snapshot
    responder = contract(NAME).descriptor.responder
    unit = "SE2321000065-BACKEN"
    trace = f"{unit},(parent),SE2321000065-PV,SE2321000065-REGION,SE,(default),*"
    assert snapshot.route(unit, responder).trace == trace
    assert snapshot.permit(unit, SENDER, responder).trace == f"{unit},(default),*"
    assert snapshot.route("A@B", responder).trace == "(leaf),B,A"


def test_a_gateway_without_a_tree_still_climbs_to_the_root() -> None:
    """National HSA cache: everybody's parent is SE when it knows no better."""
    snapshot = compose(Settings(log="off"), ROOT).router.snapshot
    assert snapshot.route("X", contract(NAME).descriptor.responder).trace == "X,(parent),SE,(default),*"
