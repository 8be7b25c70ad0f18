"""The national test personas give what the national platform gives, in strict and in national mode."""

import itertools
import re
from typing import Any, NamedTuple

import pytest
from interop_expected import (
    NAMES,
    STATUS,
    Scenarios,
    Source,
    contract,
    found_ids,
    held,
    people_in,
    personas,
    statuses,
)
from interop_site import NATIONAL, SETTINGS, Answer, Gateway, Site, at_once
from lxml import etree

from gateway.consumers.ask import question
from gateway.soap import ns

pytestmark = pytest.mark.sockets

CASES = [(name, persona["id"]) for persona in personas() for name in NAMES]
BY_ID = {persona["id"]: persona for persona in personas()}
# TC8: the date is malformed, which only a schema check notices.
TC8 = "194800000001"
NATIONAL_DIFFERS = {TC8: {"records": 2, "statuses": 2, "failed": 0}}
# What strict mode tells of sources that a filter keeps from being called; the file of personas counts those called.
FILTERED = ("403", "404", "508")
TIME = re.compile(r"\d{14}")
GOOD = ["logicalAddress", "statusCode", "isResponseFromCache", "isResponseInSynch", "lastSuccessfulSynch"]
BAD = ["logicalAddress", "statusCode", "isResponseFromCache", "isResponseInSynch"]
BAD_STRICT = [*GOOD, "lastUnsuccessfulSynch", "lastUnsuccessfulSynchError"]
BAD_NATIONAL = [*BAD, "lastUnsuccessfulSynch", "lastUnsuccessfulSynchError"]
VP009 = f"VP009 [{SETTINGS.instance_name}] Fel vid kontakt med tjänsteproducenten."
Asked = dict[tuple[str, str], Answer]


class Told(NamedTuple):
    """lastUnsuccessfulSynchError."""

    agent: str
    code: str
    text: str


def _ask_all(gateway: Gateway) -> Asked:
    def ask(case: tuple[str, str]) -> Answer:
        return gateway.post(question(contract(case[0]), case[1], NATIONAL))

    return dict(zip(CASES, at_once(ask, CASES), strict=True))


@pytest.fixture(scope="module")
def strict_answers(site: Site) -> Asked:
    return _ask_all(site)


@pytest.fixture(scope="module")
def national_answers(national: Gateway) -> Asked:
    return _ask_all(national)


def _judge(name: str, person: str, answer: Answer, expected: dict[str, Any]) -> None:
    found = {source: code for source, code in statuses(answer).items() if code not in FILTERED}
    ids = list(itertools.chain.from_iterable(found_ids(name, answer).values()))
    assert answer.status == 200
    assert {"records": len(ids), "statuses": len(found), "failed": sum(map(bool, found.values()))} == expected
    assert len(set(ids)) == len(ids) or not contract(name).record["id"]
    assert people_in(name, answer) <= {person}


@pytest.mark.parametrize(("name", "person"), CASES)
def test_strict(strict_answers: Asked, scenarios: Scenarios, name: str, person: str) -> None:
    answer = strict_answers[name, person]
    _judge(name, person, answer, BY_ID[person]["expected"][name])
    stopped = {source: each.code for source, each in scenarios.expected(name, person).items() if each.code in FILTERED}
    assert {source: code for source, code in statuses(answer).items() if code in FILTERED} == stopped
    for row in answer.envelope.iter(f"{STATUS}ProcessingStatusList"):
        _judge_row(row, BAD_STRICT)


@pytest.mark.parametrize(("name", "person"), CASES)
def test_national(national_answers: Asked, name: str, person: str) -> None:
    answer = national_answers[name, person]
    assert not set(FILTERED) & set(statuses(answer).values())
    _judge(name, person, answer, NATIONAL_DIFFERS.get(person, BY_ID[person]["expected"][name]))
    for row in answer.envelope.iter(f"{STATUS}ProcessingStatusList"):
        _judge_row(row, BAD_NATIONAL)
        if row.findtext(f"{STATUS}statusCode") == "NoDataSynchFailed":
            assert _told(row).agent == "virtualization_platform"


