"""A client made from nothing but the WSDL files (zeep) understands the gateway, whoever answers behind it."""

from collections.abc import Iterator
from typing import Any

import pytest
import zeep
from interop_expected import NAMES, NATIONAL_NAME, Scenarios, contract, held
from interop_site import NATIONAL, ROOT, SENDERS, SETTINGS, Site
from zeep.helpers import serialize_object
from zeep.transports import Transport

from gateway.consumers.ask import id_type

pytestmark = pytest.mark.sockets

PILOT = "SE2321000065-RIVTA07"
DEMO = "194103149805"


class Client:
    """One contract's operation, called as a consumer's program calls it."""

    def __init__(self, name: str, site: Site) -> None:
        self.name = name
        self._transport = Transport(timeout=10, operation_timeout=10)
        self._transport.session.headers.update(
            {"x-vp-sender-id": SENDERS["1177"], "x-vp-instance-id": SETTINGS.instance_id}
        )
        client = zeep.Client(str(ROOT / "wsdl" / contract(name).descriptor.wsdl), transport=self._transport)
        (binding,) = client.wsdl.bindings
        self._call = client.create_service(binding, f"http://127.0.0.1:{site.port}/vp")[name]

    def records(self, address: str, person: str, **more: Any) -> list[dict[str, Any]]:
        return self.ask(address, person, **more)[contract(self.name).descriptor.aggregate.records]

    def ask(self, address: str, person: str, **more: Any) -> dict[str, Any]:
        answer = self._call(patientId=self._person(person), _soapheaders={"LogicalAddress": address}, **more)
        answer = serialize_object(answer, dict)
        if not isinstance(answer, dict):  # zeep unwraps a response that has one element and no room for others
            return {contract(self.name).descriptor.aggregate.records: answer or []}
        return answer.get("body", answer)

    def _person(self, person: str) -> dict[str, str]:
        names = ("id", "type") if self.name == "GetCarePlans" else ("extension", "root")
        return dict(zip(names, (person, id_type(person)), strict=True))

    def close(self) -> None:
        self._transport.session.close()


@pytest.fixture(params=NAMES)
def client(request: pytest.FixtureRequest, site: Site) -> Iterator[Client]:
    found = Client(request.param, site)
    yield found
    found.close()


def _identity(name: str, record: dict[str, Any]) -> str:
    """As in interop_expected.identity."""
    path = contract(name).descriptor.record.id
    paths = [path] if path else ["practitioner/hsaId/extension", "code/code", "code/originalText", "period/start"]
    return "|".join(_text(record, each) for each in paths)


def _text(record: dict[str, Any], path: str) -> str:
    found: Any = record
    for step in path.split("/"):
        found = found[step]
    return found or ""


def test_aggregated(client: Client, scenarios: Scenarios) -> None:
    expected = [identity for each in scenarios.expected(client.name, DEMO).values() for identity in each.records]
    assert len(expected) >= 3
    assert [_identity(client.name, record) for record in client.records(NATIONAL, DEMO)] == expected


def test_a_region_directly(client: Client) -> None:
    source = "SE2321000057-RIVTA06"
    expected = held()[client.name, source, DEMO]
    assert [_identity(client.name, record) for record in client.records(source, DEMO)] == list(expected)


def test_the_pilot_on_another_stack(client: Client) -> None:
    expected = held()[client.name, PILOT, DEMO]
    assert expected
    assert [_identity(client.name, record) for record in client.records(PILOT, DEMO)] == list(expected)


def test_the_pilot_and_a_stub_say_the_same_in_the_same_types(client: Client) -> None:
    """Values arrive as the types of the schema, from spyne and from our own stubs alike."""
    path = contract(client.name).descriptor.record.approved
    records = client.records(NATIONAL, DEMO)
    assert records
    for record in records if path else ():
        approved: Any = record
        for step in path.split("/"):
            approved = approved[step]
        assert isinstance(approved, bool)


def test_result(client: Client) -> None:
    for address, code in ((NATIONAL, "INFO"), (PILOT, "OK"), ("SE2321000057-RIVTA06", "OK")):
        answer = client.ask(address, DEMO)
        assert ("result" in answer) is (client.name == "GetCarePlans")
        if "result" in answer:
            assert answer["result"]["resultCode"] == code


def test_nobody_holds_anything(client: Client) -> None:
    for address in (NATIONAL, PILOT, "SE2321000057-RIVTA06"):
        assert client.records(address, "199001012384") == []


def test_filters_reach_the_sources(client: Client) -> None:
    """A period before any record; the source filter, which the aggregating service itself obeys.

    Over a bridge too: the pilot has neither in its contract for fixed contacts.
    """
    if client.name == NATIONAL_NAME:
        pytest.skip("has neither a period nor a source to ask for")
    period = "datePeriod" if client.name == "GetCarePlans" else "validityPeriod"
    assert client.records(NATIONAL, DEMO, **{period: {"start": "19000101", "end": "19001231"}}) == []
    source: Any = PILOT if client.name == "GetCarePlans" else {"root": "1.2.752.129.2.1.4.1", "extension": PILOT}
    key = "sourceSystemHSAId" if client.name == "GetCarePlans" else "sourceSystemId"
    found = [_identity(client.name, record) for record in client.records(NATIONAL, DEMO, **{key: source})]
    assert found == list(held()[client.name, PILOT, DEMO])


def test_a_refusal_is_a_fault_that_zeep_reads(client: Client) -> None:
    with pytest.raises(zeep.exceptions.Fault, match=r"^VP004 \[rivta\] Det finns inget vägval ") as caught:
        client.records("SE0000000000-NOBODY", DEMO)
    assert caught.value.code.endswith(":Client")
    assert caught.value.detail.findtext("detailString").endswith("receiverId: SE0000000000-NOBODY")


def test_a_producers_fault_is_a_fault_that_zeep_reads(client: Client) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="Tekniskt fel i källsystemet") as caught:
        client.records("SE2321000016-RIVTA01", "198605209801")
    assert caught.value.code.endswith(":Server")
