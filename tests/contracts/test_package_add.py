"""Packages that can be taken in, in all the shapes that national ones have."""

from pathlib import Path

import pytest
from lxml import etree
from package_samples import (
    CORE,
    RESPONDER,
    ROOT,
    SERVICE_PATH,
    SHARED_PATH,
    TAG,
    WSDL_PATH,
    changed,
    data_folder,
    folder,
    minor,
    package,
    zipped,
)

from gateway.contracts import added
from gateway.contracts.contract import load_all
from gateway.contracts.instance import Builder
from gateway.contracts.packageerror import PackageError
from gateway.contracts.packages import store
from gateway.contracts.packages.known import load_known
from gateway.contracts.schemaset import from_folder
from gateway.http.documents import Library


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return data_folder(tmp_path / "data")


@pytest.fixture
def into(root: Path) -> Path:
    return added.folder(root)


def test_a_folder_becomes_a_contract_that_is_loaded_with_ours(root: Path, into: Path, tmp_path: Path) -> None:
    (outcome,) = store.add(folder(tmp_path / "p", package()), root, into)
    assert (outcome.tag, outcome.state, outcome.where) == (TAG, "added", into / TAG)
    contract = load_all(root)[RESPONDER]
    assert (contract.key, contract.added, contract.descriptor.aggregated) == ("GetLoans_1.0", True, True)
    assert contract.descriptor.aggregate.records == "loan"
    assert not load_all(root)["urn:riv:test:things:GetThingsResponder:1"].added


def test_adding_the_same_again_changes_nothing(root: Path, into: Path, tmp_path: Path) -> None:
    path = folder(tmp_path / "p", package())
    store.add(path, root, into)
    descriptor = into / TAG / "contracts" / "GetLoans_1.0.toml"
    descriptor.write_text(descriptor.read_text("utf-8").replace('sv = "GetLoans"', 'sv = "Hjälpmedel på lån"'), "utf-8")
    (again,) = store.add(zipped(tmp_path / "p.zip", package()), root, into)
    assert again.state == "same"
    assert load_all(root)[RESPONDER].descriptor.title.sv == "Hjälpmedel på lån"


def test_other_content_is_refused_unless_it_shall_replace(root: Path, into: Path, tmp_path: Path) -> None:
    store.add(folder(tmp_path / "p", package()), root, into)
    other = folder(tmp_path / "q", changed(SHARED_PATH, "hjälpmedel", "sak"))
    with pytest.raises(PackageError, match="--replace") as refused:
        store.add(other, root, into)
    assert refused.value.key == "exists"
    assert "hjälpmedel" in (into / TAG / SHARED_PATH.replace("schemas", "xsd")).read_text("utf-8")
    (outcome,) = store.add(other, root, into, replace=True)
    assert outcome.state == "replaced"
    assert "hjälpmedel" not in (into / TAG / SHARED_PATH.replace("schemas", "xsd")).read_text("utf-8")


def test_an_edited_descriptor_is_kept_when_a_package_is_replaced(root: Path, into: Path, tmp_path: Path) -> None:
    store.add(folder(tmp_path / "p", package()), root, into)
    descriptor = into / TAG / "contracts" / "GetLoans_1.0.toml"
    descriptor.write_text(descriptor.read_text("utf-8").replace("categorization = []", 'categorization = ["tl-gl"]'))
    other = folder(tmp_path / "q", changed(SHARED_PATH, "hjälpmedel", "sak"))
    (outcome,) = store.add(other, root, into, replace=True)
    assert outcome.kept == ("GetLoans_1.0",)
    assert load_all(root)[RESPONDER].descriptor.aggregate.categorization == ("tl-gl",)
    gone = folder(tmp_path / "r", changed(SERVICE_PATH, 'name="loan"', 'name="lending"'))
    with pytest.raises(PackageError, match="edited by hand"):
        store.add(gone, root, into, replace=True)
    assert load_all(root)[RESPONDER].descriptor.aggregate.records == "loan"


