"""``gateway.aggregator.plan``: whom to ask, and what became of every engagement."""

import asyncio
from dataclasses import replace

import pytest
from gateway_samples import (
    AGDA,
    AGGREGATE,
    NAMES,
    SENDER,
    TOLVAN,
    address_header,
    contract,
    contracts,
    engagement,
    envelope,
    headers,
    permission,
    question,
    request,
    request_element,
    responder,
    route,
    snapshot,
)

from gateway.aggregator.plan import Plan, Planner
from gateway.contracts.contract import Contract, Contracts
from gateway.registry.catalogue import Permission, Route
from gateway.registry.engagements import Engagement, EngagementIndex
from gateway.router.call import Call
from gateway.router.refusal import Refusal
from gateway.soap.head import scan

NAME = "GetFixedContacts"


def plan(
    engagements: list[Engagement],
    *,
    routes: list[Route] | None = None,
    permissions: list[Permission] | None = None,
    known: Contracts | None = None,
    body: bytes | None = None,
    sender: str = SENDER,
    original: str = "",
) -> Plan:
    addresses = {each.logical_address for each in engagements}
    routes = [route(each, NAME, "http://x/") for each in addresses] if routes is None else routes
    permissions = [permission(each, NAME) for each in addresses] if permissions is None else permissions
    call = Call.receive(request(question() if body is None else body, headers()))
    call.sender, call.original_consumer = sender, original
    call.head = scan(call.body)
    catalogue = snapshot(routes, permissions)
    planner = Planner(known or contracts(), EngagementIndex(engagements), catalogue, AGGREGATE)
    return asyncio.run(planner.plan(call))


def verdicts(found: Plan) -> dict[str, str]:
    return {hit.engagement.source_system: hit.verdict for hit in found.hits}


def test_every_source_is_asked_once_in_order_of_its_name() -> None:
    """National AgP, grouping: one call for each distinct source system; its order is undefined, ours is not."""
    twice = replace(engagement("B"), business_object_instance_identifier="X")
    found = plan([engagement("C"), engagement("B"), twice, engagement("A")])
    assert found.sources == ("A", "B", "C")
    assert [hit.verdict for hit in found.hits] == ["asked"] * 4
    assert found.patient == TOLVAN


def test_nobody_holds_anything() -> None:
    assert plan([engagement("A", person=AGDA)]).sources == ()


@pytest.mark.parametrize("name", NAMES)
def test_each_contract_has_its_own_engagements(name: str) -> None:
    """National EI: service domain and categorization of the contract."""
    held = [engagement(each, name=each) for each in NAMES]
    routes = [route(each, each, "http://x/") for each in NAMES]
    permissions = [permission(each, each) for each in NAMES]
    found = plan(held, routes=routes, permissions=permissions, body=question(name))
    assert found.sources == (name,)
    assert found.contract is contract(name)


def test_the_aggregating_service_does_not_ask_itself() -> None:
    """National AgP, rule b: an engagement at its own logical address is dropped."""
    found = plan([engagement("A"), engagement("B", AGGREGATE)])
    assert verdicts(found) == {"A": "asked", "B": "loop"}
    assert found.sources == ("A",)


def test_without_permission_a_source_is_not_asked() -> None:
    """National AgP, rule c: filtered by the catalogue."""
    found = plan([engagement("A"), engagement("B")], permissions=[permission("A", NAME)])
    assert (verdicts(found), found.sources) == ({"A": "asked", "B": "denied"}, ("A",))


def test_without_a_route_a_source_is_not_asked() -> None:
    """National AgP, rule c: authorized means a permission and a route."""
    found = plan([engagement("A"), engagement("B")], routes=[route("A", NAME, "http://x/")])
    assert (verdicts(found), found.sources) == ({"A": "asked", "B": "unroutable"}, ("A",))


@pytest.mark.parametrize(
    ("permitted", "sender", "original", "verdict"),
    [
        ("S", "S", "O", "asked"),
        ("O", "S", "O", "asked"),
        ("X", "S", "O", "denied"),
        ("", "S", "", "denied"),
    ],
)
def test_the_sender_or_the_original_consumer_may_have_the_permission(
    permitted: str, sender: str, original: str, verdict: str
) -> None:
    """National AgP, rule c."""
    permissions = [permission("A", NAME, permitted)]
    assert verdicts(plan([engagement("A")], permissions=permissions, sender=sender, original=original)) == {
        "A": verdict
    }


def test_default_rows_count() -> None:
    """National AgP, rule c: exact, then the default receiver ``*``."""
    found = plan([engagement("A")], routes=[route("*", NAME, "http://x/")], permissions=[permission("*", NAME)])
    assert found.sources == ("A",)


