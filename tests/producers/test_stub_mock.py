"""What stubs answer for added contracts of which they hold no records: from the schema."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import etree
from package_samples import RESPONDER, SERVICE_PATH, SHARED_PATH, changed, data_folder, folder, package

from gateway.contracts import added
from gateway.contracts.contract import Contract, Contracts, load_all
from gateway.contracts.packages import store
from gateway.message import Answer, Request
from gateway.producers.request import ANYBODY
from gateway.producers.scenarios import Scenarios
from gateway.producers.store import Holdings
from gateway.producers.stub import StubApp
from gateway.registry.catalogue import Producer
from gateway.soap import ns

TOLVAN, HERE = "191212121212", "HSA-ID-1"


def loaded(path: Path, files: dict[str, str]) -> Contracts:
    """The sample data folder's contracts with a package added."""
    root = data_folder(path / "data")
    store.add(folder(path / "p", files), root, added.folder(root))
    return load_all(root)


def stub(contracts: Contracts, records: str = "mocks", address: str = HERE) -> StubApp:
    producer = Producer(logical_address=address, name="Å", kind="mock", port=9160, records=records)
    return StubApp(contracts, [producer], Holdings(), cast(Scenarios, _NoScenarios()))


class _NoScenarios:
    def find(self, *_: object) -> None:
        return None


def ask(app: StubApp, address: str = HERE, body: str = "") -> Answer:
    body = body or (
        f'<q:GetLoans xmlns:q="{RESPONDER}" xmlns:t="urn:riv:test:loans:1"><q:patientId><t:root>1</t:root>'
        f"<t:extension>{TOLVAN}</t:extension></q:patientId></q:GetLoans>"
    )
    message = (
        f'<s:Envelope xmlns:s="{ns.SOAP11}"><s:Header><i:LogicalAddress xmlns:i="{ns.REGISTRY}">{address}'
        f"</i:LogicalAddress></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()
    request = Request(b"POST", b"/", [], {}, message, "127.0.0.1", 9160, "http", cast(Any, None))
    return asyncio.run(app(request))


def response(answer: Answer, contract: Contract) -> etree._Element:
    """Body's child of a valid answer."""
    assert answer.status == 200, answer.body
    (child,) = etree.fromstring(answer.body).find(f"{{{ns.SOAP11}}}Body")
    contract.schema.assertValid(child)
    return child


def test_one_record_about_the_person_from_the_source_asked(tmp_path: Path) -> None:
    contracts = loaded(tmp_path, package())
    found = response(ask(stub(contracts)), contracts[RESPONDER])
    (record,) = found
    facts = contracts[RESPONDER].record
    assert record.findtext(facts["patient"]) == TOLVAN
    assert record.findtext(".//{*}root") == "1"  # as in the question
    assert record.findtext(facts["source_system"]) == HERE
    assert record.findtext(facts["approved"]) == "true"
    assert record.findtext(facts["time"]) == "20240101120000"


def test_the_same_question_has_the_same_answer_and_sources_have_their_own_ids(tmp_path: Path) -> None:
    contracts = loaded(tmp_path, package())
    identities = [
        response(ask(stub(contracts, address=address), address), contracts[RESPONDER])[0].findtext(
            contracts[RESPONDER].record["id"]
        )
        for address in (HERE, HERE, "HSA-ID-2")
    ]
    assert identities[0] == identities[1] != identities[2]


def test_values_that_the_schema_forbids_are_left_to_the_schema(tmp_path: Path) -> None:
    files = changed(SHARED_PATH, 'name="documentTime" type="xs:string"', 'name="documentTime" type="xs:dateTime"')
    contracts = loaded(tmp_path, files)
    (record,) = response(ask(stub(contracts)), contracts[RESPONDER])
    assert record.findtext(contracts[RESPONDER].record["time"]) == "2024-01-01T12:00:00"


def test_what_cannot_be_aggregated_is_answered_too(tmp_path: Path) -> None:
    files = changed(SERVICE_PATH, 'name="patientId"', 'name="who"')
    contracts = loaded(tmp_path, files)
    body = (
        f'<q:GetLoans xmlns:q="{RESPONDER}" xmlns:t="urn:riv:test:loans:1"><q:who><t:root>1</t:root>'
        f"<t:extension>{TOLVAN}</t:extension></q:who></q:GetLoans>"
    )
    assert len(response(ask(stub(contracts), body=body), contracts[RESPONDER])) == 0


def test_a_schema_without_end_is_told_in_a_fault(tmp_path: Path) -> None:
    head = '<xs:element name="head" type="t:HeadType"/>'
    files = changed(SHARED_PATH, head, f'{head}<xs:element name="part" type="t:LoanType"/>')
    answer = ask(stub(loaded(tmp_path, files)))
    assert answer.status == 500
    assert "requires itself without end" in answer.body.decode()


@pytest.mark.parametrize("address", ["HSA-ID-1", "SE2321000016-ÅÄÖ"])
def test_a_catch_all_answers_to_every_address(address: str, tmp_path: Path) -> None:
    contracts = loaded(tmp_path, package())
    app = stub(contracts, ANYBODY, ANYBODY)
    (record,) = response(ask(app, address), contracts[RESPONDER])
    assert record.findtext(contracts[RESPONDER].record["source_system"]) == address


def test_a_contract_of_ours_without_records_stays_empty(tmp_path: Path) -> None:
    contracts = loaded(tmp_path, package())
    body = (
        '<q:GetThings xmlns:q="urn:riv:test:things:GetThingsResponder:1" xmlns:c="urn:riv:test:things:1"><q:patientId>'
        f"<c:root>1</c:root><c:extension>{TOLVAN}</c:extension></q:patientId></q:GetThings>"
    )
    ours = contracts["urn:riv:test:things:GetThingsResponder:1"]
    assert len(response(ask(stub(contracts), body=body), ours)) == 0
