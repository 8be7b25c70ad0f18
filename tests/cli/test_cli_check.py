"""``rivta check`` and ``rivta rules``: exit codes, formats, what is left out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_runs import rivta
from gateway_samples import ROOT, question
from journal_samples import ask, site, stored
from lxml import etree

EXAMPLES = ROOT / "contracts" / "rules" / "examples"
GOOD, BROKEN = str(EXAMPLES / "contacts-answer.xml"), str(EXAMPLES / "plans-large-content.xml")
WARNED, UNREADABLE = str(EXAMPLES / "soap12-question.xml"), str(EXAMPLES / "deep.xml")
Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((GOOD,), 0),
        ((BROKEN,), 1),
        ((WARNED,), 0),
        ((WARNED, "--fail-on", "warning"), 1),
        ((UNREADABLE,), 2),
        ((BROKEN, UNREADABLE), 2),
        ((GOOD, "--part", "request"), 1),
        ((GOOD, "--reader", "resident"), 1),
        ((GOOD, "--contract", "GetFixedContacts"), 0),
        ((GOOD, "--max-bytes", "100"), 2),
        ((GOOD, "--jobs", "2"), 0),
    ],
)
def test_the_exit_code(capsys: Capture, arguments: tuple[str, ...], code: int) -> None:
    found = rivta(capsys, "check", *arguments)
    assert (found.code, found.err) == (code, "")
    assert "Granskade: " in found.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "--journal"),
        (("none.xml",), "none.xml: no message is there"),
        ((GOOD, "--contract", "GetFixedContact"), "Nearest: GetFixedContacts 1.0"),
        ((GOOD, "--format", "yaml"), "yaml"),
        ((GOOD, "--write-baseline"), "--baseline"),
        ((GOOD, "--ignore", "none.toml"), "none.toml"),
        ((GOOD, "--baseline", "none.json"), "none.json"),
        ((GOOD, "--journal"), "--journal"),
    ],
)
def test_wrong_usage_is_exit_code_2(capsys: Capture, arguments: tuple[str, ...], problem: str) -> None:
    found = rivta(capsys, "check", *arguments)
    assert (found.code, found.out) == (2, "")
    assert problem in found.err


def test_text_for_people(capsys: Capture) -> None:
    found = rivta(capsys, "check", BROKEN, "--lang", "en").out
    assert f"{BROKEN}:42:13" in found.replace("\n", "")
    assert "error RIVTA-GCP-005" in found
    assert max(map(len, found.splitlines())) <= max(100, len(BROKEN) + 10)


def test_json_for_programs(capsys: Capture) -> None:
    data = json.loads(rivta(capsys, "check", BROKEN, GOOD, "--format", "json").out)
    assert [(each["rule"], each["contract"], each["line"]) for each in data["findings"]] == [
        ("RIVTA-GCP-005", "GetCarePlans_2.0", 42)
    ]
    assert [each["layers"]["contract"] for each in data["subjects"]] == ["failed", "passed"]


def test_junit_and_sarif_for_ci(capsys: Capture) -> None:
    root = etree.fromstring(rivta(capsys, "check", BROKEN, "--format", "junit").out.encode())
    assert (root.tag, root.get("failures")) == ("testsuites", "1")
    data = json.loads(rivta(capsys, "check", BROKEN, "--format", "sarif").out)
    assert data["runs"][0]["results"][0]["ruleId"] == "RIVTA-GCP-005"


def test_standard_input() -> None:
    command = [sys.executable, "-m", "gateway.cli.main", "check", "-", "--format", "github"]
    with Path(BROKEN).open("rb") as file:
        found = subprocess.run(command, stdin=file, capture_output=True, text=True, cwd=ROOT, check=False)
    assert found.returncode == 1
    assert "file=-,line=42" in found.stdout


def test_a_baseline_is_written_and_read(capsys: Capture, tmp_path: Path) -> None:
    path = str(tmp_path / "known.json")
    assert rivta(capsys, "check", BROKEN, "--baseline", path, "--write-baseline").code == 0
    found = rivta(capsys, "check", BROKEN, "--baseline", path)
    assert found.code == 0
    assert "1 som finns i jämförelsefilen" in found.out


def test_an_ignore_file(capsys: Capture, tmp_path: Path) -> None:
    path = tmp_path / "ignore.toml"
    path.write_text('[[ignore]]\nrule = "gcp-content-size"\nreason = "rättas i v. 3"\nexpires = 2099-01-01\n', "utf-8")
    assert rivta(capsys, "check", BROKEN, "--ignore", str(path)).code == 0
    path.write_text(path.read_text("utf-8").replace("2099", "2020"), "utf-8")
    found = rivta(capsys, "check", BROKEN, "--ignore", str(path))
    assert found.code == 1
    assert "RIVTA-REP-001" in found.out


def test_a_journal_is_checked_with_its_requests(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exchange, collector = site(payloads=True)
    ask(exchange)
    monkeypatch.setenv("RIVTA_DATABASE_URL", stored(tmp_path, collector.take(10)))
    data = json.loads(rivta(capsys, "check", "--journal", "--format", "json").out)
    assert [each["name"] for each in data["subjects"]] == ["journal:1/req-in", "journal:1/resp-out"]
    assert [each["kind"] for each in data["subjects"]] == ["request", "response"]
    assert question().decode()[:20] not in json.dumps(data["subjects"])


def test_a_journal_without_messages_tells_how_to_keep_them(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    exchange, collector = site()
    ask(exchange)
    monkeypatch.setenv("RIVTA_DATABASE_URL", stored(tmp_path, collector.take(10)))
    found = rivta(capsys, "check", "--journal")
    assert (found.code, found.out) == (2, "")
    assert "payloads" in found.err


def test_rules_are_listed(capsys: Capture) -> None:
    found = rivta(capsys, "rules", "list")
    assert found.code == 0
    assert "RIVTA-ENV-002" in found.out
    assert "GetCarePlans_2.0: contract" in found.out
    assert max(map(len, found.out.splitlines())) <= 100
    data = json.loads(rivta(capsys, "rules", "list", "--area", "message", "--layer", "headers", "--format", "json").out)
    assert [each["id"] for each in data] == ["RIVTA-HDR-001", "RIVTA-HDR-002", "RIVTA-HDR-003"]
    assert data[0]["severity"] == "error"
    assert "expected one of" in rivta(capsys, "rules", "list", "--area", "nothing").err


@pytest.mark.parametrize("name", ["RIVTA-HDR-001", "logical-address"])
def test_a_rule_is_explained(capsys: Capture, name: str) -> None:
    text = rivta(capsys, "rules", "explain", name, "--lang", "en").out
    assert "RIV-TA Basic Profile 2.1 #8" in text
    assert "Misspelt." in text
    data = json.loads(rivta(capsys, "rules", "explain", name, "--format", "json").out)
    assert (data["id"], data["area"], len(data["bad"])) == ("RIVTA-HDR-001", "message", 2)


def test_every_rule_can_be_explained_within_100_columns(capsys: Capture) -> None:
    from gateway.findings import rules

    for name in rules.everything():
        for lang in ("sv", "en"):
            found = rivta(capsys, "rules", "explain", name, "--lang", lang)
            assert found.code == 0
            assert max(map(len, found.out.splitlines())) <= 100, name
            assert "{" not in found.out.partition("\n\n")[0], name


def test_an_unknown_rule_suggests_the_nearest(capsys: Capture) -> None:
    found = rivta(capsys, "rules", "explain", "RIVTA-HDR-1")
    assert found.code == 2
    assert "RIVTA-HDR-001 (logical-address)" in found.err


def test_a_check_imports_only_what_it_needs() -> None:
    """A cold check answers at once: neither the database nor the server is imported."""
    code = (
        "import sys\nfrom gateway.cli.main import main\n"
        "try:\n    main(['check', sys.argv[1]])\nexcept SystemExit: pass\n"
        "print([m for m in ('sqlalchemy', 'asyncio', 'cryptography', 'lxml.isoschematron', 'rich', 'multiprocessing')"
        " if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code, GOOD], capture_output=True, text=True, cwd=ROOT, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
