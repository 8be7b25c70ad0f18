"""Every rule of RIV-TA Basic Profile, Tjänsteschema and Domänschema 2.1 on every contract file."""

import pytest
from contract_files import ROOT, ContractFile, descriptors, domain_files, responder_files, wsdl_files
from rules_common import Rule
from rules_wsdl import RULES as WSDL_RULES
from rules_xsd import DOMAIN_RULES, SERVICE_RULES

# What the national files themselves break; kept, so that the same messages are valid here and nationally.
NATIONAL = {
    ("TS21-8", "clinicalprocess_logistics_logistics_3.0.xsd"): (
        ["PatientSummaryHeaderType", "ResultType"],
        "the national header and result have no slot for extensions",
    ),
    ("TS21-8", "interoperability_headers_1.0.xsd"): (
        ["ProcessingStatusRecordType"],
        "the national status record has no slot for extensions",
    ),
}

GOOD_WSDL = "GetFixedContactsInteraction_1.0_RIVTABP21.wsdl"
GOOD_SERVICE = "GetFixedContactsResponder_1.0.xsd"
GOOD_DOMAIN = "coreprocess_planning_coordinatedplanning_1.0.xsd"


def cases(rules: tuple[Rule, ...], files: list[ContractFile]) -> list[object]:
    return [pytest.param(rule, file, id=f"{rule.number}-{file.name}") for rule in rules for file in files]


def assert_keeps(rule: Rule, file: ContractFile) -> None:
    wanted, reason = NATIONAL.get((rule.number, file.name), ([], ""))
    assert list(rule.check(file)) == wanted, f"{rule.number} ({rule.level}): {rule.demand}. {reason}"


@pytest.mark.parametrize(("rule", "file"), cases(WSDL_RULES, wsdl_files()))
def test_wsdl_keeps_the_rule(rule: Rule, file: ContractFile) -> None:
    assert_keeps(rule, file)


@pytest.mark.parametrize(("rule", "file"), cases(SERVICE_RULES, responder_files()))
def test_service_schema_keeps_the_rule(rule: Rule, file: ContractFile) -> None:
    assert_keeps(rule, file)


@pytest.mark.parametrize(("rule", "file"), cases(DOMAIN_RULES, domain_files()))
def test_domain_schema_keeps_the_rule(rule: Rule, file: ContractFile) -> None:
    assert_keeps(rule, file)


@pytest.mark.parametrize(
    ("rule", "files", "name"),
    [
        pytest.param(rule, files, name, id=f"{rule.number}-{name}")
        for rules, files, name in (
            (WSDL_RULES, wsdl_files(), GOOD_WSDL),
            (SERVICE_RULES, responder_files(), GOOD_SERVICE),
            (DOMAIN_RULES, domain_files(), GOOD_DOMAIN),
        )
        for rule in rules
    ],
)
def test_the_check_notices_a_broken_file(rule: Rule, files: list[ContractFile], name: str) -> None:
    good = next(file for file in files if file.name == name)
    assert list(rule.check(rule.broken(good))) != []


def test_every_wsdl_and_service_schema_belongs_to_a_descriptor() -> None:
    known = descriptors()
    assert {file.name for file in wsdl_files()} == {d["wsdl"] for d in known}
    assert {str(file.path.relative_to(ROOT / "xsd")) for file in responder_files()} == {d["xsd"] for d in known}


def test_there_are_files_to_check() -> None:
    assert min(len(wsdl_files()), len(responder_files()), len(domain_files())) >= 3