@pytest.mark.parametrize(
    ("wanted", "sources"), [("A", ("A",)), (" A ", ("A",)), ("a", ()), ("Z", ()), ("", ("A", "B"))]
)
def test_a_question_may_be_restricted_to_one_source(wanted: str, sources: tuple[str, ...]) -> None:
    """National AgP, rule d: case-sensitive; an empty element restricts nothing."""
    more = f"<q:sourceSystemId><core:root>1</core:root><core:extension>{wanted}</core:extension></q:sourceSystemId>"
    found = plan([engagement("A"), engagement("B")], body=question(more=more))
    assert found.sources == sources
    assert set(verdicts(found).values()) <= {"asked", "other-source"}


def test_the_restriction_is_compared_with_the_logical_address() -> None:
    """National AgP, rule d: with the engagement's logical address, not with its source system."""
    held = [engagement("SYSTEM", "ADDRESS")]
    for wanted, sources in (("ADDRESS", ("SYSTEM",)), ("SYSTEM", ())):
        body = question("GetCarePlans", more=f"<q:sourceSystemHSAId>{wanted}</q:sourceSystemHSAId>")
        held = [engagement("SYSTEM", "ADDRESS", name="GetCarePlans")]
        routes = [route("ADDRESS", "GetCarePlans", "http://x/")]
        permissions = [permission("ADDRESS", "GetCarePlans")]
        assert plan(held, routes=routes, permissions=permissions, body=body).sources == sources


def test_the_check_is_on_the_address_and_the_call_to_the_source() -> None:
    """National AgP: authorization is checked on the logical address, the call goes to the source system."""
    found = plan([engagement("SYSTEM", "ADDRESS")], routes=[route("ADDRESS", NAME, "http://x/")])
    assert found.sources == ("SYSTEM",)


def changed(**values: object) -> Contracts:
    known: Contract = contract(NAME)
    aggregate = type(known.descriptor.aggregate)(
        **{
            **{
                each: getattr(known.descriptor.aggregate, each) for each in known.descriptor.aggregate.__struct_fields__
            },
            **values,
        }
    )
    fields = {each: getattr(known.descriptor, each) for each in known.descriptor.__struct_fields__}
    descriptor = type(known.descriptor)(**{**fields, "aggregate": aggregate})
    return Contracts({responder(NAME): replace(known, descriptor=descriptor)})


def test_a_contract_may_ask_each_logical_address_instead() -> None:
    """National AgP, GetSubjectOfCareSchedule: one call for each logical address."""
    held = [engagement("SYSTEM", "ONE"), engagement("SYSTEM", "TWO")]
    assert plan(held, known=changed(call_per="logical_address")).sources == ("ONE", "TWO")
    assert plan(held).sources == ("SYSTEM",)


def test_a_contract_may_have_several_categorizations() -> None:
    """National AgP, rule a."""
    held = [
        engagement("A"),
        replace(engagement("B"), categorization="X-Y"),
        replace(engagement("C"), categorization="z"),
    ]
    assert plan(held, known=changed(categorization=("cpc-gfc", "x-y"))).sources == ("A", "B")


def refused(body: bytes, known: Contracts | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        plan([engagement("A")], body=body, known=known)
    return caught.value


def test_a_contract_without_descriptor_cannot_be_aggregated() -> None:
    assert refused(question("GetCarePlans"), Contracts({responder(NAME): contract(NAME)})).code == "VP004"


@pytest.mark.parametrize("person", ["", " ", "\n"])
def test_a_question_about_nobody_is_refused_with_the_path(person: str) -> None:
    """The national AgP ends in an unhandled null pointer; the consumer should hear what is missing."""
    refusal = refused(question(person=person))
    assert refusal.code == "VP015"
    assert "patientId/extension" in str(refusal)


def test_a_question_without_the_element_too() -> None:
    body = envelope(f"<q:GetFixedContacts xmlns:q='{responder(NAME)}'/>", address_header(AGGREGATE))
    assert refused(body).code == "VP015"


def test_another_element_of_the_contract_is_no_question() -> None:
    body = envelope(f"<q:GetFixedContactsResponse xmlns:q='{responder(NAME)}'/>", address_header(AGGREGATE))
    assert "expected {urn:riv:coreprocess" in str(refused(body))


@pytest.mark.parametrize("tail", ["<x>", request_element(NAME)])
def test_a_message_that_breaks_after_its_head_is_refused(tail: str) -> None:
    """In national mode the router reads only the head; a tree needs it all."""
    assert refused(envelope(request_element(NAME) + tail, address_header(AGGREGATE))).code == "VP015"


def test_the_person_is_sent_as_it_came() -> None:
    """National AgP: no normalisation of ten or twelve digits or hyphen."""
    found = plan([engagement("A", person="19121212-1212")], body=question(person="19121212-1212"))
    assert (found.patient, found.sources) == ("19121212-1212", ("A",))
