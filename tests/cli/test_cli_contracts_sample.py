"""``rivta contracts sample``: what it prints and writes, and its exit codes."""

import json
from pathlib import Path

import pytest
from cli_runs import rivta
from lxml import etree
from package_samples import folder, package

Capture = pytest.CaptureFixture[str]
CONTRACT = "GetCarePlans"


def test_the_same_seed_prints_the_same_request(capsys: Capture) -> None:
    first, again, other = (
        rivta(capsys, "contracts", "sample", CONTRACT, "--random", seed, "--request") for seed in ("7", "7", "8")
    )
    assert (first.code, first.err) == (0, "")
    assert first.out == again.out != other.out
    root = etree.fromstring(first.out.encode())
    assert root.xpath("count(//*[local-name() = 'LogicalAddress'])") == 1


def test_pairs_as_files_conform(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "ut"
    done = rivta(capsys, "contracts", "sample", CONTRACT, "--full", "--count", "2", "--records", "3", "--out", str(out))
    assert (done.code, done.out) == (0, f"4 filer i {out}\n")
    names = sorted(path.name for path in out.iterdir())
    assert names == [
        f"{CONTRACT}_2.0_full_{number}_{part}.xml" for number in (1, 2) for part in ("request", "response")
    ]
    assert (out / names[1]).read_text("utf-8").count(":carePlan>") == 6
    assert rivta(capsys, "check", str(out), "--fail-on", "info").code == 0


def test_bare_ones_conform_too(tmp_path: Path, capsys: Capture) -> None:
    assert rivta(capsys, "contracts", "sample", CONTRACT, "--bare", "--out", str(tmp_path)).code == 0
    assert b"Envelope" not in (tmp_path / f"{CONTRACT}_2.0_minimal_response.xml").read_bytes()
    assert rivta(capsys, "check", str(tmp_path), "--fail-on", "info").code == 0


def test_broken_ones_are_labelled_and_caught(tmp_path: Path, capsys: Capture) -> None:
    done = rivta(capsys, "contracts", "sample", CONTRACT, "--invalid", "--out", str(tmp_path), "--lang", "en")
    assert done.code == 0
    told = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert told["contract"] == f"{CONTRACT}_2.0"
    rows = {row["file"]: row for row in told["messages"]}
    stranger = rows["RIVTA-SEM-015_stranger_response.xml"]
    assert (stranger["rule"], stranger["request"]) == ("RIVTA-SEM-015", "RIVTA-SEM-015_stranger_request.xml")
    assert f"<!-- {stranger['rule']} stranger" in (tmp_path / stranger["file"]).read_text("utf-8")
    for name, row in rows.items():
        flags = [
            part for key, value in row.get("options", {}).items() for part in (f"--{key.replace('_', '-')}", value)
        ]
        found = rivta(capsys, "check", str(tmp_path / name), "--format", "json", *flags)
        assert row["rule"] in found.out, name


def test_the_kill_rate(capsys: Capture) -> None:
    done = rivta(capsys, "contracts", "sample", CONTRACT, "--invalid", "--verify", "--lang", "en")
    assert done.code == 0
    assert "(100.0 %) were caught by their rule" in done.out


def test_a_survivor_is_named_and_fails(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    from gateway.contracts.messages import identities

    monkeypatch.setattr(identities, "day_exists", lambda _text: True)
    done = rivta(capsys, "contracts", "sample", CONTRACT, "--invalid", "--verify", "--lang", "en")
    assert done.code == 1
    assert "survived: RIVTA-SEM-005_31-february_response" in done.out


def test_the_kill_rate_in_json(capsys: Capture) -> None:
    done = rivta(capsys, "contracts", "sample", "Update", "--invalid", "--verify", "--format", "json")
    found = json.loads(done.out)
    assert found["caught"] == found["all"] == len(found["messages"]) > 40
    assert found["unbroken"] == []
    assert all(row["rule"] in row["found"] for row in found["messages"])


def test_a_list_without_folder(capsys: Capture) -> None:
    lines = rivta(capsys, "contracts", "sample", "Update", "--invalid", "--request").out.splitlines()
    assert all(line.startswith("RIVTA-") and "request" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("Finns",), "no such contract; known: FindContent 1.0"),
        ((CONTRACT, "--verify"), "go with --invalid"),
        ((CONTRACT, "--out", "/dev/null/x"), "/dev/null/x"),
    ],
)
def test_what_cannot_be_done_has_exit_code_2(arguments: tuple[str, ...], says: str, capsys: Capture) -> None:
    done = rivta(capsys, "contracts", "sample", *arguments, "--lang", "en")
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err


def test_an_added_contract_is_sampled_like_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("RIVTA_CONTRACTS_FOLDER", str(tmp_path / "added"))
    assert rivta(capsys, "contracts", "add", str(folder(tmp_path / "p", package()))).code == 0
    for style in (("--minimal",), ("--full",), ("--random", "3", "--count", "5")):
        out = tmp_path / style[0]
        assert rivta(capsys, "contracts", "sample", "GetLoans", *style, "--out", str(out)).code == 0
        checked = rivta(capsys, "check", str(out), "--fail-on", "info")
        assert (checked.code, checked.err) == (0, ""), checked.out
    assert rivta(capsys, "contracts", "sample", "GetLoans", "--invalid", "--verify").code == 0
