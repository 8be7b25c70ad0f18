"""Aggregated questions to sources that have other contracts than the one asked with."""

import asyncio

import pytest
from aggregated import statuses
from bridge_parts import (
    KRONOBERG,
    NATIONAL,
    PROPOSAL,
    Sources,
    answered,
    ask,
    asked,
    bridges,
    national_record,
    platform,
    url,
)
from gateway_parts import Bench
from gateway_samples import (
    AGGREGATE,
    SENDER,
    TOLVAN,
    body_of,
    contract,
    contracts,
    engagement,
    permission,
    question,
    record,
    request,
    responder,
    route,
    snapshot,
    soap_fault,
)
from lxml import etree

from gateway.aggregator.plan import Plan, Planner
from gateway.message import Answer
from gateway.registry.engagements import Engagement, EngagementIndex
from gateway.router.call import Call
from gateway.router.producer import ProducerAnswer
from gateway.soap.head import scan

NORTH, SOUTH = "SE2321000016-RIVTA01", "SE2321000024-RIVTA03"


def engaged(source: str, name: str, address: str = "") -> Engagement:
    return engagement(source, address, name=name)


def three(**settings: object) -> Bench:
    """A source with the proposal, one with the national contract, one with both; the index has each under its own."""
    return platform(
        Sources(
            {
                (NORTH, PROPOSAL): answered(PROPOSAL, record(PROPOSAL, NORTH, "N")),
                (KRONOBERG, NATIONAL): answered(NATIONAL, national_record(KRONOBERG)),
                (SOUTH, PROPOSAL): answered(PROPOSAL, record(PROPOSAL, SOUTH, "S")),
                (SOUTH, NATIONAL): answered(NATIONAL, national_record(SOUTH)),
            },
            [
                engaged(NORTH, PROPOSAL),
                engaged(KRONOBERG, NATIONAL),
                engaged(SOUTH, PROPOSAL),
                engaged(SOUTH, NATIONAL),
            ],
        ),
        **settings,
    )


def sources(answer: Answer, name: str) -> list[str]:
    """Whose records an answer has, in order; the answer is valid."""
    assert answer.status == 200, answer.body
    child = etree.fromstring(etree.tostring(body_of(answer.body)))
    known = contract(name)
    assert known.schema.validate(child), known.schema.error_log
    return [each.findtext(known.record["source_system"], "") for each in child.findall(known.record_tag)]


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_every_source_answers_once_whatever_contract_it_has(mode: str) -> None:
    found = three(mode=mode)
    answer = ask(found, PROPOSAL, AGGREGATE)
    assert sources(answer, PROPOSAL) == [NORTH, SOUTH, KRONOBERG]
    assert asked(found) == sorted([url(NORTH, PROPOSAL), url(SOUTH, PROPOSAL), url(KRONOBERG, NATIONAL)])
    assert {row["statusCode"] for row in statuses(answer.body).values()} == {"DataFromSource"}


def test_the_national_contract_reaches_those_that_only_have_the_proposal() -> None:
    found = three()
    assert sources(ask(found, NATIONAL, AGGREGATE), NATIONAL) == [NORTH, SOUTH, KRONOBERG]
    assert asked(found) == sorted([url(NORTH, PROPOSAL), url(SOUTH, NATIONAL), url(KRONOBERG, NATIONAL)])


def test_the_consumers_conditions_hold_for_each_source() -> None:
    found = three()
    more = "<q:validityPeriod><core:start>20200101</core:start><core:end>20210101</core:end></q:validityPeriod>"
    answer = ask(found, PROPOSAL, AGGREGATE, more)
    # The stand-ins for sources with the contract itself do not look at the question.
    assert sources(answer, PROPOSAL) == [NORTH, SOUTH]
    assert statuses(answer.body)[KRONOBERG]["statusCode"] == "DataFromSource"


def test_one_source_can_be_asked_for() -> None:
    more = f"<q:sourceSystemId><core:root>1.2.752.129.2.1.4.1</core:root><core:extension>{KRONOBERG}</core:extension></q:sourceSystemId>"  # noqa: E501
    found = three()
    assert sources(ask(found, PROPOSAL, AGGREGATE, more), PROPOSAL) == [KRONOBERG]
    assert asked(found) == [url(KRONOBERG, NATIONAL)]


