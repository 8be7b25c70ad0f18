"""GetCarePlans 2.0 on the wire: what is valid nationally is valid here, and what is not is not."""

import pytest
from care_plans_judges import verdicts
from care_plans_messages import NAMESPACES, PATIENT, REQUEST, RESPONSE, RESULT
from care_plans_request_facts import REQUESTS
from care_plans_response_facts import KINDS, MEDIA_TYPES, RESPONSES
from lxml import etree


def judged(message: str) -> list[bool]:
    return verdicts(etree.fromstring(message.strip().encode("utf-8")))


def changed(message: str, old: str, new: str) -> str:
    assert old in message, f"the message does not contain {old!r}"
    return message.replace(old, new) if old else message


@pytest.mark.parametrize(("fact", "valid", "old", "new"), REQUESTS, ids=[case[0] for case in REQUESTS])
def test_request(fact: str, valid: bool, old: str, new: str) -> None:
    assert judged(changed(REQUEST, old, new)) == [valid, valid], fact


@pytest.mark.parametrize(("fact", "valid", "old", "new"), RESPONSES, ids=[case[0] for case in RESPONSES])
def test_response(fact: str, valid: bool, old: str, new: str) -> None:
    assert judged(changed(RESPONSE, old, new)) == [valid, valid], fact


@pytest.mark.parametrize("kind", KINDS)
def test_kind_of_plan(kind: str) -> None:
    assert judged(changed(RESPONSE, ">RP<", f">{kind}<")) == [True, True]


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_media_type(media_type: str) -> None:
    assert judged(changed(RESPONSE, "text/plain", media_type)) == [True, True]


def test_the_smallest_request_has_only_a_patient() -> None:
    assert judged(f"<svc:GetCarePlans {NAMESPACES}>{PATIENT}</svc:GetCarePlans>") == [True, True]


def test_the_smallest_response_has_only_a_result() -> None:
    message = f"<svc:GetCarePlansResponse {NAMESPACES}>{RESULT}</svc:GetCarePlansResponse>"
    assert judged(message) == [True, True]
