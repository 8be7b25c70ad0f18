"""``gateway.registry.snapshot``: the HSA tree, the defaults and compound addresses, as the national router tries them.

The traces are the national ones, word for word: logs are searched for them.
"""

import pytest
from gateway_samples import SENDER, permission, route

from gateway.registry.hsa import HsaTree, Unit
from gateway.registry.rules import Climbing, Rules
from gateway.registry.snapshot import Snapshot
from gateway.settings import Settings

NAME = "urn:riv:x:domain:GetXResponder:1"
OTHER = "urn:riv:namnrymd-2:GetYResponder:1"
A, B, C, D = (f"SE000000000{number}-1234" for number in (1, 2, 3, 4))
TREE = HsaTree({A: Unit(B, ""), B: Unit(C, ""), C: Unit(D, ""), D: Unit("SE", "")})


def routes(*receivers: str, tree: HsaTree | None = TREE, name: str = NAME, **rules: object) -> Snapshot:
    """A catalogue whose routes' addresses are their receivers."""
    return Snapshot([route(each, name, each) for each in receivers], tree=tree, rules=Rules(**rules))  # type: ignore[arg-type]


def permissions(*receivers: str, tree: HsaTree | None = TREE, name: str = NAME, **rules: object) -> Snapshot:
    return Snapshot([], [permission(each, name) for each in receivers], tree=tree, rules=Rules(**rules))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "asked", "winner", "trace"),
    [
        (["HttpProducer"], "HttpProducer", "HttpProducer", "HttpProducer"),
        ([A, B, "*"], A, A, A),
        ([C, "*"], A, C, f"{A},(parent),{B},{C}"),
        (["SE", "*"], A, "SE", f"{A},(parent),{B},{C},{D},SE"),
        (["*"], A, "*", f"{A},(parent),{B},{C},{D},SE,(default),*"),
        (["*"], "AnyReceiver", "*", "AnyReceiver,(parent),SE,(default),*"),
        (["SE"], "AnyReceiver", "SE", "AnyReceiver,(parent),SE"),
        ([A, "*"], B, "*", f"{B},(parent),{C},{D},SE,(default),*"),
        ([], B, None, f"{B},(parent),{C},{D},SE,(default),*"),
        (["*"], "SE", "*", "SE,(default),*"),
        ([], "SE", None, "SE,(default),*"),
        ([B, "*"], A.lower(), "*", f"{A.lower()},(parent),SE,(default),*"),
        ([A.lower()], A, A.lower(), A),
        (["se0000000002-1234"], A, "se0000000002-1234", f"{A},(parent),{B}"),
        (["*"], "*", "*", "*"),
    ],
)
def test_a_route_is_sought_up_the_tree_and_then_at_the_default(
    known: list[str], asked: str, winner: str | None, trace: str
) -> None:
    """National VP, order of evaluation: exact, HSA tree, default."""
    decision = routes(*known).route(asked, NAME)
    assert (decision.route and decision.route.address, decision.trace) == (winner, trace)


@pytest.mark.parametrize(
    ("known", "asked", "allowed", "trace"),
    [
        ([A, "*"], A, True, A),
        (["*", C], A, True, f"{A},(default),*"),
        ([C], A, True, f"{A},(default),*,(parent),{B},{C}"),
        (["SE"], A, True, f"{A},(default),*,(parent),{B},{C},{D},SE"),
        ([], A, False, f"{A},(default),*,(parent),{B},{C},{D},SE"),
        ([], "AnyReceiver", False, "AnyReceiver,(default),*,(parent),SE"),
        (["*"], "AnyReceiver", True, "AnyReceiver,(default),*"),
        ([A], B, False, f"{B},(default),*,(parent),{C},{D},SE"),
        ([B], A.lower(), False, f"{A.lower()},(default),*,(parent),SE"),
        ([], "SE", False, "SE,(default),*"),
    ],
)
def test_a_permission_is_sought_at_the_default_and_then_up_the_tree(
    known: list[str], asked: str, allowed: bool, trace: str
) -> None:
    """National VP, order of evaluation: exact, default, HSA tree; an ancestor never comes before ``*``."""
    decision = permissions(*known).permit(asked, SENDER, NAME)
    assert (decision.allowed, decision.trace) == (allowed, trace)


