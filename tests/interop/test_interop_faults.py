"""Sources that misbehave: nobody's failure costs anybody else's records, and each failure is told truly."""

import itertools
import re
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from interop_expected import (
    NAMES,
    PROJECT,
    Scenarios,
    check,
    contract,
    engaged,
    found_ids,
    held,
    people_in,
    rows,
    spoken,
)
from interop_site import CATALOGUE, NATIONAL, PRODUCER_TIMEOUT, Answer, Gateway, Site, at_once
from lxml import etree

from gateway.consumers.ask import question
from gateway.soap import fault, ns, xml

pytestmark = pytest.mark.sockets

OUTCOMES = {
    "fault", "timeout", "slow", "empty", "empty-body", "invalid", "malformed", "wrong-person",
    "reset", "down", "logical-error", "repeat", "http-error",
}  # fmt: skip
VP009 = "VP009 [rivta] Fel vid kontakt med tjänsteproducenten."
# A kept connection that the pilot cuts at its second use is seen as closed, a new one as reset.
_CUT = "The producer (reset|closed) the connection without an answer"
# What the detail of VP009 says after the address, by outcome.
DETAILS = {
    "timeout": "Timeout when waiting on response from producer.",
    "reset": _CUT,
    "down": _CUT,
    "empty-body": "Empty message when server responded with status code: 200",
    "http-error": "The producer answered with HTTP status 503",
}


@dataclass(frozen=True)
class Direct:
    """A scenario row asked about directly, at the source itself."""

    name: str
    person: str
    source: str
    outcome: str
    text: str

    def __str__(self) -> str:
        return f"{self.outcome}-{self.source}-{self.person}-{self.name}"


def _named() -> list[tuple[str, str]]:
    """(contract name, person) of every question that meets a scenario of the project's file."""
    persons = {row["person"] for row in rows(PROJECT)} - {"*"}
    slow = {row["producer"] for row in rows(PROJECT) if row["person"] == "*"}
    also = {person for (_, person), found in engaged().items() if any(source in slow for _, source in found)}
    return sorted(itertools.product(NAMES, persons | also))


def _direct() -> list[Direct]:
    """Each outcome once for each contract, and every row whose answer has a text of its own."""
    scenarios = Scenarios(PROJECT)
    found: dict[object, Direct] = {}
    for row in rows(PROJECT):
        for name in NAMES:
            person = "191212121212" if row["person"] == "*" else row["person"]
            winner = scenarios.find(name, row["producer"], person)
            if winner is row:
                case = Direct(name, person, row["producer"], row["outcome"], row.get("text", ""))
                found.setdefault((name, row["outcome"], row.get("text")), case)
    return list(found.values())


@pytest.fixture(scope="module")
def answers(site: Site) -> dict[tuple[str, str], Answer]:
    """The aggregated answers, asked for all at once because some take their time."""

    def ask(case: tuple[str, str]) -> Answer:
        return site.post(question(contract(case[0]), case[1], NATIONAL))

    return dict(zip(_named(), at_once(ask, _named()), strict=True))


@pytest.fixture(scope="module")
def direct(site: Site) -> dict[Direct, Answer]:
    def ask(case: Direct) -> Answer:
        return site.post(question(contract(case.name), case.person, case.source))

    return dict(zip(_direct(), at_once(ask, _direct()), strict=True))


@pytest.mark.parametrize(("name", "person"), _named())
def test_aggregated(answers: dict[tuple[str, str], Answer], scenarios: Scenarios, name: str, person: str) -> None:
    answer = answers[name, person]
    check(name, answer, scenarios.expected(name, person))
    assert people_in(name, answer) <= {person}


def test_every_outcome_is_met(scenario_file: Path) -> None:
    met = {row["outcome"] for path in (PROJECT, scenario_file) for row in rows(path)}
    assert met == OUTCOMES


def test_outcomes_of_a_file_of_ones_own(site: Site, scenarios: Scenarios) -> None:
    project = {row["person"] for row in rows(PROJECT)}
    persons = list(dict.fromkeys(row["person"] for row in rows(scenarios.files[0]) if row["person"] not in project))
    assert len(persons) == 9
    cases = list(itertools.product(NAMES, persons))
    answers = at_once(lambda case: site.post(question(contract(case[0]), case[1], NATIONAL)), cases)
    for (name, person), answer in zip(cases, answers, strict=True):
        check(name, answer, scenarios.expected(name, person))
    worst = scenarios.expected("GetFixedContacts", persons[0])
    assert len({source.code for source in worst.values() if source.code}) >= 3
    assert "SE2321000065-RIVTA07" in {row["producer"] for row in rows(scenarios.files[0])}


@pytest.mark.parametrize("case", _direct(), ids=str)
def test_direct(site: Site, direct: dict[Direct, Answer], case: Direct) -> None:
    _judge_direct(site, case, direct[case])


def test_direct_at_sources_of_a_file_of_ones_own(site: Site, scenario_file: Path) -> None:
    cases = [
        Direct(name, row["person"], row["producer"], row["outcome"], "Tekniskt fel i källsystemet.")
        for row in rows(scenario_file)
        for name in NAMES
    ]
    assert {"empty-body", "http-error", "down"} <= {case.outcome for case in cases}
    answers = at_once(lambda case: site.post(question(contract(case.name), case.person, case.source)), cases)
    for case, answer in zip(cases, answers, strict=True):
        _judge_direct(site, case, answer)


