"""A stub as a subscriber of the engagement index."""

import asyncio
from typing import cast

import pytest
from gateway_samples import address_header, body_of, envelope
from stub_samples import CONTRACTS, MOCK1, PORTS, PRODUCERS, TOLVAN

from gateway.message import Answer, Request
from gateway.producers.scenarios import Scenario, Scenarios
from gateway.producers.store import Holdings
from gateway.producers.stub import StubApp
from gateway.soap import fault, xml

NOTIFY = "urn:riv:itintegration:engagementindex:ProcessNotificationResponder:1"
CORE = "urn:riv:itintegration:engagementindex:1"
FIELDS = {
    "registeredResidentIdentification": TOLVAN,
    "serviceDomain": "riv:a",
    "categorization": "x",
    "logicalAddress": "S",
    "businessObjectInstanceIdentifier": "NA",
    "clinicalProcessInterestId": "NA",
    "sourceSystem": "S",
    "dataController": "C",
}


def notification(**changed: str) -> bytes:
    values = "".join(f"<c:{name}>{value}</c:{name}>" for name, value in {**FIELDS, **changed}.items())
    told = f"<c:deleteFlag>false</c:deleteFlag><c:engagement>{values}</c:engagement>"
    body = f"<u:engagementTransaction>{told}</u:engagementTransaction>"
    request = f'<u:ProcessNotification xmlns:u="{NOTIFY}" xmlns:c="{CORE}">{body}</u:ProcessNotification>'
    return envelope(request, address_header(MOCK1))


def answer(body: bytes, *scenarios: Scenario) -> Answer:
    rows = {(each.producer, each.person, each.contract): each for each in scenarios}
    app = StubApp(CONTRACTS, PRODUCERS, Holdings(), Scenarios(rows))
    nobody = cast(asyncio.Transport, None)
    request = Request(b"POST", b"/", [], {}, body, "127.0.0.1", PORTS[MOCK1], "http", nobody)
    return asyncio.run(app(request))


def test_it_receives() -> None:
    found = answer(notification())
    response = body_of(found.body)
    assert (found.status, response.tag) == (200, f"{{{NOTIFY}}}ProcessNotificationResponse")
    assert response.findtext(f"{{{NOTIFY}}}ResultCode") == "OK"
    assert CONTRACTS[NOTIFY].schema.validate(response)


@pytest.mark.parametrize(("outcome", "status"), [("fault", 500), ("logical-error", 200)])
def test_a_scenario_may_let_it_fail(outcome: str, status: int) -> None:
    scenario = Scenario(producer=MOCK1, person=TOLVAN, contract=NOTIFY, outcome=outcome, text="Fullt här")
    found = answer(notification(), scenario)
    assert found.status == status
    response = body_of(found.body)
    if status == 500:
        assert fault.read(response)[1] == "Fullt här"
        return
    assert not xml.is_fault(response)
    assert response.findtext(f"{{{NOTIFY}}}ResultCode") == "ERROR"
    assert response.findtext(f"{{{NOTIFY}}}comment") == "Fullt här"
    other = body_of(answer(notification(registeredResidentIdentification="188803099368"), scenario).body)
    assert other.findtext(f"{{{NOTIFY}}}ResultCode") == "OK"


def test_what_breaks_the_schema_is_refused() -> None:
    found = answer(notification().replace(b"<c:dataController>C</c:dataController>", b""))
    assert found.status == 500
    assert b"dataController" in found.body
