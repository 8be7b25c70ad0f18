"""``rivta route explain``: what it prints for people and for programs, and what it says with its exit code."""

import json
import re
import time
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cli_runs import Run, rivta
from gateway_samples import ROOT, responder

from gateway import data

KRONOBERG = "SE2321000065-RIVTA07"
CONSUMER_1177, NOBODY = "SE5565594230-RIVTA1177", "SE0000000001-RIVTAINGEN"
PLANS = responder("GetCarePlans")
HSA = ROOT / "tests" / "registry" / "files" / "hsacache.xml"


def explained(
    capsys: pytest.CaptureFixture[str],
    *more: str,
    sender: str = "1177",
    address: str = KRONOBERG,
    contract: str = "GetCarePlans",
) -> Run:
    return rivta(capsys, "route", "explain", "--sender", sender, "--address", address, "--contract", contract, *more)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose routing files may be written to; the rest is the project's own."""
    for folder in data.FOLDERS:
        if folder != "routing":
            (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "routing").mkdir()
    for path in (ROOT / "routing").iterdir():
        (tmp_path / "routing" / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(data, "root", lambda: tmp_path)
    return tmp_path / "routing"


def append(path: Path, text: str) -> int:
    """Add to a file; the line where that begins."""
    before = path.read_text("utf-8")
    path.write_text(f"{before}\n{text}", "utf-8")
    return before.count("\n") + 2


def test_a_call_that_goes_through(capsys: pytest.CaptureFixture[str]) -> None:
    run = explained(capsys)
    assert run.code == 0
    for text in (
        f"{CONSUMER_1177} (1177 Journal)",
        f"{PLANS}\n",
        "(GetCarePlans\u00a02.0)",
        f"{KRONOBERG} (Region Kronoberg)",
        "→ http://127.0.0.1:9107/GetCarePlans/2/rivtabp21  RIVTABP21  gäller  2000-01-01 –",
        f"spår      {KRONOBERG}\n",
        "Anropet går fram till http://127.0.0.1:9107/GetCarePlans/2/rivtabp21",
    ):
        assert text in run.out
    assert "routing/permissions.toml:3" in run.out


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize(
    ("sender", "address", "contract"),
    [
        ("1177", KRONOBERG, "GetFixedContacts"),
        ("nobody", f" {KRONOBERG}\n", "GetDocumentedAgreements_1.0"),
        ("SE-X" * 20, "SE-Y" * 40, f"urn:riv:{'mycket:lang:' * 20}GetXResponder:1"),
        ("nobody", f"A#{KRONOBERG}#C", PLANS),
    ],
)
def test_never_wider_than_100_columns(
    capsys: pytest.CaptureFixture[str], language: str, sender: str, address: str, contract: str
) -> None:
    """Except a row to paste into a file, which has to stay whole."""
    run = explained(capsys, "--lang", language, sender=sender, address=address, contract=contract)
    rows = re.compile(r' {4}(\[|(consumers|contracts|logical_addresses|address) = |    ")')
    assert max(len(line) for line in run.out.splitlines() if not rows.match(line)) <= 100
    assert run.err == ""


def test_no_permission_and_what_to_order(capsys: pytest.CaptureFixture[str]) -> None:
    """The order names consumer, contract and address; the row is what the file wants."""
    run = explained(capsys, sender="nobody")
    assert run.code == 1
    assert "\nVP007 Tjänstekonsumenten saknar behörighet" in run.out
    assert f"- Andra konsumenter har behörighet: {CONSUMER_1177}, " in run.out
    order = run.out.partition("\nBeställ behörighet\n")[2]
    assert [line.split()[-1] for line in order.splitlines()[:3]] == [NOBODY, PLANS, KRONOBERG]
    assert tomllib.loads(order.partition("permissions.toml:\n")[2]) == {
        "permission": [{"consumers": [NOBODY], "contracts": [PLANS], "logical_addresses": [KRONOBERG]}]
    }
    assert "Beställ vägval" not in run.out


def test_the_ordered_permission_works(capsys: pytest.CaptureFixture[str], catalogue: Path) -> None:
    order = explained(capsys, sender="nobody").out.partition("permissions.toml:\n")[2]
    line = append(catalogue / "permissions.toml", order)
    run = explained(capsys, sender="nobody")
    assert run.code == 0
    assert f"routing/permissions.toml:{line}" in run.out


def test_the_ordered_route_works(capsys: pytest.CaptureFixture[str], catalogue: Path) -> None:
    """Once the producer's own address is filled in."""
    long = f"urn:riv:{'mycket:lang:' * 8}GetXResponder:1"
    run = explained(capsys, address="SE-NY", contract=long)
    assert "VP004 " in run.out
    row = run.out.partition("routes.toml:\n")[2].partition("\n\n")[0]
    append(catalogue / "routes.toml", row.replace("https://…", "https://ny.example/vp"))
    run = explained(capsys, address="SE-NY", contract=long)
    assert (run.code, "VP007 " in run.out, "→ https://ny.example/vp" in run.out) == (1, True, True)


def test_nothing_is_ordered_when_the_call_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    run = explained(capsys, "--lang", "en", address=f"{KRONOBERG} ")
    assert run.code == 1
    assert f"“{KRONOBERG} ”" in run.out
    assert f"→ Correct the call: write {KRONOBERG}\n" in run.out
    assert "Order" not in run.out


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('address = "https://a.example/"\nprofile = "RIVTABP20"', "VP006 "),
        ('address = ""', "VP006 "),
    ],
)
def test_a_catalogue_that_is_wrong(capsys: pytest.CaptureFixture[str], catalogue: Path, row: str, told: str) -> None:
    row = row if "profile" in row else f'{row}\nprofile = "RIVTABP20"'
    append(catalogue / "routes.toml", f'[[route]]\nlogical_addresses = ["{KRONOBERG}"]\ncontracts = ["*"]\n{row}\n')
    run = explained(capsys)
    assert run.code == 1
    assert told in run.out
    assert "→ Avsluta alla utom ett av vägvalen i routing/routes.toml." in run.out