def test_of_two_minor_versions_the_newer_counts(root: Path, into: Path, tmp_path: Path) -> None:
    for name, files in (("new", minor()), ("old", package())):
        store.add(folder(tmp_path / name, files), root, into)
    assert sorted(path.name for path in into.iterdir()) == [TAG, "test_loans_1.1"]
    contract = load_all(root)[RESPONDER]
    assert contract.key == "GetLoans_1.1"
    served = Library(_with_folders(root), national=False, packages=added.packages(into)).services
    assert "GetLoansResponder_1.1.xsd" in " ".join(served["test/loans/getloans/1/rivtabp21"].documents)


def test_versions_are_compared_as_numbers(root: Path, into: Path, tmp_path: Path) -> None:
    for version in ("1.10", "1.9"):
        files = {path.replace("_1.0", f"_{version}"): text.replace("_1.0", f"_{version}")
                 for path, text in package().items()}  # fmt: skip
        store.add(folder(tmp_path / version, files), root, into)
    assert load_all(root)[RESPONDER].key == "GetLoans_1.10"
    served = Library(_with_folders(root), national=False, packages=added.packages(into)).services
    assert "1.10" in served["test/loans/getloans/1/rivtabp21"].wsdl.key


def test_the_extension_schema_counts(root: Path, into: Path, tmp_path: Path) -> None:
    store.add(folder(tmp_path / "p", minor()), root, into)
    contract = load_all(root)[RESPONDER]
    builder = Builder(from_folder(into / "test_loans_1.1" / "xsd").view(contract.descriptor.xsd))
    message = builder.build(contract.response_tag, {"loan/hjälpmedel": "rollator"})
    lent = etree.SubElement(message[0], "{urn:riv:test:loans:1.1}lent")
    lent.text = "12"
    assert contract.schema.validate(message)
    lent.text = "tolv"
    assert not contract.schema.validate(message)


def test_several_versions_of_a_domain_in_one_archive(root: Path, into: Path, tmp_path: Path) -> None:
    both = {f"ServiceContracts_{TAG}/{path}": text for path, text in package().items()}
    both |= {f"ServiceContracts_test_loans_1.1/{path}": text for path, text in minor().items()}
    outcomes = store.add(zipped(tmp_path / "all.zip", both), root, into)
    assert [each.tag for each in outcomes] == [TAG, "test_loans_1.1"]


def test_two_versions_side_by_side_in_the_same_folders(root: Path, into: Path, tmp_path: Path) -> None:
    (outcome,) = store.add(folder(tmp_path / "p", minor() | package()), root, into)
    assert outcome.tag == "test_loans_1.1"
    assert [each.interaction.key for each in outcome.derived] == ["GetLoans_1.0", "GetLoans_1.1"]
    assert load_all(root)[RESPONDER].key == "GetLoans_1.1"


@pytest.mark.parametrize("name", ["ServiceContracts_test_loans_1.0.3.zip", "ServiceContracts_test_loans_1.0_RC2.zip"])
def test_the_archives_name_tells_the_domains_version(name: str, root: Path, into: Path, tmp_path: Path) -> None:
    (outcome,) = store.add(zipped(tmp_path / name, package(), above="trunk/test_loans/"), root, into)
    assert outcome.tag == name.removeprefix("ServiceContracts_").removesuffix(".zip")


def test_a_chameleon_takes_the_namespace_of_who_includes_it(root: Path, into: Path, tmp_path: Path) -> None:
    files = package()
    whole = files[SHARED_PATH]
    start, end = whole.index('<xs:complexType name="HeadType">'), whole.index("</xs:schema>")
    files[f"{CORE}/head.xsd"] = (
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">'
        + whole[start:end].replace('type="t:', 'type="')
        + "</xs:schema>"
    )
    files[SHARED_PATH] = (whole[:start] + whole[end:]).replace(
        '<xs:complexType name="IIType">', '<xs:include schemaLocation="head.xsd"/><xs:complexType name="IIType">', 1
    )
    (outcome,) = store.add(folder(tmp_path / "p", files), root, into)
    assert outcome.derived[0].value("record.patient") == "head/patientId/extension"
    assert load_all(root)[RESPONDER].record["patient"].startswith("{urn:riv:test:loans:1}head/")