def test_an_ancestors_permission_is_for_its_sender_and_contract_only() -> None:
    found = permissions(C)
    assert found.permit(A, SENDER.lower(), NAME.upper()).allowed
    assert not found.permit(A, "SE-OTHER", NAME).allowed
    assert not found.permit(A, SENDER, OTHER).allowed


def test_several_routes_of_an_ancestor_are_several() -> None:
    rows = [
        route(C, NAME, "http://1/"),
        route(C, NAME, "http://2/", profile="rivtabp20"),
        route("*", NAME, "http://3/"),
    ]
    decision = Snapshot(rows, tree=TREE).route(A, NAME)
    assert (decision.route, decision.several, decision.trace) == (None, True, f"{A},(parent),{B},{C}")


@pytest.mark.parametrize("asked", [A, "AnyReceiver"])
def test_without_a_tree_nothing_climbs(asked: str) -> None:
    assert routes(B, "SE", "*", tree=None).route(asked, NAME).trace == f"{asked},(default),*"
    assert permissions(B, "SE", tree=None).permit(asked, SENDER, NAME).trace == f"{asked},(default),*"


def test_an_empty_tree_still_has_its_root() -> None:
    assert routes("SE", tree=HsaTree()).route(A, NAME).trace == f"{A},(parent),SE"


@pytest.mark.parametrize(
    ("rules", "name", "climbs"),
    [
        (Climbing(), NAME, True),
        (Climbing(False), NAME, False),
        (Climbing(True, ("urn:riv:namnrymd-2",)), NAME, True),
        (Climbing(True, ("urn:riv:namnrymd-2",)), OTHER, False),
        (Climbing(False, ("urn:riv:namnrymd-2",)), OTHER, True),
        (Climbing(False, ("urn:riv:namnrymd-2",)), NAME, False),
        (Climbing(True, ("urn:riv:x:domain:GetXResponder:1",)), NAME, False),
        (Climbing(True, ("urn:riv:other", "urn:riv:x")), NAME, False),
        (Climbing(True, ("URN:RIV:X",)), NAME, True),
        (Climbing(True, ("riv:x",)), NAME, True),
    ],
)
def test_climbing_is_decided_for_each_contract_and_look_up(rules: Climbing, name: str, climbs: bool) -> None:
    """National VP: a default, inverted for namespaces that begin with an exception; for each look-up on its own."""
    route_trace = f"{A},(parent),{B}" if climbs else f"{A},(default),*"
    denied = f"{A},(default),*" + (f",(parent),{B}" if climbs else "")
    found = routes(B, name=name, routes=rules)
    assert found.route(A, name).trace == route_trace
    assert found.permit(A, SENDER, name).trace.endswith(f"{D},SE")
    found = permissions(B, name=name, permissions=rules)
    assert (found.permit(A, SENDER, name).allowed, found.permit(A, SENDER, name).trace) == (climbs, denied)
    assert f"{D},SE" in found.route(A, name).trace


@pytest.mark.parametrize(
    ("known", "asked", "winner", "trace"),
    [
        (["First", "Second"], "First#Second", "Second", "(leaf),Second"),
        (["First", "Second"], "Second#First", "First", "(leaf),First"),
        (["Second"], "Second#NotValid", "Second", "(leaf),NotValid,Second"),
        (["Second"], "A#second#C", "Second", "(leaf),C,second"),
        (["A"], "A#A", "A", "(leaf),A"),
        (["B"], "A#B#A", "B", "(leaf),B"),
        (["A"], "A#B#A", "A", "(leaf),B,A"),
        (["A"], "##A#", "A", "(leaf),A"),
        (["A#B", "*", "SE"], "A#B", None, "(leaf),B,A"),
        (["*", "SE"], "#", None, "(leaf)"),
        ([B], f"{A}#{A}", None, f"(leaf),{A}"),
    ],
)
def test_a_compound_address_is_routed_by_its_parts(
    known: list[str], asked: str, winner: str | None, trace: str
) -> None:
    """National VP, old default routing: the last part first, exact only, no default and no climbing."""
    decision = routes(*known).route(asked, NAME)
    assert (decision.route and decision.route.address, decision.trace) == (winner, trace)


