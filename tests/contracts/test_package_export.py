"""Official packages of our contracts: layout, the same bytes always, and what is added again is the same contract."""

import hashlib
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from lxml import etree
from package_samples import ROOT, SERVICE_PATH, TAG, data_folder, folder, package

from gateway.contracts import added
from gateway.contracts.contract import load_all, load_contract
from gateway.contracts.packages import archive, compare, export, store
from gateway.contracts.packages.layout import packages
from gateway.contracts.schemaset import SchemaSet

OURS = sorted({contract.descriptor.domain for contract in load_all(ROOT).values()})


def sources_of(domain: str, root: Path = ROOT) -> list[added.Source]:
    """The descriptors of a domain."""
    wanted = f'domain = "{domain}"'
    return [each for each in added.sources(root) if wanted in each.path.read_text("utf-8")]


def zipped_domain(domain: str, path: Path) -> Path:
    """Our contracts of a domain as an archive."""
    path.write_bytes(export.archive(export.files(ROOT, sources_of(domain))))
    return path


@pytest.mark.parametrize("domain", OURS)
def test_exported_and_added_again_it_is_the_same_contract(domain: str, tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data")
    into = added.folder(root)
    (outcome,) = store.add(zipped_domain(domain, tmp_path / "x.zip"), root, into)
    assert outcome.where is not None
    keys = {source.path.stem for source in sources_of(domain)}
    assert {each.interaction.key for each in outcome.derived} == keys
    xsd = SchemaSet(
        {path.relative_to(ROOT / "xsd").as_posix(): path.read_bytes() for path in (ROOT / "xsd").rglob("*.xsd")}
    )
    for derived in outcome.derived:
        key = derived.interaction.key
        ours = load_contract(ROOT / "contracts" / f"{key}.toml", ROOT)
        theirs = load_contract(outcome.where / "contracts" / f"{key}.toml", outcome.where)
        assert (theirs.request_tag, theirs.response_tag) == (ours.request_tag, ours.response_tag)
        there = SchemaSet({
            path.relative_to(outcome.where).as_posix(): path.read_bytes() for path in outcome.where.rglob("*.xsd")
        })  # fmt: skip
        here = ours.xsd.relative_to(ROOT / "xsd").as_posix()
        assert compare.meaning(there.closure(f"xsd/{theirs.descriptor.xsd}")) == compare.meaning(xsd.closure(here))


@pytest.mark.parametrize("domain", OURS)
def test_what_we_ship_is_recognised(domain: str, tmp_path: Path) -> None:
    (outcome,) = store.add(zipped_domain(domain, tmp_path / "x.zip"), ROOT, tmp_path / "into")
    assert outcome.state == "shipped"
    assert not (tmp_path / "into").exists()


def test_of_our_own_contracts_the_same_is_derived_as_we_wrote_by_hand(tmp_path: Path) -> None:
    """The test of the guesses: four contracts whose descriptors a person has written."""
    root = data_folder(tmp_path / "data")
    seen = 0
    for number, domain in enumerate(OURS):
        for derived in store.add(zipped_domain(domain, tmp_path / f"{number}.zip"), root, added.folder(root))[
            0
        ].derived:
            ours = load_contract(ROOT / "contracts" / f"{derived.interaction.key}.toml", ROOT).descriptor
            if not ours.aggregated:
                continue
            seen += 1
            for field in ("service_domain", "patient", "records"):
                assert derived.value(f"aggregate.{field}") == getattr(ours.aggregate, field), (ours.key, field)
            for field in ("patient", "source_system", "care_giver", "care_unit"):
                assert derived.value(f"record.{field}") == getattr(ours.record, field), (ours.key, field)
            assert not derived.missing
    assert seen >= 4


def test_the_archive_has_the_official_layout(tmp_path: Path) -> None:
    domain = "clinicalprocess:logistics:logistics"
    names = set(archive.read(zipped_domain(domain, tmp_path / "x.zip")))
    assert {name.split("/")[0] for name in names} == {"schemas", "docs", "test-suite"}
    assert {"/".join(name.split("/")[:2]) for name in names if name.startswith("schemas")} == {
        "schemas/core_components", "schemas/interactions",
    }  # fmt: skip
    assert any(name.endswith("constraints.sch") for name in names)
    samples = {name for name in names if "/samples/" in name}
    assert {"request", "response"} == {name.rpartition("_")[2].removesuffix(".xml") for name in samples}
    assert export.name(domain, "2.0") == "ServiceContracts_clinicalprocess_logistics_logistics_2.0.zip"


@pytest.mark.parametrize("domain", OURS)
def test_samples_are_valid(domain: str) -> None:
    files = export.files(ROOT, sources_of(domain))
    for path, data in files.items():
        if "/samples/" in path:
            element = etree.fromstring(data)
            body = element.find("{*}Body")
            message = element if body is None else body[0]
            contract = next(each for each in load_all(ROOT).values() if each.key in path)
            contract.schema.assertValid(message)


def test_the_same_bytes_whatever_the_order_the_clock_and_the_hash_seed(tmp_path: Path) -> None:
    domain = OURS[0]
    sources = sources_of(domain)
    one = export.archive(export.files(ROOT, sources))
    other = export.archive(dict(reversed(export.files(ROOT, reversed(sources)).items())))
    assert one == other
    with zipfile.ZipFile(io.BytesIO(one)) as content:
        members = content.infolist()
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.external_attr >> 16 for member in members} == {0o100644}
    code = (
        "import sys, hashlib; sys.path[:0] = ['tests', 'tests/contracts'];"
        "from test_package_export import *;"
        f"print(hashlib.sha256(export.archive(export.files(ROOT, sources_of({domain!r})))).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == hashlib.sha256(one).hexdigest(), done.stderr


def test_an_added_package_is_exported_with_what_it_brought(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data")
    store.add(folder(tmp_path / "p", package() | {"docs/TKB.md": "å"}), root, added.folder(root))
    files = export.files(root, [each for each in added.sources(root) if each.added])
    assert files["docs/TKB.md"] == "å".encode()
    assert set(package()) <= set(files)
    (again,) = packages(files, f"{TAG}.zip")
    assert (again.tag, again.interactions[0].xsd) == (TAG, SERVICE_PATH)