@pytest.mark.parametrize(
    "location",
    [
        "../../CORE_components/Test_Loans_1.0.XSD",
        "..\\..\\core_components\\test_loans_1.0.xsd",
        "./../GetLoansInteraction/../../core_components/test_loans_1.0.xsd",
        "../../core_components/test%5Floans_1.0.xsd",
    ],
)
def test_odd_locations_lead_to_the_file_that_was_meant(location: str, root: Path, into: Path, tmp_path: Path) -> None:
    files = changed(SERVICE_PATH, "../../core_components/test_loans_1.0.xsd", location)
    store.add(folder(tmp_path / "p", files), root, into)
    contract = load_all(root)[RESPONDER]
    assert contract.record["id"].endswith("documentId")
    library = Library(_with_folders(root), national=False, packages=added.packages(into))
    assert f"added/{TAG}/core_components/test_loans_1.0.xsd" in library.services[
        "test/loans/getloans/1/rivtabp21"
    ].documents  # fmt: skip


def test_folders_in_another_case(root: Path, into: Path, tmp_path: Path) -> None:
    files = {path.replace("schemas/", "Schemas/").replace("/interactions/", "/Interactions/"): text
             for path, text in package().items()}  # fmt: skip
    assert store.add(folder(tmp_path / "p", files), root, into)[0].tag == TAG


def test_basic_profile_2_0_alone_and_beside_2_1(root: Path, into: Path, tmp_path: Path) -> None:
    old = WSDL_PATH.replace("BP21", "BP20")
    files = package()
    files[old] = files[WSDL_PATH].replace("rivtabp21", "rivtabp20")
    (outcome,) = store.add(folder(tmp_path / "p", files), root, into)
    assert outcome.derived[0].interaction.profiles == ("rivtabp21", "rivtabp20")
    assert outcome.derived[0].interaction.wsdl.endswith("BP21.wsdl")
    del files[WSDL_PATH]
    (outcome,) = store.add(folder(tmp_path / "q", files), root, into, replace=True)
    assert outcome.derived[0].interaction.profiles == ("rivtabp20",)


def test_anchors_in_patterns_are_put_right(root: Path, into: Path, tmp_path: Path) -> None:
    files = changed(SHARED_PATH, "[0-9]{12}", "^[0-9]{12}$")
    (outcome,) = store.add(folder(tmp_path / "p", files), root, into)
    assert outcome.corrected == (SHARED_PATH,)
    assert 'value="[0-9]{12}"' in (into / TAG / SHARED_PATH.replace("schemas", "xsd")).read_text("utf-8")


def test_request_elements_with_other_names(root: Path, into: Path, tmp_path: Path) -> None:
    """Service Schema 2.1 #4 is broken by nearly half of the national schemas."""
    files = changed(SERVICE_PATH, 'element name="GetLoans"', 'element name="GetLoansRequest"')
    files = changed(WSDL_PATH, 'element="r:GetLoans"', 'element="r:GetLoansRequest"', files)
    store.add(folder(tmp_path / "p", files), root, into)
    contract = load_all(root)[RESPONDER]
    assert contract.request_tag == f"{{{RESPONDER}}}GetLoansRequest"
    assert contract.descriptor.request == "GetLoansRequest"


def test_what_cannot_be_aggregated_says_what_is_missing(root: Path, into: Path, tmp_path: Path) -> None:
    files = changed(SERVICE_PATH, 'name="patientId"', 'name="who"')
    (outcome,) = store.add(folder(tmp_path / "p", files), root, into)
    assert outcome.derived[0].missing == ("aggregate.patient",)
    text = (into / TAG / "contracts" / "GetLoans_1.0.toml").read_text("utf-8")
    assert "Missing: aggregate.patient" in text
    assert '# records = "loan"' in text
    assert not load_all(root)[RESPONDER].descriptor.aggregated
    lines = [
        line.removeprefix("# ") if line.startswith("# [aggregate]") or " = " in line else line
        for line in text.splitlines()
    ]
    whole = "\n".join(lines).replace('patient = ""', 'patient = "who/extension"', 1).replace("# [record]", "[record]")
    (into / TAG / "contracts" / "GetLoans_1.0.toml").write_text(whole.replace("# [[filter]]", "[[filter]]"), "utf-8")
    assert load_all(root)[RESPONDER].descriptor.aggregate.patient == "who/extension"


