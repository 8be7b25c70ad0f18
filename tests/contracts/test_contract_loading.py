"""``gateway.contracts.contract``: descriptors and schemas into contracts, and every way in which they do not fit."""

from pathlib import Path

import pytest
from contract_folder import DESCRIPTOR, DOMAIN, SCHEMA, make_contract
from gateway_samples import NAMES, contracts

from gateway.contracts.contract import Contract, Contracts, load_all, load_contract
from gateway.errors import DataError

TNS, CORE = "{urn:riv:test:things:GetThingsResponder:1}", "{urn:riv:test:things:1}"


def refused(root: Path, path: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load_contract(path, root)
    return caught.value


def test_a_contract_is_made_of_descriptor_and_schema(tmp_path: Path) -> None:
    found = load_contract(make_contract(tmp_path), tmp_path)
    assert (found.key, found.descriptor.major) == ("GetThings_1.2", "1")
    assert (found.request_tag, found.response_tag) == (f"{TNS}GetThings", f"{TNS}GetThingsResponse")
    assert found.record_tag == f"{TNS}thing"
    assert found.patient == f"{TNS}patientId/{CORE}extension"
    assert found.source_filter == f"{TNS}source"
    assert found.record["patient"] == f"{CORE}head/{CORE}patientId/{CORE}extension"
    assert set(found.record) == {"id", "patient", "source_system", "care_giver", "care_unit", "time", "approved"}
    assert found.internal == (f"{CORE}note",)
    assert (found.result, found.result_tag) == ((), "")


def test_without_source_filter_there_is_no_path(tmp_path: Path) -> None:
    path = make_contract(tmp_path, descriptor=DESCRIPTOR.replace('source_filter = "source"\n', ""))
    assert load_contract(path, tmp_path).source_filter == ""


@pytest.mark.parametrize("name", NAMES)
def test_the_projects_contracts_load(name: str) -> None:
    found = contracts().find(name)
    assert found is not None
    assert found.descriptor.name == name
    assert contracts()[found.descriptor.responder] is found


def test_the_aggregated_result_of_care_plans() -> None:
    """National AgP, GetCarePlans 2: the result is INFO with logId NA, whatever the sources said."""
    found = contracts().find("GetCarePlans")
    assert found is not None
    assert found.result_tag == "{urn:riv:clinicalprocess:logistics:logistics:GetCarePlansResponder:2}result"
    assert [tag.rpartition("}")[2] for tag, _ in found.result] == ["resultCode", "logId", "message"]
    assert [value for _, value in found.result[:2]] == ["INFO", "NA"]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('status = "proposal"', 'status = "draft"', 3, "Invalid enum value 'draft'"),
        ('domain = "test:things"\n', "", 0, "missing required field `domain`"),
        ('wsdl = "GetThings.wsdl"', "wsdl = 1", 6, "Expected `str`"),
        ("[title]", "extra = 1\n[title]", 9, "unknown field `extra`"),
        ('en = "Things"', 'en = "Things"\nfi = "Asiat"', 12, "unknown field `fi`"),
        ('match = "equals"', 'match = "like"', 33, "Invalid enum value 'like'"),
        ('source_system = "head/source"\n', "", 20, "missing required field `source_system`"),
        ('version = "1.2"', 'version = "1.2', 2, "not valid TOML"),
    ],
)
def test_a_mistake_in_the_descriptor_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, told: str
) -> None:
    assert old in DESCRIPTOR
    path = make_contract(tmp_path, descriptor=DESCRIPTOR.replace(old, new))
    error = refused(tmp_path, path)
    assert (error.path, error.line) == (path, line)
    assert told in error.problem


@pytest.mark.parametrize("version", ["1", "1.2.3", "v1.2", ""])
def test_a_version_is_major_and_minor(tmp_path: Path, version: str) -> None:
    """RIV-TA: a contract's version is major.minor; addresses carry the major one (Basic Profile 2.1 #19)."""
    text = DESCRIPTOR.replace('version = "1.2"', f'version = "{version}"')
    error = refused(tmp_path, make_contract(tmp_path, descriptor=text, key=f"GetThings_{version}"))
    assert error.line == 2


def test_the_file_name_must_be_the_key(tmp_path: Path) -> None:
    path = make_contract(tmp_path, key="GetThings_1.3")
    assert "expected the file name GetThings_1.2.toml" in refused(tmp_path, path).problem


