"""Questions, Updates and ready-made answers follow their schemas; wrong answers are seen."""

import random
from collections.abc import Callable

import pytest
from gateway_samples import ROOT, contracts
from lxml import etree
from simulate_samples import maker, people

from gateway.contracts.check import problem
from gateway.contracts.contract import Contract
from gateway.registry.catalogue import load_catalogue
from gateway.router.producer import ProducerAnswer
from gateway.simulate.answers import load_answers
from gateway.simulate.messages import Sent, about, all_sources, refused, stored
from gateway.soap import ns, xml
from gateway.soap.head import scan

KNOWN = [pytest.param(contract, id=contract.key) for contract in contracts().aggregated()]


def payload(message: bytes) -> etree._Element:
    return xml.body_child(xml.parse(message))


def chance(seed: int = 3) -> random.Random:
    return random.Random(seed)


@pytest.mark.parametrize("contract", KNOWN)
def test_questions_follow_their_schema(contract: Contract) -> None:
    at = contracts().aggregated().index(contract)
    for sent in (maker().aggregated(at, chance()), maker().direct(chance())):
        assert problem(contracts()[scan(sent.body).contract], payload(sent.body)) == ""
    assert scan(maker().aggregated(at, chance()).body).contract == contract.descriptor.responder


@pytest.mark.parametrize("contract", KNOWN)
def test_ready_made_answers_follow_their_schema_and_concern_the_person_asked_about(contract: Contract) -> None:
    catalogue = load_catalogue(ROOT, contracts())
    answers = load_answers(ROOT, contracts(), catalogue.producers, 4)
    person = people().number(5)
    message = answers[contract.descriptor.responder.encode()](person.encode(), b"SE0000002284-RIVTA2284")
    response = payload(message)
    assert problem(contract, response) == ""
    records = list(response.iterchildren(contract.record_tag))
    assert len(records) == 4
    assert contract.strangers(response, person=person) == 0
    assert {record.findtext(contract.record["source_system"]) for record in records} == {"SE0000002284-RIVTA2284"}
    if contract.record["id"]:
        assert len({record.findtext(contract.record["id"]) for record in records}) == 4


def test_updates_tell_of_twenty_engagements() -> None:
    sent = maker().update(chance())
    request = payload(sent.body)
    assert problem(contracts()[ns.INDEX_UPDATE], request) == ""
    persons = [each.text for each in request.iter(ns.clark(ns.INDEX, "registeredResidentIdentification"))]
    assert len(persons) == len(set(persons)) == 20


@pytest.mark.parametrize("code", ["VP004", "VP007", "VP009"])
def test_faults_are_wanted(code: str) -> None:
    check = maker().refused(code, chance()).check
    assert check(ProducerAnswer(500, [], f"<faultstring>{code} [x] Åh".encode())) == ""
    assert check(ProducerAnswer(200, [], b"")) == "HTTP 200 instead of 500"


def test_the_same_seed_makes_the_same_calls() -> None:
    makes: list[Callable[[random.Random], Sent]] = [maker().direct, lambda dice: maker().aggregated(0, dice)]
    for make in makes:
        assert make(chance()).body == make(chance()).body
        assert make(chance()).body != make(chance(4)).body


ONE = b"<statusCode>DataFromSource</statusCode>"
LOST = b"<statusCode>NoDataSynchFailed</statusCode>"


@pytest.mark.parametrize(
    ("check", "status", "body", "found"),
    [
        (all_sources(2, "210001010000"), 200, ONE * 2 + b"210001010000", ""),
        (all_sources(2, "210001010000"), 200, ONE + b"210001010000", "1 sources instead of 2"),
        (all_sources(2, "210001010000"), 200, ONE + LOST + b"210001010000", "1 of 2 sources gave nothing"),
        (all_sources(1, "210001010000"), 200, ONE, "nothing about the person"),
        (all_sources(1, "210001010000"), 500, b"<faultstring>VP007 [x]</faultstring>", "HTTP 500: VP007 [x]"),
        (about("210001010000"), 200, b"", "nothing about the person"),
        (about("210001010000"), 503, b"", "HTTP 503"),
        (stored, 200, b"<ns2:ResultCode>OK</ns2:ResultCode>", ""),
        (stored, 200, b"<ns2:ResultCode>ERROR</ns2:ResultCode>", "not OK"),
        (refused("VP004"), 500, b"<faultstring>VP007 [x]</faultstring>", "HTTP 500: VP007 [x]"),
    ],
)
def test_wrong_answers_are_seen(check: Callable[[ProducerAnswer], str], status: int, body: bytes, found: str) -> None:
    assert check(ProducerAnswer(status, [], body)) == found