@pytest.mark.parametrize(
    ("answer", "code", "told"),
    [
        (ProducerAnswer(500, [(b"content-type", b"text/xml")], soap_fault("Trasig")), "500", "Trasig"),
        (answered("GetCarePlans"), "502", "the producer's side: {urn:riv:clinicalprocess"),
        (answered(NATIONAL, "<ns0:careManager/>"), "422", "(contract GetCareManagers_1.0)"),
        (ProducerAnswer(200, [(b"content-type", b"text/xml")], b"<a"), "502", "the producer's side: not well-formed"),
        (answered(NATIONAL, national_record(KRONOBERG, person="188803099368")), "409", "1 of 1 records"),
    ],
)
def test_what_is_wrong_with_one_source_is_told_with_its_side(answer: ProducerAnswer, code: str, told: str) -> None:
    found = three()
    found.client.answers[url(KRONOBERG, NATIONAL)] = answer
    merged = ask(found, PROPOSAL, AGGREGATE)
    assert sources(merged, PROPOSAL) == [NORTH, SOUTH]
    row = statuses(merged.body)[KRONOBERG]
    assert row["code"] == code
    assert told in row["text"]


def test_what_is_left_behind_is_told_once_for_the_whole_question() -> None:
    found = three()
    for source in (NORTH, SOUTH):
        hidden = record(PROPOSAL, source, "H").replace(">true<", ">false<")
        found.client.answers[url(source, PROPOSAL)] = answered(PROPOSAL, record(PROPOSAL, source, "A"), hidden)
    assert sources(ask(found, NATIONAL, AGGREGATE), NATIONAL) == [NORTH, SOUTH, KRONOBERG]
    action, call = found.events[-1]
    assert action == "resp-out"
    assert call.warning == "left behind at the bridge GetCareManagers_1.0 -> GetFixedContacts_1.0: 1 x fixedContact"


def plan(engagements: list[Engagement], has: list[tuple[str, str]], denied: tuple[str, ...] = ()) -> Plan:
    """The plan of a question of the proposal."""
    permissions = [permission(source, name) for source, _ in has for name in (PROPOSAL, NATIONAL) if name not in denied]
    catalogue = snapshot([route(source, name, url(source, name)) for source, name in has], permissions)
    message = question(PROPOSAL)
    call = Call.receive(request(message))
    call.sender, call.head = SENDER, scan(message)
    return asyncio.run(Planner(contracts(), EngagementIndex(engagements), catalogue, AGGREGATE, bridges()).plan(call))


def test_an_engagement_under_the_other_name_counts() -> None:
    found = plan([engaged(KRONOBERG, NATIONAL)], [(KRONOBERG, NATIONAL)])
    assert (found.sources, [hit.verdict for hit in found.hits]) == ((KRONOBERG,), ["asked"])


def test_it_counts_also_for_a_source_with_the_contract_itself() -> None:
    """A source that has moved its engagements to the other name before its last consumers have moved."""
    assert plan([engaged(SOUTH, NATIONAL)], [(SOUTH, PROPOSAL)]).sources == (SOUTH,)


def test_the_same_source_under_both_names_is_asked_once() -> None:
    found = plan([engaged(SOUTH, PROPOSAL), engaged(SOUTH, NATIONAL)], [(SOUTH, PROPOSAL), (SOUTH, NATIONAL)])
    assert found.sources == (SOUTH,)
    assert [hit.verdict for hit in found.hits] == ["asked", "same-source"]


def test_the_same_source_at_another_address_is_asked_once_too() -> None:
    """The national contract's engagements name the address to call, which need not be the source system."""
    has = [(SOUTH, PROPOSAL), ("SE-ADRESS", NATIONAL)]
    assert plan([engaged(SOUTH, PROPOSAL), engaged(SOUTH, NATIONAL, "SE-ADRESS")], has).sources == (SOUTH,)
    assert plan([engaged(SOUTH, NATIONAL, "SE-ADRESS")], has).sources == ("SE-ADRESS",)


def test_a_source_that_may_not_be_asked_under_one_name_does_not_hide_the_other() -> None:
    engagements = [engaged("SE-SYSTEM", PROPOSAL, "SE-STÄNGD"), engaged("SE-SYSTEM", NATIONAL, KRONOBERG)]
    assert plan(engagements, [(KRONOBERG, NATIONAL)]).sources == (KRONOBERG,)


@pytest.mark.parametrize("denied", [PROPOSAL, NATIONAL])
def test_permission_is_needed_for_both_contracts(denied: str) -> None:
    found = plan([engaged(KRONOBERG, NATIONAL)], [(KRONOBERG, NATIONAL)], (denied,))
    assert (found.sources, [hit.verdict for hit in found.hits]) == ((), ["denied"])


def test_the_answer_concerns_the_person_asked_about() -> None:
    answer = ask(three(), PROPOSAL, AGGREGATE)
    known = contract(PROPOSAL)
    people = {each.findtext(known.record["patient"]) for each in body_of(answer.body).findall(known.record_tag)}
    assert people == {TOLVAN}
    assert responder(PROPOSAL).encode() in answer.body
    assert responder(NATIONAL).encode() not in answer.body