def test_a_route_without_an_address(capsys: pytest.CaptureFixture[str], catalogue: Path) -> None:
    append(catalogue / "routes.toml", '[[route]]\nlogical_addresses = ["A"]\ncontracts = ["*"]\naddress = ""\n')
    run = explained(capsys, address="A")
    assert run.code == 1
    assert "→ (adress saknas)  RIVTABP21  gäller" in run.out
    assert "VP010 " in run.out


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (("--at", "2026-01-31"), 0),
        (("--at", "2026-01-31T23:59:59"), 0),
        (("--at", "2026-02-01T00:00:01"), 1),
        (("--at", "2026-02-01"), 1),
        (("--at", "2025-12-31T23:59"), 1),
        ((), 1),
    ],
)
def test_another_moment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, catalogue: Path, at: tuple[str, ...], code: int
) -> None:
    """A day, or a moment in Swedish time; now when nothing is said."""
    row = 'address = "https://a.example/"\nvalid_from = 2026-01-01\nvalid_to = 2026-01-31\n'
    append(catalogue / "routes.toml", f'[[route]]\nlogical_addresses = ["SE-TID"]\ncontracts = ["*"]\n{row}')
    append(
        catalogue / "permissions.toml",
        f'[[permission]]\nconsumers = ["{CONSUMER_1177}"]\nlogical_addresses = ["SE-TID"]\ncontracts = ["*"]\n',
    )
    monkeypatch.setattr(time, "time", lambda: datetime(2026, 3, 1, tzinfo=UTC).timestamp())
    run = explained(capsys, *at, address="SE-TID")
    assert run.code == code
    assert ("har gått ut (2026-01-01 – 2026-01-31)" in run.out) == (code == 1 and "2025" not in "".join(at))


def test_as_data(capsys: pytest.CaptureFixture[str]) -> None:
    run = explained(capsys, "--format", "json", "--at", "2026-06-01", sender="nobody", address="SE-OKÄND")
    found = json.loads(run.out)
    assert run.code == 1
    assert "SE-OKÄND" in run.out
    assert (found["sender"], found["contract"], found["outcome"]) == (NOBODY, PLANS, "VP004")
    assert found["at"] == "2026-06-01T12:00:00+02:00"
    assert found["route"]["trace"] == "SE-OKÄND,(parent),SE,(default),*"
    assert found["permission"]["trace"] == "SE-OKÄND,(default),*,(parent),SE"
    assert [miss["reason"] for miss in found["route"]["misses"]] == ["receiver"]
    assert set(found["route"]["misses"][0]["text"]) == {"sv", "en"}
    assert [order["kind"] for order in found["orders"]] == ["route", "permission"]