@pytest.mark.parametrize("name", ["wsdl/GetThings.wsdl", "xsd/GetThings.xsd"])
def test_a_file_that_is_not_there(tmp_path: Path, name: str) -> None:
    path = make_contract(tmp_path)
    (tmp_path / name).unlink()
    error = refused(tmp_path, path)
    assert error.path == path
    assert str(tmp_path / name) in error.problem


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            '"patientId/extension"',
            '"patientId/extensio"',
            "the path patientId/extensio fails at extensio; known here: root",
        ),
        ('source_filter = "source"', 'source_filter = "src"', "the path src fails at src"),
        ('records = "thing"', 'records = "things"', "the path things fails at things; known here: thing"),
        ('id = "head/id"', 'id = "head/identity"', "fails at identity"),
        (
            'approved = "head/approved"',
            'approved = "approved"',
            "fails at approved; known here: head, note, left, right",
        ),
        ('internal = ["note"]', 'internal = ["note", "notes"]', "fails at notes"),
        ('request = "source"', 'request = "sourc"', "fails at sourc"),
        ('record = "head/source"', 'record = "head/source/x"', "fails at x; known here: no children"),
        ("GetThingsResponder:1", "GetThingsResponder:2", "expected a global element {urn:riv:test:things:GetThingsRes"),
        ('records = "thing"', 'records = "thing"\n[aggregate.result]\nresultCode = "OK"', "fails at result"),
    ],
)
def test_a_path_that_the_schema_does_not_have(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in DESCRIPTOR
    path = make_contract(tmp_path, descriptor=DESCRIPTOR.replace(old, new))
    error = refused(tmp_path, path)
    assert error.path == path
    assert "does not fit its schema" in error.problem
    assert told in error.problem


def test_a_schema_that_is_not_xml(tmp_path: Path) -> None:
    path = make_contract(tmp_path, domain="<xs:schema>\n<oj>\n</xs:schema>")
    error = refused(tmp_path, path)
    assert error.path.name == "things.xsd"
    assert error.line > 0
    assert "well-formed" in error.problem


def test_an_import_that_leads_nowhere(tmp_path: Path) -> None:
    path = make_contract(tmp_path)
    (tmp_path / "xsd" / "things.xsd").unlink()
    error = refused(tmp_path, path)
    assert (error.path.name, error.line) == ("GetThings.xsd", 4)
    assert "things.xsd" in error.problem


def test_a_schema_that_names_an_unknown_type(tmp_path: Path) -> None:
    text = SCHEMA.replace('type="c:ThingType"', 'type="c:Unknown"')
    error = refused(tmp_path, make_contract(tmp_path, schema=text))
    assert (error.path.name, error.line) == ("GetThings.xsd", 13)
    assert "Unknown" in error.problem


def test_a_schema_that_is_well_formed_but_wrong(tmp_path: Path) -> None:
    text = DOMAIN.replace('name="right" type="xs:int"', 'name="right" type="xs:integr"')
    error = refused(tmp_path, make_contract(tmp_path, domain=text))
    assert "expected a valid XML Schema" in error.problem
    assert "integr" in error.problem


def test_a_ref_to_nothing(tmp_path: Path) -> None:
    text = DOMAIN.replace('ref="c:note"', 'ref="c:notes"')
    error = refused(tmp_path, make_contract(tmp_path, domain=text))
    assert "notes" in error.problem


def test_a_responder_described_twice(tmp_path: Path) -> None:
    make_contract(tmp_path)
    second = make_contract(tmp_path, descriptor=DESCRIPTOR.replace('"1.2"', '"1.3"'), key="GetThings_1.3")
    with pytest.raises(DataError) as caught:
        load_all(tmp_path)
    assert caught.value.path == second
    assert "already described by" in caught.value.problem
    assert "GetThings_1.2.toml" in caught.value.problem


def test_a_folder_without_descriptors(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    with pytest.raises(DataError, match="expected at least one descriptor"):
        load_all(tmp_path)


def versions(tmp_path: Path, *wanted: str) -> Contracts:
    """Contracts that differ in version and major version only."""
    found = Contracts()
    for version in wanted:
        root = tmp_path / version
        root.mkdir()
        major = version.partition(".")[0]
        swap = "GetThingsResponder:1", f"GetThingsResponder:{major}"
        text = DESCRIPTOR.replace('"1.2"', f'"{version}"').replace(*swap)
        path = make_contract(root, descriptor=text, schema=SCHEMA.replace(*swap), key=f"GetThings_{version}")
        contract = load_contract(path, root)
        found[contract.descriptor.responder] = contract
    return found


def key(found: Contract | None) -> str | None:
    return found.key if found else None


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("GetThings", "GetThings_10.0"),
        ("getthings", "GetThings_10.0"),
        ("GetThings_2.1", "GetThings_2.1"),
        ("GETTHINGS 2.1", "GetThings_2.1"),
        ("urn:riv:test:things:GetThingsResponder:9", "GetThings_9.0"),
        ("URN:RIV:test:things:getthingsresponder:9", "GetThings_9.0"),
        ("GetThings_3.0", None),
        ("GetThing", None),
        ("", None),
        ("urn:riv:test:things:GetThingsResponder:3", None),
    ],
)
def test_a_contract_is_found_by_its_names_the_newest_first(tmp_path: Path, name: str, wanted: str | None) -> None:
    assert key(versions(tmp_path, "2.1", "10.0", "9.0").find(name)) == wanted
