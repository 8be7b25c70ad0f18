"""``rivta contracts``: what the commands print, write and refuse."""

import json
from pathlib import Path

import pytest
from cli_runs import rivta
from package_samples import ROOT, SERVICE_PATH, SHARED_PATH, TAG, changed, folder, minor, package, zipped

DOMAIN = "clinicalprocess_logistics_logistics"  # with colons or underscores
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def contracts_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RIVTA_CONTRACTS_FOLDER", str(tmp_path / "added"))
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path / "added"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return folder(tmp_path / "p", package())


def test_add_says_what_became_of_it(path: Path, contracts_folder: Path, capsys: Capture) -> None:
    done = rivta(capsys, "contracts", "add", str(path), "--lang", "en")
    assert done.code == 0
    assert f"{TAG}: added to {contracts_folder / TAG}" in done.out
    assert "can be routed, aggregated, checked and answered; uncertain: aggregate.categorization" in done.out
    assert "read" in done.out.splitlines()[-1]
    again = rivta(capsys, "contracts", "add", str(path))
    assert (again.code, again.out) == (0, f"{TAG}: finns redan, med samma innehåll\n")


def test_add_in_json(path: Path, capsys: Capture) -> None:
    (found,) = json.loads(rivta(capsys, "contracts", "add", str(path), "--format", "json").out)
    assert (found["package"], found["state"]) == (TAG, "added")
    assert found["contracts"] == [
        {
            "contract": "GetLoans_1.0",
            "responder": "urn:riv:test:loans:GetLoansResponder:1",
            "aggregated": True,
            "missing": [],
        }
    ]


@pytest.mark.parametrize(("lang", "says"), [("sv", "Inget har hämtats"), ("en", "Nothing was fetched")])
def test_what_is_refused_has_exit_code_2(
    lang: str, says: str, tmp_path: Path, contracts_folder: Path, capsys: Capture
) -> None:
    files = changed(SERVICE_PATH, "../../core_components/test_loans_1.0.xsd", "http://example.org/a.xsd")
    done = rivta(capsys, "contracts", "add", str(zipped(tmp_path / "p.zip", files)), "--lang", lang)
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert f"{SERVICE_PATH}:4" in done.err
    assert "Traceback" not in done.err
    assert not contracts_folder.exists()


def test_other_content_needs_replace(path: Path, tmp_path: Path, capsys: Capture) -> None:
    rivta(capsys, "contracts", "add", str(path))
    other = str(folder(tmp_path / "q", changed(SHARED_PATH, "[0-9]{12}", "^[0-9]{11}.$")))
    assert rivta(capsys, "contracts", "add", other).code == 2
    done = rivta(capsys, "contracts", "add", other, "--replace", "--lang", "en")
    assert done.code == 0, done.err
    assert f"{SHARED_PATH}: put right in the added copy" in done.out