@pytest.mark.parametrize("contract", ["GetCarePlans", "GetCarePlans_2.0", "GetCarePlans 2.0", PLANS])
def test_a_contract_by_name_or_namespace(capsys: pytest.CaptureFixture[str], contract: str) -> None:
    found = json.loads(explained(capsys, "--format", "json", contract=contract).out)
    assert (found["contract"], found["outcome"]) == (PLANS, "ok")


def test_an_unknown_contract_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    run = explained(capsys, contract="GetPlans")
    assert (run.code, run.out) == (2, "")
    assert "unknown contract GetPlans; known are " in run.err


def test_the_tree_is_a_setting(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The units' names are told; a broken file is told with its line."""
    monkeypatch.setenv("RIVTA_HSA_FILES", str(HSA))
    run = explained(capsys, address="SE2321000065-BACKEN")
    assert "exakt     SE2321000065-BACKEN (Vårdcentral & BVC Backen)" in run.out
    assert "förälder  SE2321000065-PV (Primärvård)" in run.out
    assert "spår      SE2321000065-BACKEN,(parent),SE2321000065-PV,SE2321000065-REGION,SE,(default),*" in run.out
    monkeypatch.setenv("RIVTA_CLIMB_ROUTES", "false")
    assert "(parent)" not in explained(capsys, address="SE2321000065-BACKEN").out.partition("Behörighet")[0]
    broken = tmp_path / "hsa.xml"
    broken.write_text("<r>\n<", "utf-8")
    monkeypatch.setenv("RIVTA_HSA_FILES", str(broken))
    run = explained(capsys)
    assert (run.code, run.err.startswith(f"rivta: {broken}:2: ")) == (2, True)


def test_a_bridge_is_a_step_that_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run = explained(capsys, "--lang", "en", contract="GetFixedContacts")
    assert run.code == 0
    told = " ".join(run.out.split())
    for text in (
        "Bridge The address has no route for the service contract; it is asked with another: "
        "GetFixedContacts_1.0 -> GetCareManagers_1.0.",
        "Route (GetCareManagers\u00a01.0)".replace("\u00a0", " "),
        "Permission (GetCareManagers\u00a01.0)".replace("\u00a0", " "),
        "→ http://127.0.0.1:9107/GetCareManagers/1/rivtabp21 RIVTABP21 valid",
        "The call goes through to http://127.0.0.1:9107/GetCareManagers/1/rivtabp21",
    ):
        assert text in told, text
    assert max(map(len, run.out.splitlines())) <= 100


def test_a_bridge_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(explained(capsys, "--format", "json", contract="GetFixedContacts").out)
    assert found["outcome"] == "ok"
    assert found["bridge"]["name"] == "GetFixedContacts_1.0 -> GetCareManagers_1.0"
    assert found["bridge"]["contract"] == responder("GetCareManagers")
    assert found["bridge"]["route"]["row"]["address"].endswith("/GetCareManagers/1/rivtabp21")


def test_a_missing_permission_at_the_other_end_is_told_by_its_name(
    capsys: pytest.CaptureFixture[str], catalogue: Path
) -> None:
    path = catalogue / "permissions.toml"
    text = path.read_text("utf-8").replace("*", "GetFixedContacts")
    path.write_text(text, "utf-8")
    run = explained(capsys, "--format", "json", contract="GetFixedContacts")
    found = json.loads(run.out)
    assert (run.code, found["outcome"]) == (1, "VP007")
    assert [order["contract"] for order in found["orders"]] == [responder("GetCareManagers")]
    assert found["bridge"]["permission"]["misses"][0]["text"]["en"]
    shown = explained(capsys, contract="GetFixedContacts").out
    assert responder("GetCareManagers") in shown


def test_without_bridges_there_is_none_to_show(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RIVTA_BRIDGES", "false")
    found = json.loads(explained(capsys, "--format", "json", contract="GetFixedContacts").out)
    assert (found["outcome"], found["bridge"]) == ("VP004", None)
