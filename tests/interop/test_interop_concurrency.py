"""Many questions at once do not mix, and the same question gives the same answer every time."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from interop_expected import NAMES, Scenarios, check, contract, engaged, people_in, persons
from interop_site import NATIONAL, Answer, Site

from gateway.consumers.ask import question

pytestmark = pytest.mark.sockets

TIMES = re.compile(rb"(<last(?:Unsuccessful|Successful)Synch>)\d{14}(<)")
DEMO = "194103149805"


def _crowd(name: str, scenarios: Scenarios, count: int) -> list[str]:
    """The persons with most sources, first those of whom a source misbehaves."""
    known = [person for person in persons() if (name, person) in engaged()]
    trouble = [person for person in known if any(source.code for source in scenarios.expected(name, person).values())]
    others = sorted(set(known) - set(trouble), key=lambda person: (-len(engaged()[name, person]), person))
    return (trouble + others)[:count]


@pytest.mark.parametrize("name", NAMES)
def test_forty_persons_at_once(site: Site, scenarios: Scenarios, name: str) -> None:
    asked = _crowd(name, scenarios, 40)
    assert len(set(asked)) == 40
    with ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(lambda person: site.post(question(contract(name), person, NATIONAL)), asked))
    for person, answer in zip(asked, answers, strict=True):
        check(name, answer, scenarios.expected(name, person))
        assert people_in(name, answer) <= {person}
        others = set(persons()) - {person}
        assert not any(other.encode() in answer.body for other in others)


def test_contracts_and_addresses_at_once(site: Site, scenarios: Scenarios) -> None:
    """Each answer is of the contract that was asked with, and carries its own correlation id."""
    asked = [(name, person) for person in _crowd("GetFixedContacts", scenarios, 40)[-16:] for name in NAMES]
    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda case: site.post(question(contract(case[0]), case[1], NATIONAL)), asked))
    for (name, person), answer in zip(asked, answers, strict=True):
        assert answer.child.tag == contract(name).response_tag
        check(name, answer, scenarios.expected(name, person))
    assert len({answer.trace for answer in answers}) == len(asked)


def _steady(answer: Answer) -> bytes:
    """Without times, and without what depends on which kept connection a source had just closed."""
    return re.sub(rb"(reset|closed) the connection without an answer[^<]*", b"cut", _timeless(answer))


def _timeless(answer: Answer) -> bytes:
    return TIMES.sub(rb"\1\2", answer.body)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("person", [DEMO, "191001239803", "191001279809"], ids=["demo", "twenty-sources", "a-fault"])
def test_ten_times_the_same(site: Site, scenarios: Scenarios, name: str, person: str) -> None:
    body = question(contract(name), person, NATIONAL)
    answers = [site.post(body) for _ in range(10)]
    assert TIMES.search(answers[0].body)
    assert len({_steady(answer) for answer in answers}) == 1
    sources = re.findall(rb"<logicalAddress>([^<]+)<", answers[0].body)
    assert sources == sorted(source.encode() for source in scenarios.expected(name, person))
