"""What may stand in fixtures/records, and what stops the start."""

from pathlib import Path

import pytest
from stub_samples import (
    AGDA,
    CONTRACTS,
    MOCK1,
    MOCK2,
    NAMES,
    NORTH,
    PRODUCERS,
    SOUTH,
    TOLVAN,
    contract,
    document,
    record,
    write_records,
)

from gateway.errors import DataError
from gateway.producers.store import load

SERVED = [producer for producer in PRODUCERS if producer.kind != "pilot"]


def refused(root: Path, text: str, name: str = "GetFixedContacts_1.0.xml") -> DataError:
    """Why a file does not get in among the others."""
    write_records(root)
    (root / "fixtures" / "records" / "north" / name).write_text(text, "utf-8")
    with pytest.raises(DataError) as caught:
        load(root, CONTRACTS, SERVED)
    assert caught.value.path.name == name
    return caught.value


@pytest.mark.parametrize("name", NAMES)
def test_records_are_found_by_source_system_and_person(tmp_path: Path, name: str) -> None:
    holdings = load(write_records(tmp_path), CONTRACTS, SERVED)
    known = contract(name)
    north = holdings.shelf("north", known)
    found = north.parse(north.of(NORTH, TOLVAN))
    place = known.record["id"] or "{*}practitioner/{*}hsaId/{*}extension"
    assert [one.findtext(place) for one in found] == ["N1", "N3"]
    assert len(north.of(NORTH, AGDA)) == 1
    assert north.of(NORTH, "199001012384") == ()
    mocks = holdings.shelf("mocks", known)
    assert len(mocks.of(MOCK1, TOLVAN)) == len(mocks.of(MOCK2, TOLVAN)) == 1
    assert mocks.some_of(MOCK2) == mocks.of(MOCK2, TOLVAN)
    assert mocks.some_of(SOUTH) == ()


def test_a_record_is_kept_as_it_stands_in_the_file(tmp_path: Path) -> None:
    shelf = load(write_records(tmp_path), CONTRACTS, SERVED).shelf("north", contract("GetFixedContacts"))
    expected = record("GetFixedContacts", TOLVAN, NORTH, "N1", unit="U1", day="20240501")
    assert shelf.of(NORTH, TOLVAN)[0].decode() == expected
    assert "Åsa Öberg" in expected


def test_declarations_of_a_record_s_own_stay_on_it(tmp_path: Path) -> None:
    write_records(tmp_path)
    path = tmp_path / "fixtures/records/north/GetFixedContacts_1.0.xml"
    own = '<ns0:fixedContact xmlns:x="urn:example:x">'
    text = path.read_text("utf-8").replace("<ns0:fixedContact>", own)
    path.write_text(text.replace("</ns0:fixedContact>", "<x:newer/></ns0:fixedContact>"), "utf-8")
    shelf = load(tmp_path, CONTRACTS, SERVED).shelf("north", contract("GetFixedContacts"))
    assert shelf.of(NORTH, TOLVAN)[0].startswith(own.encode())
    (element,) = shelf.parse(shelf.of(NORTH, TOLVAN)[:1])
    assert element[-1].tag == "{urn:example:x}newer"


def test_a_producer_without_folder_or_file_holds_nothing(tmp_path: Path) -> None:
    write_records(tmp_path)
    (tmp_path / "fixtures/records/north/GetCarePlans_2.0.xml").unlink()
    holdings = load(tmp_path, CONTRACTS, SERVED)
    assert not holdings.shelf("north", contract("GetCarePlans")).records
    assert not holdings.shelf("", contract("GetCarePlans")).records


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"records/north: expected a folder with the records of {NORTH}"):
        load(tmp_path, CONTRACTS, SERVED)


def test_a_file_of_no_contract_is_named(tmp_path: Path) -> None:
    error = refused(tmp_path, "<x/>", "GetFixedContact_1.0.xml")
    assert "expected one of" in error.problem
    assert "GetFixedContacts_1.0.xml" in error.problem


def test_broken_xml_is_named_with_its_line(tmp_path: Path) -> None:
    error = refused(tmp_path, "<a>\n<b>\n</a>")
    assert error.line == 3
    assert "expected well-formed XML" in error.problem


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, "<!DOCTYPE a><a/>")
    assert "DOCTYPE" in error.problem


def test_another_root_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, document("GetDocumentedAgreements"))
    assert "GetFixedContactsResponse, found" in error.problem
    assert error.line == 2


def test_a_breach_of_the_schema_is_named_with_line_and_path_but_not_with_the_value(tmp_path: Path) -> None:
    good, bad = (record("GetFixedContacts", TOLVAN, NORTH, identity) for identity in ("A", "B"))
    error = refused(tmp_path, document("GetFixedContacts", good, bad.replace("20240501120000", TOLVAN)))
    assert error.line == 4
    assert "fixedContact/fixedContactHeader/accessControlHeader/blockComparisonTime" in error.problem
    assert "pattern" in error.problem
    assert TOLVAN not in error.problem


def test_lines_are_right_in_long_files(tmp_path: Path) -> None:
    good, bad = (record("GetFixedContacts", TOLVAN, NORTH, identity) for identity in ("A", "B"))
    bad = bad.replace("20240501120000", "1895")
    error = refused(tmp_path, document("GetFixedContacts", good, "\n" * 70_000, bad))
    assert error.line == 70_005


def test_a_record_of_another_source_system_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, document("GetFixedContacts", record("GetFixedContacts", TOLVAN, SOUTH, "A")))
    assert error.line == 3
    assert error.problem == f"a record of the source system {SOUTH}, expected {NORTH}"


def test_a_record_id_may_not_be_used_twice(tmp_path: Path) -> None:
    twice = [record("GetFixedContacts", person, NORTH, "A") for person in (TOLVAN, AGDA)]
    error = refused(tmp_path, document("GetFixedContacts", *twice))
    assert error.line == 4
    assert error.problem == "the record id A is already used on line 3"


def test_a_record_without_person_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path, document("GetFixedContacts", record("GetFixedContacts", "", NORTH, "A")))
    assert error.problem == (
        "expected a value at fixedContactHeader/accessControlHeader/patientId/extension of the record"
    )


def test_a_default_namespace_is_refused(tmp_path: Path) -> None:
    text = document("GetFixedContacts", record("GetFixedContacts", TOLVAN, NORTH, "A")).replace("ns0:", "")
    error = refused(tmp_path, text.replace("xmlns:ns0=", "xmlns="))
    assert "prefixes only" in error.problem


def test_a_result_before_the_records_is_noticed(tmp_path: Path) -> None:
    holdings = load(write_records(tmp_path), CONTRACTS, SERVED)
    assert not holdings.shelf("north", contract("GetCarePlans")).result_first