def _judge_row(row: etree._Element, failed: list[str]) -> None:
    """One ProcessingStatusList: its children in schema order, and values that agree with each other."""
    values = {ns.local(child.tag): child.text or "" for child in row}
    good = values["statusCode"] == "DataFromSource"
    assert list(values) == (GOOD if good else failed)
    assert values["isResponseFromCache"] == "false"
    assert values["isResponseInSynch"] == ("true" if good else "false")
    assert TIME.fullmatch(values["lastSuccessfulSynch" if good else "lastUnsuccessfulSynch"])


def _told(row: etree._Element) -> Told:
    error = row.find(f"{STATUS}lastUnsuccessfulSynchError")
    return Told(*(child.text for child in error))


def _failures(answer: Answer) -> dict[str, Told]:
    return {
        row.findtext(f"{STATUS}logicalAddress"): _told(row)
        for row in answer.envelope.iter(f"{STATUS}ProcessingStatusList")
        if row.find(f"{STATUS}lastUnsuccessfulSynchError") is not None
    }


# The twelve cases that the national suites repeat for every aggregated contract: person, records, and the sources that
# answer with one each where the case names them; then the codes of the failed, as the national service tells them.
MOCKS = ("SKLTP-MOCK01", "SKLTP-MOCK02", "SKLTP-MOCK03")
VARIANTS: dict[str, tuple[str, int, tuple[str, ...], tuple[str, ...]]] = {
    "1 none": ("191001219805", 0, (), ()),
    "2 one producer": ("196711222940", 1, (), ()),
    "3 three with one": ("191001209814", 3, MOCKS, ()),
    "4 one with a thousand": ("191001229812", 1000, (), ()),
    "5 twenty with five": ("191001239803", 100, (), ()),
    "6 one empty": ("191001249810", 2, (MOCKS[0], MOCKS[2]), ()),
    "7 timeout of one": ("191001299807", 2, MOCKS[:2], ("504",)),
    "8 timeout of all": ("191001309812", 0, (), ("504",) * 3),
    "9 logical error of one": ("191001259827", 2, MOCKS[:2], ()),
    "10 logical error of all": ("191001269818", 0, (), ()),
    "11 fault of one": ("191001279809", 2, MOCKS[:2], ("500",)),
    "12 fault of all": ("191001289816", 0, (), ("500",) * 3),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", NAMES)
def test_the_twelve_variants_of_the_national_suites(national_answers: Asked, name: str, variant: str) -> None:
    person, records, sources, codes = VARIANTS[variant]
    answer = national_answers[name, person]
    found = found_ids(name, answer)
    assert answer.status == 200
    assert sum(map(len, found.values())) == records
    assert not sources or set(found) == set(sources)
    assert people_in(name, answer) <= {person}
    assert tuple(code for code in statuses(answer).values() if code) == codes
    assert (b"resultCode>INFO<" in answer.body) == bool(contract(name).result_tag)
    assert answer.body.count(b"resultCode>") == (2 if contract(name).result_tag else 0)
    if variant.startswith("5 "):
        assert len(found) == 20
    if variant.startswith("1 "):
        assert person.encode() not in answer.body


@pytest.mark.parametrize("name", NAMES)
def test_the_status_is_literally_as_national_consumers_look_for_it(
    strict_answers: Asked, national_answers: Asked, name: str
) -> None:
    """SoapUI suites match raw text, so that a prefix would break them."""
    for answers in (strict_answers, national_answers):
        text = answers[name, "191001209814"].body.decode()
        for source in ("SKLTP-MOCK01", "SKLTP-MOCK02", "SKLTP-MOCK03"):
            assert f"<logicalAddress>{source}</logicalAddress><statusCode>DataFromSource</statusCode>" in text
        assert f'<ProcessingStatus xmlns="{ns.INTEROPERABILITY}"><ProcessingStatusList><logicalAddress>' in text


@pytest.mark.parametrize("name", NAMES)
def test_nothing_found_is_an_empty_answer_with_an_empty_status(
    strict_answers: Asked, national_answers: Asked, name: str
) -> None:
    for answers in (strict_answers, national_answers):
        answer = answers[name, "188803099368"]
        (status,) = answer.envelope.iter(f"{STATUS}ProcessingStatus")
        assert len(status) == 0
        assert len(answer.child) == (1 if contract(name).result_tag else 0)


@pytest.mark.parametrize("name", NAMES)
def test_result_is_info_whatever_the_sources_say(strict_answers: Asked, national_answers: Asked, name: str) -> None:
    known = contract(name)
    for answers, person in itertools.product((strict_answers, national_answers), BY_ID):
        found = {ns.local(e.tag): e.text for e in answers[name, person].child.iterfind(f"{known.result_tag or 'x'}/*")}
        if known.result_tag:
            assert (found["resultCode"], found["logId"]) == ("INFO", "NA")
        else:
            assert found == {}


def test_what_the_filters_stop_is_told_in_strict_mode_only(strict_answers: Asked, national_answers: Asked) -> None:
    """TC6 has no route, and one of TC10's engagements points at the aggregating service itself."""
    for person, source, told in (
        ("194804032094", "HSA-ID-7", ("service_catalog", "404")),
        ("194800000003", NATIONAL, ("engagement_index", "508")),
    ):
        strict, national = (_failures(each["GetFixedContacts", person]) for each in (strict_answers, national_answers))
        assert strict[source][:2] == told
        assert source not in national


def test_a_fault_is_told_with_its_text_but_without_the_person(strict_answers: Asked, national_answers: Asked) -> None:
    """TC5: the source's fault quotes the person id."""
    for name in NAMES:
        strict, national = (
            _failures(answers[name, "192011189228"])["HSA-ID-1"] for answers in (strict_answers, national_answers)
        )
        assert strict[:2] == ("service_producer", "500")
        assert strict.text == (
            "Källan svarade med ett fel / The source answered with a fault (Invalid Id: ‹person-id›)"
        )
        assert national == ("virtualization_platform", "500", "Invalid Id: ‹person-id›")


def test_a_timeout_is_told(strict_answers: Asked, national_answers: Asked) -> None:
    """TC4: HSA-ID-3 never answers in time."""
    for name in NAMES:
        strict, national = (
            _failures(answers[name, "198611062384"])["HSA-ID-3"] for answers in (strict_answers, national_answers)
        )
        assert strict[:2] == ("service_producer", "504")
        assert strict.text.startswith("Källan svarade inte i tid / The source did not answer in time (")
        assert national == ("virtualization_platform", "504", "Timeout when waiting on response from producer.")


def test_a_schema_breach_is_told_in_strict_mode_only(strict_answers: Asked, national_answers: Asked) -> None:
    for name in NAMES:
        strict = _failures(strict_answers[name, TC8])["HSA-ID-5"]
        assert strict[:2] == ("service_producer", "422")
        assert "'1895'" in strict.text
        assert f"(contract {contract(name).key})" in strict.text
        assert b">1895<" in national_answers[name, TC8].body
        assert b">1895<" not in strict_answers[name, TC8].body


def test_a_broken_connection_is_told_as_the_router_between_tells_it(site: Site, national: Gateway) -> None:
    """Nationally the aggregating service calls through the router, which says VP009 and nothing more."""
    body = question(contract("GetFixedContacts"), "194103149805", NATIONAL)
    strict, compatible = (_failures(gateway.post(body))["SE2321000073-RIVTA08"] for gateway in (site, national))
    assert strict[:2] == ("service_producer", "503")
    assert "The producer reset the connection without an answer" in strict.text
    assert compatible == ("virtualization_platform", "500", VP009)


def test_an_earlier_success_is_remembered_in_strict_mode_only(
    site: Site, national: Gateway, scenarios: Scenarios
) -> None:
    """Stockholm answers about one person and fails about another."""
    served = _served_by("SE2321000016-RIVTA01", scenarios)
    for gateway, there in ((site, True), (national, False)):
        gateway.post(question(contract("GetFixedContacts"), served, NATIONAL))
        answer = gateway.post(question(contract("GetFixedContacts"), "198605209801", NATIONAL))
        (failed,) = (
            row
            for row in answer.envelope.iter(f"{STATUS}ProcessingStatusList")
            if row.findtext(f"{STATUS}logicalAddress") == "SE2321000016-RIVTA01"
        )
        last = failed.find(f"{STATUS}lastSuccessfulSynch")
        assert (last is not None) is there
        assert last is None or TIME.fullmatch(last.text)


def _served_by(source: str, scenarios: Scenarios) -> str:
    """A person that the source holds something about and answers for."""
    name = "GetFixedContacts"
    return min(
        person
        for known, holder, person in held()
        if (known, holder) == (name, source) and scenarios.expected(name, person).get(source, Source("x")).code == ""
    )