def test_an_edited_descriptor_is_told(path: Path, contracts_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    rivta(capsys, "contracts", "add", str(path))
    descriptor = contracts_folder / TAG / "contracts" / "GetLoans_1.0.toml"
    descriptor.write_text(
        descriptor.read_text("utf-8").replace("categorization = []", 'categorization = ["åäö"]'), "utf-8"
    )
    done = rivta(capsys, "contracts", "explain", "getloans", "--lang", "en")
    assert "edited by hand: åäö" in done.out
    assert done.out.count("edited by hand") == 1
    other = str(folder(tmp_path / "q", changed(SHARED_PATH, "hjälpmedel", "sak")))
    done = rivta(capsys, "contracts", "add", other, "--replace", "--lang", "en")
    assert "GetLoans_1.0: its descriptor was edited by hand and has been kept" in done.out


def test_list_tells_ours_added_ones_and_which_count(path: Path, tmp_path: Path, capsys: Capture) -> None:
    rivta(capsys, "contracts", "add", str(path))
    rivta(capsys, "contracts", "add", str(folder(tmp_path / "q", minor())))
    lines = rivta(capsys, "contracts", "list", "--lang", "en").out.splitlines()
    assert any(line.split() == ["GetCarePlans_2.0", "aggregated", "shipped"] for line in lines)
    assert any(
        line.startswith("GetLoans_1.0") and "not used: GetLoans_1.1 (test_loans_1.1) is newer" in line for line in lines
    )
    rows = json.loads(rivta(capsys, "contracts", "list", "--format", "json").out)
    assert {row["contract"]: row["used"] for row in rows if row["package"]} == {
        "GetLoans_1.0": False,
        "GetLoans_1.1": True,
    }


def test_show_and_explain(path: Path, capsys: Capture) -> None:
    rivta(capsys, "contracts", "add", str(path))
    shown = rivta(capsys, "contracts", "show", "GetLoans 1.0").out
    assert "urn:riv:test:loans:GetLoansResponder:1" in shown
    (facts,) = json.loads(rivta(capsys, "contracts", "show", "GetCarePlans", "--format", "json").out)
    assert facts["aggregate"]["categorization"] == ["cll-cp"]
    (explained,) = json.loads(rivta(capsys, "contracts", "explain", TAG, "--format", "json").out)
    fields = {each["field"]: each for each in explained["fields"]}
    assert fields["aggregate.patient"]["derived"] == "patientId/extension"
    assert set(fields["aggregate.patient"]["why"]) == {"sv", "en"}
    told = rivta(capsys, "contracts", "explain", "GetLoans").out
    assert "troligt: elementets namn i frågan, patientId" in told
    assert max(map(len, told.splitlines()[2:])) <= 100


def test_what_ships_was_not_derived_and_is_not_removed(capsys: Capture) -> None:
    for command in ("explain", "remove"):
        done = rivta(capsys, "contracts", command, "GetCarePlans", "--lang", "en")
        assert (done.code, "comes with the platform" in done.err.lower()) == (2, True)


def test_an_unknown_name_says_which_there_are(capsys: Capture) -> None:
    done = rivta(capsys, "contracts", "show", "GetNothing", "--lang", "en")
    assert done.code == 2
    assert "GetCarePlans_2.0" in done.err


def test_remove(path: Path, contracts_folder: Path, capsys: Capture) -> None:
    rivta(capsys, "contracts", "add", str(path))
    done = rivta(capsys, "contracts", "remove", TAG, "--lang", "en")
    assert (done.code, done.out.splitlines()[0]) == (0, f"{TAG}: removed")
    assert list(contracts_folder.iterdir()) == []


def test_into_another_folder(path: Path, contracts_folder: Path, tmp_path: Path, capsys: Capture) -> None:
    other = tmp_path / "other"
    assert rivta(capsys, "contracts", "add", str(path), "--into", str(other)).code == 0
    assert not contracts_folder.exists()
    assert "GetLoans" in rivta(capsys, "contracts", "list", "--into", str(other)).out
    assert "GetLoans" not in rivta(capsys, "contracts", "list").out


def test_export_writes_the_official_name_and_says_which_domains_there_are(tmp_path: Path, capsys: Capture) -> None:
    done = rivta(
        capsys, "contracts", "export", "--domain", "clinicalprocess_logistics_logistics", "--out", str(tmp_path)
    )
    assert done.code == 0, done.err
    assert (tmp_path / "ServiceContracts_clinicalprocess_logistics_logistics_2.0.zip").is_file()
    for arguments in ((), ("--domain", "no:such")):
        done = rivta(capsys, "contracts", "export", *arguments, "--lang", "en")
        assert done.code == 2
        assert "clinicalprocess:logistics:logistics" in done.err
    assert not (ROOT / "ServiceContracts_clinicalprocess_logistics_logistics_2.0.zip").exists()


def test_an_added_package_is_checked_at_once(path: Path, tmp_path: Path, capsys: Capture) -> None:
    message = tmp_path / "GetLoans_request.xml"
    message.write_text(
        '<q:GetLoans xmlns:q="urn:riv:test:loans:GetLoansResponder:1" xmlns:t="urn:riv:test:loans:1"><q:patientId>'
        "<t:root>1.2.752.129.2.1.3.1</t:root><t:extension>12</t:extension></q:patientId></q:GetLoans>",
        "utf-8",
    )
    assert "GetLoans_1.0" not in rivta(capsys, "check", str(message), "--format", "json").out
    rivta(capsys, "contracts", "add", str(path))
    done = rivta(capsys, "check", str(message), "--format", "json")
    assert done.code == 1
    assert "GetLoans_1.0" in done.out
    assert "[0-9]{12}" in done.out
