"""Everything that is answered follows its schema, by the verdict of two validators that share no code."""

import itertools
from functools import cache
from pathlib import Path

import pytest
import xmlschema
from interop_expected import NAMES, STATUS, Scenarios, contract, found_ids, held, persons
from interop_site import CATALOGUE, NATIONAL, ROOT, Answer, Gateway, Site, at_once
from lxml import etree

from gateway.consumers.ask import question

pytestmark = pytest.mark.sockets

STATUS_XSD = ROOT / "xsd" / "core_components" / "interoperability_headers_1.0.xsd"
UNKNOWN = "199001012384"  # nobody holds anything about this person
SOURCES = [producer.logical_address for producer in CATALOGUE.producers]
PERMITTED = {permission.receiver for permission in CATALOGUE.permissions}
NEVER_ANSWERS = "HSA-ID-3"
REGIONAL = [producer.logical_address for producer in CATALOGUE.producers if producer.kind in ("stub", "pilot")]


@cache
def _judges(path: Path) -> tuple[etree.XMLSchema, xmlschema.XMLSchema]:
    return etree.XMLSchema(etree.parse(path)), xmlschema.XMLSchema(str(path))


def problems(element: etree._Element, path: Path) -> list[str]:
    """What each of the two has against an element taken out of its message."""
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    libxml2, python = _judges(path)
    found = [] if libxml2.validate(alone) else [str(libxml2.error_log)]
    return found + [f"{error.path}: {error.reason}" for error in python.iter_errors(alone)]


def _xsd(name: str) -> Path:
    return ROOT / "xsd" / contract(name).descriptor.xsd


def _person_of(name: str, source: str, scenarios: Scenarios) -> str | None:
    """Somebody about whom the source answers with records."""
    for known, holder, person in held():
        if (known, holder) == (name, source) and scenarios.contribution(name, source, person).records:
            return person
    return None


def test_there_are_twenty_four_regional_producers() -> None:
    assert len(REGIONAL) == 24


HOLDING = {holder for _, holder, _ in held()}  # the others are told things, and hold no records


@pytest.mark.parametrize("source", [each for each in SOURCES if each in PERMITTED & HOLDING and each != NEVER_ANSWERS])
def test_every_answer_of_every_producer(site: Site, scenarios: Scenarios, source: str) -> None:
    asked = [(name, UNKNOWN) for name in NAMES]
    asked += [(name, person) for name in NAMES if (person := _person_of(name, source, scenarios))]
    answers = at_once(lambda case: site.post(question(contract(case[0]), case[1], source)), asked)
    assert len(asked) > len(NAMES)
    for (name, person), answer in zip(asked, answers, strict=True):
        assert answer.status == 200, answer.body
        assert problems(answer.child, _xsd(name)) == []
        expected = () if person == UNKNOWN else scenarios.contribution(name, source, person).records
        assert found_ids(name, answer).get(source, ()) == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_aggregated_answer(site: Site, name: str) -> None:
    """A third of all persons for each contract, so that the slower validator keeps its time."""
    asked = [UNKNOWN, *persons()[NAMES.index(name) :: len(NAMES)]]
    answers = at_once(lambda person: site.post(question(contract(name), person, NATIONAL)), asked)
    for answer in answers:
        assert answer.status == 200
        _judge(name, answer)


def _judge(name: str, answer: Answer) -> None:
    assert problems(answer.child, _xsd(name)) == []
    (status,) = answer.envelope.iter(f"{STATUS}ProcessingStatus")
    assert problems(status, STATUS_XSD) == []


@pytest.mark.parametrize(
    ("name", "person"),
    [*itertools.product(NAMES, ("191001279809", "192011189228")), ("GetCarePlans", "191001229812")],
)
def test_status_with_failures_and_a_thousand_records(site: Site, name: str, person: str) -> None:
    answer = site.post(question(contract(name), person, NATIONAL))
    _judge(name, answer)


def test_the_check_notices_the_national_status(national: Gateway) -> None:
    """The national platform leaves out lastSuccessfulSynch, which its own schema demands."""
    answer = national.post(question(contract("GetFixedContacts"), "192011189228", NATIONAL))
    (status,) = answer.envelope.iter(f"{STATUS}ProcessingStatus")
    found = problems(status, STATUS_XSD)
    assert len(found) == 2
    assert all("lastSuccessfulSynch" in problem for problem in found)
