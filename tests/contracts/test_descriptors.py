"""What a descriptor says about a contract agrees with the contract's schema and WSDL."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from contract_files import ROOT, SOAP, ContractFile, descriptors
from schema_walk import descend, roots

ALL = [pytest.param(d, id=f"{d['name']}-{d['version']}") for d in descriptors()]
CONTRACTS = [pytest.param(d, id=f"{d['name']}-{d['version']}") for d in descriptors() if "aggregate" in d]
MATCHES = {"equals", "overlaps", "within"}


def below(prefix: str, paths: set[str], *wanted: str) -> Iterator[str]:
    """The wanted paths that the message does not have."""
    yield from (f"{prefix}/{path}" for path in wanted if path and f"{prefix}/{path}" not in paths)


def unknown_paths(descriptor: dict[str, Any]) -> list[str]:
    """Every path of the descriptor that no message of the contract can contain."""
    request, response = roots(descriptor)
    asked = {element.path for element in descend(request.local_name, request.type)}
    answered = {element.path for element in descend(response.local_name, response.type)}
    aggregate, record = descriptor["aggregate"], descriptor["record"]
    records = f"{response.local_name}/{aggregate['records']}"
    single = [value for key, value in record.items() if key != "internal"]
    filters = descriptor["filter"]
    return [
        *below(
            request.local_name,
            asked,
            aggregate["patient"],
            aggregate.get("source_filter", ""),
            *(f["request"] for f in filters),
        ),
        *below(response.local_name, answered, aggregate["records"]),
        *below(records, answered, *single, *record["internal"], *(f["record"] for f in filters)),
        *below(f"{response.local_name}/result", answered, *aggregate.get("result", {})),
    ]


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_every_path_exists_in_the_schema(descriptor: dict[str, Any]) -> None:
    assert unknown_paths(descriptor) == []


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_a_misspelt_path_is_noticed(descriptor: dict[str, Any]) -> None:
    descriptor["record"]["internal"].append("internalNote")
    try:
        assert [path.rpartition("/")[2] for path in unknown_paths(descriptor)] == ["internalNote"]
    finally:
        descriptor["record"]["internal"].pop()


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_every_request_element_but_the_patient_is_a_filter(descriptor: dict[str, Any]) -> None:
    request, _ = roots(descriptor)
    elements = [
        path.split("/")[1]
        for path in (e.path for e in descend(request.local_name, request.type))
        if path.count("/") == 1
    ]
    filtered = {rule["request"].split("/")[0] for rule in descriptor["filter"]}
    assert filtered | {descriptor["aggregate"]["patient"].split("/")[0]} == set(elements)
    assert {rule["match"] for rule in descriptor["filter"]} <= MATCHES


@pytest.mark.parametrize("descriptor", ALL)
def test_names_versions_and_files_agree(descriptor: dict[str, Any]) -> None:
    name, version, domain = descriptor["name"], descriptor["version"], descriptor["domain"]
    assert descriptor["responder"] == f"urn:riv:{domain}:{name}Responder:{version.partition('.')[0]}"
    assert descriptor["wsdl"] == f"{name}Interaction_{version}_RIVTABP21.wsdl"
    assert roots(descriptor)[0].target_namespace == descriptor["responder"]
    assert descriptor["status"] in {"proposal", "national"}
    assert set(descriptor["title"]) == {"sv", "en"}


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_the_engagement_index_knows_it_by_domain_and_categorization(descriptor: dict[str, Any]) -> None:
    assert descriptor["aggregate"]["service_domain"] == f"riv:{descriptor['domain']}"
    assert re.fullmatch(r"[a-z]{3}-[a-z]+", descriptor["aggregate"]["categorization"][0])


@pytest.mark.parametrize("descriptor", ALL)
def test_further_soap_actions_are_not_the_one_of_the_wsdl(descriptor: dict[str, Any]) -> None:
    wsdl = ContractFile.read(ROOT / "wsdl" / descriptor["wsdl"])
    published = {operation.get("soapAction") for operation in wsdl.root.iter(f"{SOAP}operation")}
    assert published == {f"{descriptor['responder']}:{descriptor['name']}"}
    assert published.isdisjoint(descriptor["soap_actions"])


def test_the_national_misspelt_soap_action_of_care_plans_is_accepted() -> None:
    care_plans = next(d for d in descriptors() if d["name"] == "GetCarePlans")
    assert care_plans["soap_actions"] == ["urn:riv:clinicalprocess:logistics:GetCarePlansResponder:2:GetCarePlans"]


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_notes_for_staff_are_marked_internal(descriptor: dict[str, Any]) -> None:
    _, response = roots(descriptor)
    prefix = f"{response.local_name}/{descriptor['aggregate']['records']}/"
    notes = {
        e.path.removeprefix(prefix)
        for e in descend(response.local_name, response.type)
        if e.path.endswith("internalNotes")
    }
    assert notes == set(descriptor["record"]["internal"])


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_the_result_of_an_aggregation_is_complete_and_in_schema_order(descriptor: dict[str, Any]) -> None:
    _, response = roots(descriptor)
    elements = [e for e in descend(response.local_name, response.type) if "/result/" in e.path]
    order = [e.path.rpartition("/")[2] for e in elements]
    mandatory = {e.path.rpartition("/")[2] for e in elements if e.cardinality == "1..1"}
    given = list(descriptor["aggregate"].get("result", {}))
    assert given == [name for name in order if name in given]
    assert mandatory <= set(given)
