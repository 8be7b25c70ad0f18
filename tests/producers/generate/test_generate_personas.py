"""National personas and scenarios agree with records, engagements and routes."""

from pathlib import Path
from typing import Any

import pytest
from generate_samples import Found

from gateway.contracts.contract import load_all
from gateway.producers.scenarios import load_scenarios
from gateway.producers.store import load
from gateway.registry.catalogue import load_catalogue

CATEGORIZATION = {
    "GetFixedContacts": "cpc-gfc",
    "GetCareManagers": "crr-gcm",
    "GetDocumentedAgreements": "cpc-gda",
    "GetCarePlans": "cll-cp",
}
FAILING = {"fault", "timeout", "invalid", "malformed", "reset", "wrong-person"}
EMPTY = {"empty", "logical-error"}
LOOP = "5565594230"


def test_every_persona_of_the_national_suites_is_there(personas: list[dict[str, Any]]) -> None:
    sources = {persona["source"].split(" (")[0] for persona in personas}
    assert {f"agp 1.11 TC{number}" for number in range(1, 11)} <= sources
    suites = ["P0", "Pnone", *(f"P{number}" for number in (*range(1, 11), *range(13, 18)))]
    assert {f"SoapUI {name}" for name in suites} <= sources


def _outcome(scenarios: list[dict[str, Any]], producer: str, person: str, contract: str) -> dict[str, Any]:
    for asked in ((person, contract), (person, "*"), ("*", contract), ("*", "*")):
        for row in scenarios:
            if row["producer"] == producer and (row["person"], row["contract"]) == asked:
                return row
    return {"outcome": "usual"}


@pytest.mark.parametrize("contract", CATEGORIZATION)
def test_the_expected_answers_follow_from_the_files(
    contract: str,
    personas: list[dict[str, Any]],
    scenarios: list[dict[str, Any]],
    engagements: list[dict[str, str]],
    filed: list[Found],
    routed: set[str],
) -> None:
    for persona in personas:
        person = persona["id"]
        called = {
            row["source_system"]
            for row in engagements
            if row["registered_resident_identification"] == person
            and row["categorization"] == CATEGORIZATION[contract]
            and row["logical_address"] != LOOP
            and row["logical_address"].lower() in routed
        }
        answered, failed = 0, 0
        for source in called:
            held = sum(
                1
                for record in filed
                if (record.patient, record.source) == (person, source) and record.contract.startswith(f"{contract}_")
            )
            scenario = _outcome(scenarios, source, person, contract)
            if scenario["outcome"] in FAILING:
                failed += 1
            elif scenario["outcome"] == "repeat":
                answered += scenario["records"] if held else 0
            elif scenario["outcome"] not in EMPTY:
                answered += held
        found = {"records": answered, "statuses": len(called), "failed": failed}
        assert persona["expected"][contract] == found, persona["source"]


def test_personas_are_explained_in_both_languages(personas: list[dict[str, Any]]) -> None:
    for persona in personas:
        assert persona["meaning"]["sv"]
        assert persona["meaning"]["en"]


def test_only_contracts_with_a_result_have_logical_errors(scenarios: list[dict[str, Any]]) -> None:
    contracts = {row["contract"] for row in scenarios if row["outcome"] == "logical-error"}
    assert contracts == {"GetCarePlans"}


def test_scenarios_say_why_in_both_languages(scenarios: list[dict[str, Any]]) -> None:
    assert all(" / " in row["why"] for row in scenarios)


def test_demonstrations_show_each_kind_of_trouble(
    scenarios: list[dict[str, Any]], persons: list[dict[str, str]]
) -> None:
    known = {row["patient_id"] for row in persons}
    shown = {row["outcome"] for row in scenarios if row["person"] in known}
    assert shown == {"reset", "slow", "fault", "invalid", "malformed", "wrong-person", "timeout"}


def test_whoever_has_a_failing_source_has_another_that_answers(
    scenarios: list[dict[str, Any]], persons: list[dict[str, str]], ordinary: list[Found]
) -> None:
    known = {row["patient_id"] for row in persons}
    for row in scenarios:
        if row["person"] in known:
            sources = {record.source for record in ordinary if record.patient == row["person"]}
            assert row["producer"] in sources
            assert len(sources) > 1


@pytest.fixture(scope="module")
def routed(fixtures: Path) -> set[str]:
    """Logical addresses with a route, in lower case as the catalogue compares them."""
    root = fixtures.parent
    return {route.receiver.lower() for route in load_catalogue(root, load_all(root)).routes}


def test_the_stubs_accept_the_files(fixtures: Path) -> None:
    root = fixtures.parent
    contracts = load_all(root)
    producers = load_catalogue(root, contracts).producers
    assert len(load_scenarios(root, contracts, producers)) == (fixtures / "scenarios.toml").read_text("utf-8").count(
        "\n[[scenario]]\n"
    )
    holdings = load(root, contracts, producers)
    mocks = next(iter(producer for producer in producers if producer.logical_address == "LOAD-MOCKS"))
    for contract in contracts.values():
        if contract.descriptor.name in CATEGORIZATION:
            shelf = holdings.shelf(mocks.records, contract)
            assert len(shelf.of("LOAD-MOCKS", "196711222940")) == 1
