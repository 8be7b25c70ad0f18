"""The fast way and the thorough way agree: what the fast one lets pass, the thorough one finds nothing in."""

import random
import re
from pathlib import Path

import pytest
from check_samples import ANSWER, EXAMPLES, NOW, PLANS, QUESTION, checker

from gateway.contracts.messages import checker as module
from gateway.contracts.messages.shapes import Shapes

TEXT = re.compile(r">(\s*[^<\s][^<]*)<")
# A link to a record of the same kind is followed the thorough way.
ELSEWHERE = ANSWER.replace(">FIXED_CONTACT<", ">CARE_PLAN<")
AGREEMENT = (EXAMPLES / "agreements-answer.xml").read_text("utf-8").replace(">DOCUMENTED_AGREEMENT<", ">CARE_PLAN<")
AGREEMENT = AGREEMENT.replace(">REPLACES<", ">PART_OF<")
# What texts are replaced with: wrong ones of every kind, and what a parser reads in another way than it is written.
VALUES = [
    *("", " ", "x", "9", "true", "ja", "20260231", "20240229", "20991231120000", "191212121213", "1212121212", "å"),
    *("SUPPORT", "FIXED_CONTACT", "1.2.752.129.2.1.4.1", "1.2.752.129.2.1.3.1", "SE2321000065-ÅÄÖ", " 5565594230"),
    *("a&amp;b", "a&b", "\r\n x", "]]>", "\x01", "\ufffe", "<core:x/>", "<!-- c -->", "x > y", "\u2028"),
    *("2321000065", "Ring mig.", "Hör dåligt."),
]


class Blind(Shapes):
    """Knows no shape, so that every message takes the thorough way."""

    def find(self, data: bytes, wanted: str) -> None:
        return None


def variants(text: str, count: int) -> list[str]:
    """The message with one or two texts replaced, the same ones every time."""
    chance = random.Random(text)
    places = [found.span(1) for found in TEXT.finditer(text)]
    made = []
    for _ in range(count):
        changed = text
        for start, end in sorted(chance.sample(places, chance.choice((1, 1, 2))), reverse=True):
            other = text[slice(*chance.choice(places))]
            changed = changed[:start] + chance.choice([*VALUES, other, other]) + changed[end:]
        made.append(changed)
    return made


GOOD = {"answer": ELSEWHERE, "question": QUESTION, "plans": PLANS, "agreement": AGREEMENT}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
@pytest.mark.parametrize("asked", [False, True], ids=["alone", "with request"])
def test_what_passes_quickly_is_good(text: str, asked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    fast, slow = checker(), checker()
    monkeypatch.setattr(slow, "_shapes", Blind(NOW))
    request = QUESTION.encode() if asked else None
    fast.check("m.xml", text.encode())
    quick = 0
    for changed in variants(text, 250):
        data = changed.encode()
        shape = fast._shapes.find(data, slow.patient(request))
        if shape is not None:
            quick += 1
            expected = slow.check("m.xml", data, request)
            assert expected.findings == [], changed
            assert (shape.contract, shape.kind) == (expected.subject.contract, expected.subject.kind)
    assert quick >= 5 or (asked and text != ELSEWHERE), "the fast way is taken at all"


class Unread(Exception):
    """A document was to be parsed."""


def unread(*_: object) -> None:
    raise Unread


def test_a_message_of_a_known_shape_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = checker()
    judge.check("m.xml", ELSEWHERE.encode())
    monkeypatch.setattr(module, "Document", unread)
    changed = (
        ELSEWHERE.replace(":FK1<", ":FK99<")
        .replace("Åsa Öberg", "Örjan Åberg")
        .replace("20240501120000", "20240601120000")
    )
    found = judge.check("other.xml", changed.encode())
    assert (found.findings, found.subject.name, found.subject.kind) == ([], "other.xml", "response")
    with pytest.raises(Unread):
        judge.check("m.xml", ELSEWHERE.replace("20240501</", "20240231</").encode())


@pytest.mark.parametrize("bad", ["\x01", "\ufffe", "20260231", "ja"])
def test_a_text_that_is_refused_leaves_no_trace(bad: str) -> None:
    judge = checker()
    judge.check("m.xml", ELSEWHERE.encode())
    assert judge.check("m.xml", ELSEWHERE.replace(">20240501120000<", f">{bad}<").encode()).findings != []
    assert judge._shapes.find(ELSEWHERE.encode(), "") is not None


def test_a_message_with_a_finding_is_not_learnt() -> None:
    judge = checker()
    wrong = ANSWER.replace("20240501</", "20240231</").encode()
    assert judge.check("m.xml", wrong).findings == judge.check("m.xml", wrong).findings != []


def test_a_reader_always_takes_the_thorough_way() -> None:
    judge = checker(reader="resident")
    judge.check("m.xml", ANSWER.encode())
    assert [each.rule for each in judge.check("m.xml", ANSWER.encode()).findings] == ["RIVTA-SEM-017"]


def test_attributes_with_angles_do_not_fool_it() -> None:
    judge = checker()
    there = '<core:root xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:a>b x.xsd">'
    text = ELSEWHERE.replace("<core:root>", there, 1)
    assert judge.check("m.xml", text.encode()).findings == []
    assert judge._shapes._shapes == {}


def test_examples_are_judged_alike_after_others(tmp_path: Path) -> None:
    """A checker that has seen everything judges as one that has seen nothing."""
    seen = checker()
    for _ in range(2):
        for path in sorted(EXAMPLES.glob("*.xml")):
            data = path.read_bytes()
            assert seen.check(path.name, data) == checker().check(path.name, data)
