"""Which source has which contract for fixed contacts, and that both tell the same."""

from pathlib import Path

import pytest
from generate_samples import Found
from lxml import etree

from gateway.contracts.bridge_reader import load_bridges
from gateway.contracts.contract import load_all
from gateway.contracts.crossing import Crossing
from gateway.producers.generate.spoken import NATIONAL_ONLY, NATIONAL_TOO
from gateway.registry.catalogue import load_catalogue

PROPOSAL, NATIONAL = "GetFixedContacts_1.0", "GetCareManagers_1.0"
CORE = "{urn:riv:coreprocess:planning:coordinatedplanning:1}"


def canonical(element: etree._Element) -> str:
    """Without extensions, prefixes and blanks between elements."""
    for extension in list(element.iter(f"{CORE}*")):
        parent = extension.getparent()
        if parent is not None:
            parent.remove(extension)
    for each in element.iter():
        each.tail = None
        if len(each):
            each.text = None
    return etree.canonicalize(etree.tostring(element, encoding="unicode"), rewrite_prefixes=True)


@pytest.mark.parametrize("slug", sorted(NATIONAL_TOO))
def test_both_contracts_tell_the_same_contacts(fixtures: Path, slug: str) -> None:
    """The file of the national contract is what the bridge makes of the other."""
    contracts = load_all(fixtures.parent)
    national = contracts.find(NATIONAL)
    assert national is not None
    (bridge,) = load_bridges(fixtures.parent, contracts).of(national.descriptor.responder)
    held = {key: etree.parse(fixtures / "records" / slug / f"{key}.xml").getroot() for key in (PROPOSAL, NATIONAL)}
    told = etree.fromstring(etree.tostring(Crossing(bridge).answer(held[PROPOSAL], "")))
    assert len(told) >= 10
    assert canonical(told) == canonical(held[NATIONAL])


def test_the_pilot_has_the_national_contract_only(fixtures: Path) -> None:
    assert {"07-kronoberg"} == NATIONAL_ONLY
    files = {path.name for path in (fixtures / "records" / "07-kronoberg").iterdir()}
    assert files == {f"{NATIONAL}.xml", "GetDocumentedAgreements_1.0.xml", "GetCarePlans_2.0.xml"}


def test_whoever_has_a_contract_has_a_route_for_it_and_nobody_else(fixtures: Path) -> None:
    root = fixtures.parent
    contracts = load_all(root)
    catalogue = load_catalogue(root, contracts)
    routes = {
        (route.receiver, contracts[route.contract].key) for route in catalogue.routes if route.contract in contracts
    }
    for producer in catalogue.producers:
        for key in (PROPOSAL, NATIONAL):
            has = (fixtures / "records" / producer.records / f"{key}.xml").is_file()
            assert ((producer.logical_address, key) in routes) is has, (producer.logical_address, key)


def test_nothing_that_the_patient_must_not_see_is_in_the_national_contract(filed: list[Found]) -> None:
    national = [record for record in filed if record.contract == NATIONAL]
    assert national
    assert not [record for record in national if "Ej godkänd att visas" in record.text("internalNotes")]


def test_agreements_lead_to_contacts_that_only_the_bridge_gives_an_id(records: list[Found]) -> None:
    """test_links_lead_to_records_of_the_same_person proves that the ids are those of the bridge."""
    linked = {
        link.text
        for record in records
        if record.contract.startswith("GetDocumented")
        for link in record.all("relation/objectId/extension")
    }
    bridged = {record.record_id for record in records if record.slug in NATIONAL_ONLY and record.contract == PROPOSAL}
    assert len(bridged) > 30
    assert len(linked & bridged) > 10