KNOWN = f"""
[[contract]]
responder = "{RESPONDER}"
service_domain = "riv:test:loans"
categorization = ["tl-gl"]
patient = "patientId/extension"
source_filter = "sourceSystemHSAId"
records = "loan"
result = false
category_filter = "careUnitHSAId"
newest_months = 12
refused = {{ sourceSystemHSAId = "Får inte anges", moreReference = "Finns inte i den här versionen" }}
per_source = {{ "patientId/extension" = "person", careUnitHSAId = "logical_address" }}
merged = ["more", "less"]
"""


def test_what_is_public_about_a_contract_becomes_part_of_its_descriptor(root: Path, into: Path, tmp_path: Path) -> None:
    """As far as this version has the elements for it; the descriptor written is one that can be loaded."""
    (root / "contracts" / "known").mkdir()
    (root / "contracts" / "known" / "aggregation.toml").write_text(KNOWN, "utf-8")
    loan = 'type="t:LoanType" minOccurs="0" maxOccurs="unbounded"/>'
    more = f'{loan}<xs:element name="more" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>'
    store.add(folder(tmp_path / "p", changed(SERVICE_PATH, loan, more)), root, into)
    aggregate = load_all(root)[RESPONDER].descriptor.aggregate
    found = aggregate.categorization, aggregate.category_filter, aggregate.newest_months
    assert found == (("tl-gl",), "careUnitHSAId", 12)
    assert aggregate.refused == {"sourceSystemHSAId": "Får inte anges"}
    assert aggregate.per_source == {"patientId/extension": "person", "careUnitHSAId": "logical_address"}
    assert aggregate.merged == ("more",)


@pytest.mark.parametrize(
    ("responder", "field", "value"),
    [
        ("clinicalprocess:healthcond:description:GetCareDocumentationResponder:3", "merged", ("hasMore",)),
        ("crm:requeststatus:GetRequestActivitiesResponder:1", "category_filter", "typeOfRequest"),
        (
            "crm:scheduling:GetSubjectOfCareScheduleResponder:1",
            "per_source",
            {"healthcare_facility": "logical_address", "subject_of_care": "person"},
        ),
        (
            "clinicalprocess:healthcond:description:GetCareDocumentationResponder:3",
            "refused",
            {"hasMoreReference": "Parametern hasMoreReference skall inte användas i anrop till aggregerande tjänst"},
        ),
    ],
)
def test_what_the_national_services_do_of_their_own_is_known(responder: str, field: str, value: object) -> None:
    """National AgP, per-service deviations."""
    assert getattr(load_known(ROOT)[f"urn:riv:{responder}"], field) == value


def test_what_stands_beside_the_schemas_is_kept(root: Path, into: Path, tmp_path: Path) -> None:
    files = package() | {"docs/TKB_test_loans.md": "Hjälpmedel", ".git/config": "no", "docs/.DS_Store": "no"}
    store.add(folder(tmp_path / "p", files), root, into)
    kept = into / TAG / "files"
    assert [path.name for path in kept.rglob("*") if path.is_file()] == ["TKB_test_loans.md"]


def test_removed_is_gone(root: Path, into: Path, tmp_path: Path) -> None:
    store.add(folder(tmp_path / "p", package()), root, into)
    store.remove(into / TAG)
    assert list(into.iterdir()) == []
    assert RESPONDER not in load_all(root)


def test_the_folder_is_the_setting_the_variable_or_in_the_data(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert added.folder(root) == root / "contracts" / "added"
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert added.folder(tmp_path / "_data") == tmp_path / "rivta" / "contracts"
    monkeypatch.setenv("RIVTA_CONTRACTS_FOLDER", "/a")
    assert added.folder(root) == Path("/a")
    assert added.folder(root, "/b") == Path("/b")


def _with_folders(root: Path) -> Path:
    """The sample data folder's own WSDL file is none; the library wants folders only."""
    for path in (root / "wsdl").glob("*.wsdl"):
        path.unlink()
    return root
