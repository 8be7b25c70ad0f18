"""The account of how an aggregated answer came about: who gets it, and what it tells."""

import json
from typing import Any

import pytest
from aggregated import ask, good, identities, statuses, world
from gateway_parts import Bench
from gateway_samples import (
    AGGREGATE,
    TOLVAN,
    answer_message,
    engagement,
    headers,
    question,
    record,
    request,
    soap_fault,
)
from lxml import etree

from gateway.message import Answer
from gateway.router.send import ProducerAnswer, ProducerError
from gateway.soap import ns

NAME = "GetFixedContacts"
EXPLANATION = f"{{{ns.GATEWAY}}}explanation"


def explained(found: Bench, body: bytes | None = None, **more: Any) -> Answer:
    named = headers(**more)
    return found.handle(request(question() if body is None else body, [*named, (b"x-rivta-explain", b"true")]))


def told(answer: Answer) -> dict[str, Any]:
    text = etree.fromstring(answer.body).findtext(f"{{{ns.SOAP11}}}Header/{EXPLANATION}")
    assert text
    found: dict[str, Any] = json.loads(text)
    return found


def of(told: list[dict[str, Any]], key: str, *fields: str) -> dict[str, Any]:
    return {each[key]: tuple(each[field] for field in fields) for each in told}


def test_hits_and_their_verdicts() -> None:
    held = [
        engagement("A"),
        engagement("B"),
        engagement("L", AGGREGATE),
        engagement("N"),
        engagement("A", name="GetCarePlans"),
    ]
    found = told(explained(world({"A": good("A", "A1"), "B": good("B", "B1")}, denied=["B"], engagements=held)))
    verdicts = of(found["hits"], "source_system", "verdict")
    assert verdicts == {"A": ("asked",), "B": ("denied",), "L": ("loop",), "N": ("unroutable",)}
    why = of(found["hits"], "source_system", "why")
    assert why["A"] == ({},)
    assert "permission" in why["B"][0]["en"]
    assert "behörighet" in why["B"][0]["sv"]
    assert "N" in why["N"][0]["en"]


def test_engagements_of_another_categorization_are_shown_but_not_asked() -> None:
    from dataclasses import replace

    other = replace(engagement("B"), categorization="x-y")
    answer = explained(world({"A": good("A", "A1"), "B": good("B", "B1")}, engagements=[engagement("A"), other]))
    assert of(told(answer)["hits"], "source_system", "verdict") == {"A": ("asked",), "B": ("other-category",)}
    assert identities(answer.body) == ["A1"]
    assert list(statuses(answer.body)) == ["A"]


def test_every_call_with_its_outcome() -> None:
    good_one = answer_message(NAME, record(NAME, "A", "A1"), record(NAME, "A", "A2"))
    found = told(
        explained(
            world(
                {
                    "A": ProducerAnswer(200, [], good_one),
                    "B": ProducerAnswer(500, [], soap_fault(f"Okänd {TOLVAN}")),
                    "C": ProducerError("refused", "x"),
                }
            )
        )
    )
    calls = of(found["sources"], "source", "url", "outcome", "status", "bytes", "records")
    assert calls["A"] == ("http://a/vp", "ok", 200, len(good_one), 2)
    assert calls["B"][:3] == ("http://b/vp", "fault", 500)
    assert calls["C"] == ("http://c/vp", "refused", 0, 0, 0)
    for each in found["sources"]:
        moments = (found["index_answered"], each["sent"], each["answered"], each["examined"], found["gathered"])
        assert list(moments) == sorted(moments)
        assert each["contract"] == "GetFixedContacts_1.0"
    assert found["gathered"] <= found["merged"]


def test_no_person_is_named() -> None:
    answer = explained(world({"A": ProducerAnswer(500, [], soap_fault(f"Okänd {TOLVAN}"))}))
    assert TOLVAN not in json.dumps(told(answer))


def test_duplicates_are_counted() -> None:
    same = ProducerAnswer(200, [], answer_message(NAME, record(NAME, "X", "same")))
    assert told(explained(world({"A": same, "B": same})))["repeated"] == 1


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_whoever_does_not_ask_gets_none(mode: str) -> None:
    assert EXPLANATION.encode() not in ask(world({"A": good("A", "A1")}, mode=mode)).body
    assert b"explanation" in explained(world({"A": good("A", "A1")}, mode=mode)).body


def test_who_may_not_name_a_sender_gets_none() -> None:
    """The account tells what others may and where they are."""
    found = world({"A": good("A", "A1")})
    answer = explained(found, instance="somebody-else")
    assert b"explanation" not in answer.body


def test_sources_do_not_learn_of_it() -> None:
    found = world({"A": good("A", "A1")})
    explained(found)
    (sent,) = found.client.sent
    assert b"x-rivta-explain" not in dict(sent.headers)
