# ruff: noqa: E501 - a mistake a line, to be read as a table
"""Mistakes that people make in the project's data, each in a copy of the data root."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from interop_site import ROOT

FOLDERS = ("contracts", "wsdl", "xsd", "routing", "fixtures")
RECORDS = "fixtures/records/07-kronoberg/GetCareManagers_1.0.xml"
STUB_RECORDS = "fixtures/records/12-skane/GetFixedContacts_1.0.xml"


def copy_root(target: Path, changed: str) -> Path:
    """A data root in ``target``; the large folder is a link unless the file ``changed`` is in it."""
    for folder in FOLDERS:
        if folder == "fixtures" and not changed.startswith("fixtures/"):
            (target / folder).symlink_to(ROOT / folder)
        else:
            shutil.copytree(ROOT / folder, target / folder)
    return target


@dataclass(frozen=True)
class Broken:
    """A mistake and how it must be told.

    Attributes:
        file: below the data root.
        old, new: the first occurrence of a regular expression, and what stands there instead.
        at: text on the line that must be named; blank where the whole file is meant.
        told: what the message must say, a regular expression.
    """

    name: str
    file: str
    old: str
    new: str
    at: str
    told: str

    def __str__(self) -> str:
        return self.name

    def make(self, target: Path) -> tuple[Path, Path, int]:
        """The data root with the mistake, the broken file, and its line; 0 where the whole file is meant."""
        root = copy_root(target, self.file)
        path = root / self.file
        text, count = re.subn(self.old, lambda _: self.new, path.read_text("utf-8"), count=1)
        assert count == 1, f"{self.file} has no {self.old}"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        lines = [number for number, line in enumerate(text.split("\n"), 1) if self.at and self.at in line]
        return root, path, lines[0] if lines else 0


def _syntax(file: str) -> Broken:
    """TOML that is none, in the first key of the file."""
    return Broken(f"{Path(file).stem}-syntax", file, r"(?m)^(\w+) = ", "rotten = = ", "rotten", "not valid TOML: ")


def _unknown_key(file: str) -> Broken:
    name = f"{Path(file).stem}-unknown-key"
    return Broken(name, file, r'(?m)^(?=\w+ = ["\[0-9])', 'colour = "red"\n', "colour", "unknown field `colour`")


def _duplicate_key(file: str) -> Broken:
    name = f"{Path(file).stem}-duplicate-key"
    return Broken(
        name,
        file,
        r"(?m)^(?=(name|code|consumers|logical_addresses|producer) = )",
        'name = "a"\nname = "b"\n',
        'name = "b"',
        "not valid TOML: ",
    )


GFC = "contracts/GetFixedContacts_1.0.toml"
ROUTING = [
    f"routing/{name}.toml" for name in ("regions", "municipalities", "consumers", "producers", "routes", "permissions")
]
INTERACTION = "xsd/interactions/GetFixedContactsInteraction/GetFixedContactsResponder_1.0.xsd"
CORE = "xsd/core_components/coreprocess_planning_coordinatedplanning_1.0.xsd"
ENUM = "xsd/core_components/coreprocess_planning_coordinatedplanning_enum_1.0.xsd"
ENGAGEMENTS = "fixtures/engagements.csv"

# What the gateway reads at its start.
GATEWAY = [
    *(make(file) for file in (GFC, *ROUTING) for make in (_syntax, _unknown_key, _duplicate_key)),
    Broken("descriptor-missing-key", GFC, r"(?m)^responder = .*\n", "", "", "missing required field `responder`"),
    Broken("descriptor-wrong-type", GFC, r"soap_actions = \[\]", "soap_actions = 5", "soap_actions", "Expected `array`, got `int`"),
    Broken("descriptor-unknown-word", GFC, r'status = "proposal"', 'status = "draft"', "status = ", "Invalid enum value 'draft'"),
    Broken("descriptor-wrong-path", GFC, r'records = "fixedContact"', 'records = "fixedKontakt"', "", "the path fixedKontakt fails at fixedKontakt; known here: fixedContact"),
    Broken("descriptor-wrong-name", GFC, r'version = "1.0"', 'version = "1.1"', "", "expected the file name GetFixedContacts_1.1.toml"),
    Broken("descriptor-missing-wsdl", GFC, r'wsdl = "Get', 'wsdl = "Got', "", "names a file that is not there: .*GotFixedContacts"),
    Broken("descriptor-missing-xsd", GFC, r'xsd = "inter', 'xsd = "outer', "", "names a file that is not there: .*outeractions"),
    Broken("descriptor-twice", "contracts/GetDocumentedAgreements_1.0.toml", r"responder = .*", 'responder = "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1"', "", "(already described by|expected a global element)"),
    Broken("schema-not-xml", INTERACTION, r"</xs:complexType>", "", "</xs:schema>", "expected a well-formed schema document"),
    Broken("imported-schema-not-xml", CORE, r"</xs:complexType>", "", "</xs:schema>", "expected a well-formed schema document"),
    Broken("schema-unknown-type", INTERACTION, r'type="core:', 'type="core:No', "core:No", "does not resolve to a"),
    Broken("imported-schema-unknown-type", CORE, r'type="tns:', 'type="tns:No', "tns:No", "does not resolve to a"),
    Broken("schema-wrong-occurrence", CORE, r'minOccurs="0"', 'minOccurs="many"', 'minOccurs="many"', "'many'"),
    Broken("schema-missing-import", INTERACTION, r'schemaLocation="\.\./\.\./core_components/coreprocess', 'schemaLocation="../../core_components/nowhere', "nowhere", "imports a file that is not there: .*nowhere_planning_coordinatedplanning_1.0.xsd"),
    Broken("regions-missing-name", ROUTING[0], r"(?m)^name = .*\n", "", "", "missing required field `name`"),
    Broken("municipalities-wrong-type", ROUTING[1], r"code = .*", "code = 780", "code = 780", "Expected `str`, got `int`"),
    Broken("consumers-twice", ROUTING[2], r"\Z", '\n[[consumer]]\nname = "Igen"\nhsa_id = "SE5565594230-RIVTAnpo"\nalias = "again"\n', "", "SE5565594230-RIVTAnpo is there twice"),
    Broken("producers-twice", ROUTING[3], r"\Z", '\n[[producer]]\nname = "Igen"\nlogical_address = "HSA-ID-1"\nkind = "mock"\nport = 1\n', "", "HSA-ID-1 is there twice"),
    Broken("producers-unknown-kind", ROUTING[3], r'kind = "pilot"', 'kind = "pillow"', 'kind = "pillow"', "Invalid enum value 'pillow'"),
    Broken("producers-wrong-port", ROUTING[3], r"port = 9101", 'port = "9101"', 'port = "9101"', "Expected `int`, got `str`"),
    Broken("routes-twice", ROUTING[4], r"\Z", '\n[[route]]\nlogical_addresses = ["hsa-id-1"]\ncontracts = ["GetCarePlans"]\naddress = "http://127.0.0.1:1/"\n', '["hsa-id-1"]', "a second route for hsa-id-1 and urn:riv:clinicalprocess:logistics:logistics:GetCarePlansResponder:2 in the same time"),
    Broken("routes-unknown-contract", ROUTING[4], r"\Z", '\n[[route]]\nlogical_addresses = ["X"]\ncontracts = ["GetNothing"]\naddress = "http://127.0.0.1:1/"\n', '["GetNothing"]', "unknown contract GetNothing; known are "),
    Broken("routes-unknown-scheme", ROUTING[4], r'address = "http://127', 'address = "ftp://127', "ftp://", "expected http://, https://, aggregate:"),
    Broken("routes-unknown-producer", ROUTING[4], r"\Z", '\n[[route]]\nlogical_addresses = ["HSA-ID-NEW"]\ncontracts = ["*"]\naddress = "{producer}/x"\n', "HSA-ID-NEW", r"\{producer\} needs HSA-ID-NEW in producers.toml"),
    Broken("routes-wrong-day", ROUTING[4], r"\Z", '\n[[route]]\nlogical_addresses = ["X"]\ncontracts = ["*"]\naddress = "http://127.0.0.1:1/"\nvalid_to = "2026-13-01"\n', "2026-13-01", "Invalid RFC3339"),
    Broken("permissions-unknown-consumer", ROUTING[5], r"\Z", '\n[[permission]]\nconsumers = ["SE0-WHO"]\nlogical_addresses = ["X"]\ncontracts = ["*"]\n', "SE0-WHO", "the consumer SE0-WHO is not in consumers.toml"),
    Broken("permissions-unknown-contract", ROUTING[5], r"\Z", '\n[[permission]]\nconsumers = []\nlogical_addresses = ["X"]\ncontracts = ["GetNothing"]\n', '["GetNothing"]', "unknown contract GetNothing; known are "),
    Broken("engagements-columns", ENGAGEMENTS, r"service_domain", "service_domän", "service_domän", "expected the columns registered_resident_identification;service_domain;"),
    Broken("engagements-missing-value", ENGAGEMENTS, r"(?m)^191001209814;riv:clinicalprocess:logistics:logistics;", "191001209814;;", "191001209814;;", "expected a value for service_domain"),
    Broken("engagements-too-few", ENGAGEMENTS, r"(?m)^(191001209814);.*$", "191001209814;rotten;", ";rotten;", "expected 11 values, found 3"),
    Broken("engagements-twice", ENGAGEMENTS, r"\Z", "x;y;z;a;b;c;NA;NA;1;1;1\nx;y;z;a;b;c;NA;NA;2;2;2\n", "x;y;z;a;b;c;NA;NA;2", r"the same engagement as in line \d+"),
    Broken("engagements-not-utf-8", ENGAGEMENTS, r"\Z", "\udce5\n", "", "cannot be read as UTF-8 text"),
]  # fmt: skip

# What the stubs read at theirs.
PRODUCERS = [
    Broken("records-not-xml", STUB_RECORDS, r"</ns0:fixedContact>", "", "</ns0:GetFixedContactsResponse>", "expected well-formed XML"),
    Broken("records-break-the-schema", STUB_RECORDS, r"<core:approvedForPatient>\w+<", "<core:approvedForPatient>kanske<", "kanske", "breaks the schema of GetFixedContacts_1.0 at GetFixedContactsResponse/.*approvedForPatient: "),
    Broken("records-unknown-element", STUB_RECORDS, r"<core:code>", "<core:kod/><core:code>", "<core:kod/>", "breaks the schema of GetFixedContacts_1.0 at .*kod"),
    Broken("records-of-another-source", STUB_RECORDS, r">SE2321000255-RIVTA12<", ">SE2321000255-RIVTA13<", "", "a record of the source system SE2321000255-RIVTA13, expected SE2321000255-RIVTA12"),
    Broken("records-of-another-contract", STUB_RECORDS, r"<ns0:GetFixedContactsResponse[^>]*>[\s\S]*", '<x:Other xmlns:x="urn:x"/>', "<x:Other", "expected the element .*GetFixedContactsResponse, found .*Other"),
    Broken("records-with-a-doctype", STUB_RECORDS, r"<ns0:GetFixedContactsResponse", "<!DOCTYPE x><ns0:GetFixedContactsResponse", "", "expected no document type declaration"),
    Broken("scenarios-syntax", "fixtures/scenarios.toml", r'(?m)^outcome = "', 'outcome = = "', "outcome = =", "not valid TOML: "),
    Broken("scenarios-unknown-key", "fixtures/scenarios.toml", r"(?m)^outcome", 'colour = "red"\noutcome', "colour", "unknown field `colour`"),
    Broken("scenarios-duplicate-key", "fixtures/scenarios.toml", r"(?m)^outcome", 'outcome = "down"\noutcome  ', "outcome  ", "not valid TOML: "),
    Broken("scenarios-unknown-outcome", "fixtures/scenarios.toml", r'(?m)^outcome = "reset"', 'outcome = "flood"', '"flood"', "unknown outcome flood, expected one of fault, timeout, "),
    Broken("scenarios-unknown-producer", "fixtures/scenarios.toml", r'(?m)^producer = "SE2321000073-RIVTA08"', 'producer = "SE2321000073-RIVTA80"', "RIVTA80", "unknown producer SE2321000073-RIVTA80, expected one of producers.toml or "),
    Broken("scenarios-unknown-contract", "fixtures/scenarios.toml", r'(?m)^contract = "\*"', 'contract = "GetNothing"', "GetNothing", "unknown contract GetNothing, expected one of "),
    Broken("scenarios-wrong-type", "fixtures/scenarios.toml", r"(?m)^delay_seconds = .*", 'delay_seconds = "long"', '"long"', "Expected `float`, got `str`"),
    Broken("scenarios-twice", "fixtures/scenarios.toml", r"\Z", '\n[[scenario]]\nproducer = "HSA-ID-3"\noutcome = "down"\n', "", "a second row for the same producer, person and contract"),
]  # fmt: skip

# What ``rivta demo`` reads on top.
DEMO = [
    Broken(
        "persons-columns", "fixtures/persons.csv", r"patient_id", "person", "person;", "expected a column 'patient_id'"
    ),
]

PILOT = [
    Broken("pilot-records-not-xml", RECORDS, r"</ns0:careManager>", "", "</ns0:GetCareManagersResponse>", "not well-formed XML"),
    Broken("pilot-records-break-the-schema", RECORDS, r"<core:blockComparisonTime>\w+<", "<core:blockComparisonTime>kanske<", "kanske", "blockComparisonTime"),
    Broken("pilot-descriptor", "contracts/GetCareManagers_1.0.toml", r"(?m)^responder = .*\n", "", "", "missing required field `responder`"),
]  # fmt: skip
