"""The mapping names everything that the two contracts do not share, and nothing else."""

import shutil
from pathlib import Path

import pytest
from bridge_samples import (
    EXTENSION,
    MAPPING,
    NATIONAL,
    OTHER,
    PROPOSAL,
    bridge,
    contract,
    contracts,
    copied,
    full,
    paths,
    room,
)
from contract_files import ROOT
from lxml import etree

from gateway.contracts.bridge_reader import load_bridges
from gateway.contracts.contract import load_all
from gateway.contracts.crossing import Crossing
from gateway.errors import DataError

ONLY = {row["element"]: row["how"] for row in MAPPING["only"]}
PAIRS = dict(row["names"] for row in MAPPING["renamed"])
PARTS = [
    ("request", "GetFixedContacts", "GetCareManagers"),
    ("response", "GetFixedContactsResponse", "GetCareManagersResponse"),
]
TARGET = ROOT / "contracts/bridges/FixedContacts_CareManagers.toml"


def renamed(path: str, root: str, other_root: str) -> str:
    """A path of the proposal in the national contract's words, by the rows of the file alone."""
    steps, found = path.split("/"), other_root
    for length in range(2, len(steps) + 1):
        name = PAIRS.get("/".join(steps[:length]), steps[length - 1]).rpartition("/")[2]
        found = f"{found}/{name}"
    assert steps[0] == root
    return found


@pytest.mark.parametrize(("part", "root", "other_root"), PARTS)
def test_every_element_of_both_schemas_is_mapped_or_listed(part: str, root: str, other_root: str) -> None:
    mine, theirs = paths(PROPOSAL, part), paths(NATIONAL, part)
    listed = {path for path in mine | theirs if any(f"{path}/".startswith(f"{only}/") for only in ONLY)}
    assert {renamed(path, root, other_root) for path in mine - listed} == theirs - listed


def test_every_row_names_something_that_only_one_contract_has() -> None:
    everything = {path for key in (PROPOSAL, NATIONAL) for part in ("request", "response") for path in paths(key, part)}
    assert set(ONLY) <= everything
    for one, other in PAIRS.items():
        assert one in everything
        assert other in everything


def test_room_for_extensions_that_is_missing_is_listed() -> None:
    listed = {(row["contract"], row["type"]) for row in MAPPING["no_room"]}
    same = {"FixedContactType": "PractitionerRoleType", "GetFixedContactsType": "GetCareManagersType"}
    theirs = room(NATIONAL, "request") | room(NATIONAL, "response")
    mine = room(PROPOSAL, "request") | room(PROPOSAL, "response")
    mine.remove("RelationType")  # which only the proposal has, so that it travels whole
    missing = {(PROPOSAL, kind) for kind in mine if same.get(kind, kind) not in theirs}
    assert listed == missing


def test_every_row_says_why_in_both_languages() -> None:
    for table in ("only", "no_room", "crosses"):
        for row in MAPPING[table]:
            assert row["sv"]
            assert row["en"]
            assert row["sv"] != row["en"]


def test_everything_arrives_where_the_file_says() -> None:
    """A message with every element, and an extension wherever there is room for one."""
    answer = full(PROPOSAL, "response")
    crossing = Crossing(bridge(NATIONAL))
    told = crossing.answer(copied(answer), OTHER)
    assert told.tag == contract(NATIONAL).response_tag
    travelling = [element for element in answer.iter() if not _listed(element, crossing)]
    assert len(list(told.iter())) == len(travelling)
    # After the records once, and in the time of telecom and address of each of five contacts.
    assert crossing.left == {"note": 1 + 10}


def _listed(element: etree._Element, crossing: Crossing) -> bool:
    parent = element.getparent()
    if element.tag != EXTENSION or parent is None:
        return False
    return parent.tag == contract(PROPOSAL).response_tag or etree.QName(parent).localname == "time"