def _judge_direct(site: Site, case: Direct, answer: Answer) -> None:
    asked_with = spoken(case.name, case.source)
    judge = (
        _kept_back if asked_with != case.name and case.outcome in ("invalid", "malformed") else _JUDGES[case.outcome]
    )
    assert judge(case, answer), answer.body[:2000]
    if case.outcome in DETAILS:
        assert answer.status == 500
        assert fault.read(answer.child) == ("Server", VP009)
        address = answer.child.findtext("detail/detailString").partition(" at address ")[2]
        where = f"http://127.0.0.1:{_port(case.source) + site.platform.offset}/{_path(asked_with)}. "
        assert re.match(re.escape(where) + DETAILS[case.outcome], address)


def test_timeouts_are_kept(site: Site) -> None:
    """A source that never answers costs the producer's time limit and no more."""
    started = time.monotonic()
    answer = site.post(question(contract("GetFixedContacts"), "191001309812", "SKLTP-MOCK01"))
    assert answer.status == 500
    assert PRODUCER_TIMEOUT <= time.monotonic() - started < PRODUCER_TIMEOUT + 1


@pytest.mark.parametrize("name", NAMES)
def test_a_validating_gateway_stops_an_invalid_answer(validating: Gateway, name: str) -> None:
    answer = validating.post(question(contract(name), "195801309815", "SE2321000222-RIVTA24"))
    assert (answer.status, fault.read(answer.child)) == (500, ("Server", VP009))
    why = answer.child.findtext("detail/detailString")
    assert "1895" in why or "notInTheSchema" in why
    good = validating.post(question(contract(name), "194808069887", "SE0000000005-1234"))
    assert (good.status, len(found_ids(name, good))) == (200, 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_validating_gateway_stops_a_malformed_answer(validating: Gateway, name: str) -> None:
    answer = validating.post(question(contract(name), "195304199804", "SE2321000214-RIVTA23"))
    assert (answer.status, fault.read(answer.child)) == (500, ("Server", VP009))
    assert "not well-formed XML" in answer.child.findtext("detail/detailString")


def test_a_validating_gateway_stops_an_invalid_question(validating: Gateway) -> None:
    body = question(contract("GetFixedContacts"), "194808069887", "SE0000000005-1234")
    answer = validating.post(body.replace(b"extension>", b"extensoin>"))
    assert fault.read(answer.child)[1].startswith("VP015 [rivta] ")
    assert "extensoin" in answer.child.findtext("detail/detailString")
    assert "194808069887" not in answer.body.decode()


# How a direct answer is judged, by outcome; VP009 is looked at above.


def _passed_on(case: Direct, answer: Answer) -> bool:
    """The producer's own fault, untouched."""
    return (answer.status, fault.read(answer.child)) == (500, ("Server", case.text)) and not answer.child.findtext(
        f"detail/{{{ns.GATEWAY}}}help/{{{ns.GATEWAY}}}code", ""
    ).startswith("VP")


def _valid(case: Direct, answer: Answer) -> bool:
    child = answer.child
    return answer.status == 200 and contract(case.name).schema.validate(child)


def _no_records(case: Direct, answer: Answer) -> bool:
    return _valid(case, answer) and not found_ids(case.name, answer)


def _usual(case: Direct, answer: Answer) -> bool:
    expected = held().get((case.name, case.source, case.person), ())
    return _valid(case, answer) and found_ids(case.name, answer).get(case.source, ()) == expected


def _invalid(case: Direct, answer: Answer) -> bool:
    return answer.status == 200 and not contract(case.name).schema.validate(answer.child)


def _malformed(_case: Direct, answer: Answer) -> bool:
    try:
        etree.fromstring(answer.body, xml.parser())
    except etree.XMLSyntaxError:
        return answer.status == 200
    return False


def _kept_back(_case: Direct, answer: Answer) -> bool:
    """Over a bridge nothing crosses that is not of the source's contract."""
    why = answer.child.findtext("detail/detailString") or ""
    return (answer.status, fault.read(answer.child)) == (500, ("Server", VP009)) and "the producer's side: " in why


def _other_person(case: Direct, answer: Answer) -> bool:
    people = people_in(case.name, answer)
    return _valid(case, answer) and len(people) == 1 and case.person not in people


def _logical_error(case: Direct, answer: Answer) -> bool:
    texts = {ns.local(str(element.tag)): element.text for element in answer.child.iter()}
    return _no_records(case, answer) and (texts["resultCode"], texts["message"]) == ("ERROR", case.text)


def _many(case: Direct, answer: Answer) -> bool:
    (row,) = (r for r in rows(PROJECT) if (r["producer"], r["person"]) == (case.source, case.person))
    return _valid(case, answer) and len(found_ids(case.name, answer)[case.source]) == row["records"]


def _faulted(_case: Direct, answer: Answer) -> bool:
    return answer.status == 500


_JUDGES = {
    "fault": _passed_on,
    "slow": _usual,
    "empty": _no_records,
    "invalid": _invalid,
    "malformed": _malformed,
    "wrong-person": _other_person,
    "logical-error": _logical_error,
    "repeat": _many,
    "timeout": _faulted,
    "reset": _faulted,
    "down": _faulted,
    "empty-body": _faulted,
    "http-error": _faulted,
}


@cache
def _port(source: str) -> int:
    return next(producer.port for producer in CATALOGUE.producers if producer.logical_address == source)


def _path(name: str) -> str:
    descriptor = contract(name).descriptor
    return f"{descriptor.name}/{descriptor.major}/rivtabp21"