@pytest.mark.parametrize(
    ("known", "asked", "allowed", "trace"),
    [
        (["First", "Second"], "First#Second", True, "(leaf),Second"),
        (["First"], "First#Second", True, "(leaf),Second,First"),
        (["r1"], "r1#r1", True, "(leaf),r1"),
        (["A"], "A#B#A", True, "(leaf),B,A"),
        (["A", "B", "C"], "A#B#C", False, "(leaf),Invalid parameters"),
        (["*", "SE"], "A#B", False, "(leaf),B,A"),
        (["*"], "#", False, "(leaf)"),
    ],
)
def test_a_compound_address_is_authorized_by_at_most_two_parts(
    known: list[str], asked: str, allowed: bool, trace: str
) -> None:
    decision = permissions(*known).permit(asked, SENDER, NAME)
    assert (decision.allowed, decision.trace) == (allowed, trace)


@pytest.mark.parametrize(
    ("contracts", "senders", "allowed"),
    [
        ([], [], True),
        ([NAME], [], True),
        ([OTHER, NAME], [SENDER, "X"], True),
        ([OTHER], [], False),
        ([], ["X"], False),
        ([NAME.upper()], [], False),
        ([], [SENDER.lower()], False),
    ],
)
def test_who_may_use_compound_addresses(contracts: list[str], senders: list[str], allowed: bool) -> None:
    """National VP: the lists are compared in their case; routing does not ask them."""
    rules = {"compound_contracts": frozenset(contracts), "compound_senders": frozenset(senders)}
    decision = permissions("A", **rules).permit("A#B", SENDER, NAME)
    assert (decision.allowed, decision.trace) == (allowed, f"(leaf),{'B,A' if allowed else 'Invalid parameters'}")
    assert routes("A", **rules).route("A#B", NAME).route is not None


@pytest.mark.parametrize(
    ("delimiter", "asked", "trace"),
    [
        ("", "A#B", "A#B"),
        ("#", "A#B", "(leaf),B,A"),
        ("@", "A#B", "A#B"),
        ("@", "A@B", "(leaf),B,A"),
        ("::", "A::B", "(leaf),B,A"),
        ("::", "A:B", "A:B"),
        ("::", "A::B:C", "(leaf),C,B,A"),
        ("]^", "A]^B", "(leaf),B,A"),
    ],
)
def test_the_delimiter_is_a_setting(delimiter: str, asked: str, trace: str) -> None:
    """National VP: blank is off; of a longer one each character separates, once all of it is found."""
    found = routes(asked, "A", delimiter=delimiter)
    assert found.route(asked, NAME).trace == trace
    assert permissions(asked, "A", delimiter=delimiter).permit(asked, SENDER, NAME).trace in (
        trace,
        "(leaf),Invalid parameters",
    )


def test_rules_are_the_settings() -> None:
    assert Rules.of(Settings()) == Rules()
    settings = Settings(
        climb_routes=False,
        climb_permissions=False,
        climb_routes_except=("urn:a", " ", ""),
        climb_permissions_except=("urn:b",),
        default_routing_delimiter="@",
        default_routing_contracts=(NAME,),
        default_routing_senders=(SENDER,),
    )
    assert Rules.of(settings) == Rules(
        Climbing(False, ("urn:a",)), Climbing(False, ("urn:b",)), "@", frozenset({NAME}), frozenset({SENDER})
    )
