"""Our own contract files keep the rules of RIV-TA, and a few of our own."""

from pathlib import Path

import pytest
from contract_files import ROOT, XS, ContractFile, descriptors, domain_files, responder_files, wsdl_files

from gateway.contracts.lint.run import lint
from gateway.contracts.schemaset import SchemaSet
from gateway.findings import select

IGNORES = ROOT / "contracts" / "lint" / "ignore.toml"


def package() -> SchemaSet:
    paths = [path for kind in ("xsd", "wsdl") for path in sorted((ROOT / kind).rglob(f"*.{kind}"))]
    return SchemaSet({path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths})


def test_they_are_clean() -> None:
    """What national contracts break is named with a reason; a row that names nothing would be a finding too."""
    from datetime import date

    findings, ignored = select.apply_ignores(lint(package(), whole=False), IGNORES, date(2026, 11, 24))
    assert [(found.file, found.message.en) for found in findings] == []
    assert 0 < ignored < 20


def test_a_change_is_noticed() -> None:
    files = dict(package().files)
    path = next(path for path in files if path.endswith("GetFixedContactsResponder_1.0.xsd"))
    files[path] = files[path].replace(b'version="1.0">', b'version="1">')
    found = [(each.file, each.rule) for each in lint(SchemaSet(files), whole=False)]
    assert (path, "RIVTA-LINT-048") in found


@pytest.mark.parametrize("file", [pytest.param(file, id=file.name) for file in (*responder_files(), *domain_files())])
def test_it_says_what_it_is(file: ContractFile) -> None:
    """A short annotation in both languages at the top and at every type; a proposal says that it is one."""
    for holder in (file.root, *file.root.iterchildren(f"{XS}complexType", f"{XS}simpleType")):
        texts = {
            text.get("{http://www.w3.org/XML/1998/namespace}lang"): (text.text or "").strip()
            for text in holder.iterfind(f"{XS}annotation/{XS}documentation")
        }
        assert set(texts) == {"sv", "en"}, holder.get("name", "schema")
        assert all(texts.values()), holder.get("name", "schema")
    if ":planning:" in file.root.get("targetNamespace", ""):
        top = "".join(map(str, file.root.find(f"{XS}annotation").itertext()))
        assert "inte antaget av Inera" in top
        assert "not adopted by Inera" in top


def test_every_wsdl_and_service_schema_belongs_to_a_descriptor() -> None:
    known = descriptors()
    assert {file.name for file in wsdl_files()} == {d["wsdl"] for d in known}
    assert {Path(file.path).relative_to(ROOT / "xsd").as_posix() for file in responder_files()} == {
        d["xsd"] for d in known
    }


def test_there_are_files_to_check() -> None:
    assert min(len(wsdl_files()), len(responder_files()), len(domain_files())) >= 3
