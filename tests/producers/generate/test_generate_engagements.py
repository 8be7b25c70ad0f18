"""The engagement index agrees with the records."""

from collections import defaultdict
from datetime import datetime
from pathlib import Path

from generate_samples import Found

from gateway.producers.generate.personid import NRID, RESERVE_STOCKHOLM
from gateway.registry.engagements import load_engagements

Key = tuple[str, str, str]
CATEGORIZATION = {
    "GetFixedContacts_1.0": "cpc-gfc",
    "GetCareManagers_1.0": "crr-gcm",
    "GetDocumentedAgreements_1.0": "cpc-gda",
    "GetCarePlans_2.0": "cll-cp",
}
DOMAIN = {
    "cpc-gfc": "riv:coreprocess:planning:coordinatedplanning",
    "crr-gcm": "riv:coreprocess:residentparticipation:residentparticipation",
    "cpc-gda": "riv:coreprocess:planning:coordinatedplanning",
    "cll-cp": "riv:clinicalprocess:logistics:logistics",
}


def _held(records: list[Found]) -> dict[Key, list[Found]]:
    held: dict[Key, list[Found]] = defaultdict(list)
    for record in records:
        held[record.patient, record.source, CATEGORIZATION[record.contract]].append(record)
    return held


def _ordinary(filed: list[Found]) -> list[Found]:
    return [record for record in filed if record.slug != "mocks"]


def _key(row: dict[str, str]) -> Key:
    return row["registered_resident_identification"], row["source_system"], row["categorization"]


def test_the_registry_reads_the_file(fixtures: Path, engagements: list[dict[str, str]]) -> None:
    assert len(load_engagements(fixtures / "engagements.csv")) == len(engagements)


def test_rows_are_sorted(engagements: list[dict[str, str]]) -> None:
    rows = [tuple(row.values()) for row in engagements]
    assert rows == sorted(rows)


def test_whatever_is_held_can_be_found(filed: list[Found], engagements: list[dict[str, str]]) -> None:
    found = {_key(row) for row in engagements}
    for key, held in _held(filed).items():
        assert (key in found) is (held[0].patient_type != RESERVE_STOCKHOLM)


def test_local_reserve_ids_are_never_in_the_index(filed: list[Found], engagements: list[dict[str, str]]) -> None:
    reserved = {record.patient for record in filed if record.patient_type == RESERVE_STOCKHOLM}
    assert len(reserved) == 2
    assert reserved.isdisjoint(row["registered_resident_identification"] for row in engagements)


def test_a_national_reserve_id_has_no_care_plans(filed: list[Found], engagements: list[dict[str, str]]) -> None:
    reserved = {record.patient for record in filed if record.patient_type == NRID}
    categorizations = {
        row["categorization"] for row in engagements if row["registered_resident_identification"] in reserved
    }
    assert categorizations - {"crr-gcm"} == {"cpc-gfc", "cpc-gda"}


def test_stale_engagements_point_to_nothing(
    filed: list[Found], engagements: list[dict[str, str]], persons: list[dict[str, str]]
) -> None:
    held, known = _held(_ordinary(filed)), {row["patient_id"] for row in persons}
    stale = {
        row["registered_resident_identification"]
        for row in engagements
        if row["registered_resident_identification"] in known and _key(row) not in held
    }
    assert len(stale) == 3


def test_columns_agree_with_the_records(filed: list[Found], engagements: list[dict[str, str]]) -> None:
    held = _held(_ordinary(filed))
    for row in engagements:
        assert row["service_domain"] == DOMAIN[row["categorization"]]
        assert row["clinical_process_interest_id"] == "NA"
        for field in ("most_recent_content", "creation_time", "update_time"):
            datetime.strptime(row[field], "%Y%m%d%H%M%S")
        if group := held.get(_key(row)):
            assert row["logical_address"] == row["source_system"]
            assert row["data_controller"] == row["source_system"].split("-RIVTA")[0]
            assert row["business_object_instance_identifier"] == "NA"
            assert row["creation_time"] == min(record.time for record in group)
            newest = max(record.time for record in group)
            assert newest <= row["most_recent_content"] < "20261125"


def test_the_end_of_a_contact_is_news(filed: list[Found], engagements: list[dict[str, str]]) -> None:
    rows = {_key(row): row["most_recent_content"] for row in engagements}
    ended = [
        record
        for record in _ordinary(filed)
        if record.text("code/code") and "" < record.text("period/end") < "20261124"
    ]
    assert ended
    for record in ended:
        if record.patient_type != RESERVE_STOCKHOLM:
            assert rows[record.patient, record.source, CATEGORIZATION[record.contract]][:8] >= record.text("period/end")