def changed(tmp_path: Path, old: str, new: str, file: Path = TARGET) -> Path:
    """A copy of the project's contracts with one text replaced in one file."""
    for folder in ("contracts", "xsd", "wsdl"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / file.relative_to(ROOT)
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return tmp_path


def refused(root: Path) -> str:
    with pytest.raises(DataError) as caught:
        load_bridges(root, load_all(root))
    return str(caught.value)


RELATION = '[[only]]\nelement = "GetFixedContactsResponse/fixedContact/relation"\nhow = "extension"'


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (RELATION, RELATION.replace("relation", "relatoin"), "fixedContact/relation is only in GetFixedContacts_1.0"),
        (
            'names = ["GetFixedContacts/fixedContactType", "GetCareManagers/careManagerType"]',
            'names = ["GetFixedContacts/fixedContactTyp", "GetCareManagers/careManagerType"]',
            "GetFixedContacts/fixedContactType is not in GetCareManagers_1.0: expected a row for it",
        ),
        ('type = "TimePeriodType"', 'type = "TimeType"', "expected a [[no_room]] row for TimePeriodType"),
        ('[[no_room]]\ncontract = "GetFixedContacts_1.0"\ntype = "TimePeriodType"',
         '[[no_room]]\ncontract = "GetFixedContacts_1.0"\ntype = "CVType"\nsv = "x"\nen = "y"\n\n'
         '[[no_room]]\ncontract = "GetFixedContacts_1.0"\ntype = "TimePeriodType"',
         "names what neither contract has: ('GetFixedContacts_1.0', 'CVType')"),
        ('value = "false"', 'value = ""', "expected a value or a digest, and not both"),
        ('recordId/extension"\ndigest', 'recordId/x"\ndigest', "the path fixedContactHeader/recordId/x fails"),
        ('"period/start",', '"period/starts",', "the path period/starts fails at starts"),
        ('how = "filter"', 'how = "guess"', "Invalid enum value 'guess'"),
        ('contracts = ["GetFixedContacts_1', 'contracts = ["GetFixedContacts_2', "unknown contract GetFixedContacts_2"),
    ],
)  # fmt: skip
def test_a_mapping_that_does_not_fit_stops_the_start(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = refused(changed(tmp_path, old, new))
    assert "bridges/FixedContacts_CareManagers.toml" in text
    assert problem in text


def test_a_mandatory_element_needs_a_value(tmp_path: Path) -> None:
    text = TARGET.read_text("utf-8")
    start = text.index('[[given]]\nelement = "GetFixedContactsResponse/fixedContact/fixedContactHeader/accessControl')
    row = text[start : text.index("# What must not cross.")]
    assert "approvedForPatient is mandatory: expected a [[given]] row" in refused(changed(tmp_path, row, ""))


def test_a_new_element_in_a_schema_is_noticed(tmp_path: Path) -> None:
    """The reason for walking the schemas at the start: nobody can extend a contract and forget its bridge."""
    xsd = ROOT / "xsd/core_components/coreprocess_planning_coordinatedplanning_1.0.xsd"
    new = '<xs:element name="language" type="xs:string" minOccurs="0"/>\n      <xs:element name="relation"'
    text = refused(changed(tmp_path, '<xs:element name="relation"', new, xsd))
    assert "fixedContact/language is only in GetFixedContacts_1.0: expected a row for it" in text


def test_another_cardinality_is_noticed(tmp_path: Path) -> None:
    xsd = ROOT / "xsd/core_components/coreprocess_residentparticipation_residentparticipation_1.0.xsd"
    old = '<xs:element name="managingCareUnit" type="tns:OrganizationType" minOccurs="0"/>'
    text = refused(changed(tmp_path, old, old.replace(' minOccurs="0"', ""), xsd))
    assert "managingCareUnit is 1..1 in one contract, 0..1 in the other" in text


def test_the_descriptor_and_the_file_name_the_same_contracts(tmp_path: Path) -> None:
    descriptor = ROOT / "contracts/GetFixedContacts_1.0.toml"
    text = refused(changed(tmp_path, 'contract = "GetCareManagers_1.0"', 'contract = "GetCarePlans_2.0"', descriptor))
    assert "expected the contracts GetFixedContacts_1.0 and GetCarePlans_2.0" in text


def test_only_these_two_contracts_have_a_bridge() -> None:
    found = load_bridges(ROOT, contracts())
    assert {each.name for bridges in found.values() for each in bridges} == {
        f"{PROPOSAL} -> {NATIONAL}",
        f"{NATIONAL} -> {PROPOSAL}",
    }
