"""``rivta ei``: the engagement index for people and for programs."""

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from gateway_samples import SENDER

from gateway.cli.main import main
from gateway.platform.index.messages import notification
from gateway.storage import engagements, notifications, schema
from gateway.storage.direct import Database
from gateway.storage.engagement import Engagement
from gateway.storage.engagements import Change
from gateway.storage.engine import connect

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PERSON, OTHER, DOMAIN = "191212121212", "188803099368", "riv:coreprocess:planning:coordinatedplanning"
SECRET = "‹person-id›"


def engagement(source: str, person: str = PERSON, **changed: str) -> Engagement:
    values = {"most_recent_content": "20260101120000", "owner": "5565594230", **changed}
    return Engagement(person, DOMAIN, "cpc-gfc", source, source, "SE-ÅÄÖ", **values)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A from the seed, B from an Update, and two dead letters."""
    found = f"sqlite:///{tmp_path / 'index.sqlite3'}"
    made = connect(found)
    schema.prepare(made)
    made.dispose()
    database = Database(found)
    told = notification([Change(True, engagement("B"))])
    with database.writing() as work:
        engagements.seed(work, [engagement("A", creation_time="20250101120000")], "x", 1)
        engagements.change(work, [Change(False, engagement("B", OTHER))], "20260202120000")
        for subscriber in ("SE-PRENUMERANT", "SE-ANNAN"):
            notifications.add(work, subscriber, told, "korr-1", 1_800_000_000_000_000)
        notifications.add(work, "SE-VÄNTAR", told, "korr-2", 1_800_000_000_000_000)
    with database.writing() as work:
        for each in notifications.due(database, 1_900_000_000_000_000)[:2]:
            notifications.give_up(work, each, f"fel om {PERSON}", 1)
    database.close()
    return found


@pytest.fixture
def rivta(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """``rivta ei`` on the index at a URL, in English unless told otherwise."""

    def run(url: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        for name, value in {"RIVTA_DATABASE_URL": url, "RIVTA_LANG": "en", **environment}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(["ei", *arguments])
        captured = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, captured.out, captured.err)

    return run


def test_the_list_is_a_table_in_both_languages_without_person_ids(rivta: Run, url: str) -> None:
    for language, title in (("sv", "Engagemangsindex"), ("en", "Engagement index")):
        found = rivta(url, "list", RIVTA_LANG=language)
        assert found.returncode == 0
        assert found.stdout.startswith(title)
        assert SECRET in found.stdout
        assert PERSON not in found.stdout
        assert max(map(len, found.stdout.splitlines())) <= 100
    assert "20260101120000 *" in found.stdout


def test_ids_are_shown_to_who_asks(rivta: Run, url: str) -> None:
    assert PERSON in rivta(url, "list", "--ids").stdout
    rows = json.loads(rivta(url, "list", "--format", "json").stdout)
    assert {row["registered_resident_identification"] for row in rows} == {SECRET}
    rows = json.loads(rivta(url, "list", "--format", "json", "--ids").stdout)
    assert [(row["registered_resident_identification"], row["source_system"], row["seed"]) for row in rows] == [
        (OTHER, "B", False),
        (PERSON, "A", True),
    ]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ((), 2),
        (("--source", "A"), 1),
        (("--domain", DOMAIN, "--categorization", "cpc-gfc"), 2),
        (("--categorization", "CPC-GFC"), 0),
        (("--address", "B", "--owner", "5565594230"), 1),
        (("--owner", "SE-ANNAN"), 0),
        (("--limit", "1"), 1),
        (("--limit", "0"), 2),
    ],
)
def test_the_list_is_filtered(rivta: Run, url: str, options: tuple[str, ...], wanted: int) -> None:
    found = rivta(url, "list", "--format", "csv", *options)
    assert len(list(csv.DictReader(io.StringIO(found.stdout), delimiter=";"))) == wanted


def test_a_person_is_found_or_not(rivta: Run, url: str) -> None:
    assert rivta(url, "find", PERSON).returncode == 0
    assert rivta(url, "find", PERSON, "--source", "B").returncode == 1
    none = rivta(url, "find", "194911172296", RIVTA_LANG="sv")
    assert (none.returncode, none.stdout) == (1, "Inga indexposter.\n")


def test_dead_letters_are_listed_and_make_it_a_finding(rivta: Run, url: str) -> None:
    found = rivta(url, "dead")
    assert found.returncode == 1
    assert "SE-PRENUMERANT" in found.stdout
    assert SECRET in found.stdout
    assert PERSON not in found.stdout
    first, _ = json.loads(rivta(url, "dead", "--format", "json").stdout)
    assert (first["subscriber"], first["attempts"], first["last_error"]) == ("SE-PRENUMERANT", 1, f"fel om {SECRET}")
    assert first["changes"][0]["delete"] is True
    assert first["changes"][0]["registeredResidentIdentification"] == SECRET
    shown = json.loads(rivta(url, "dead", "--ids", "--format", "json").stdout)
    assert shown[0]["changes"][0]["registeredResidentIdentification"] == PERSON


def test_what_waits_is_listed_too(rivta: Run, url: str) -> None:
    found = rivta(url, "dead", "--waiting", "--format", "json")
    assert found.returncode == 0
    assert [each["subscriber"] for each in json.loads(found.stdout)] == ["SE-VÄNTAR"]


def test_replaying(rivta: Run, url: str) -> None:
    one = rivta(url, "replay", "1", "99")
    assert (one.returncode, one.stdout) == (1, "1 notifications are sent again.\n")
    assert one.stderr == "There is no notification with number 99.\n"
    assert json.loads(rivta(url, "replay", "--all", "--format", "json").stdout) == {"replayed": [2], "missing": []}
    assert rivta(url, "dead").returncode == 0
    waiting = json.loads(rivta(url, "dead", "--waiting", "--format", "json").stdout)
    assert [each["attempts"] for each in waiting] == [0, 0, 0]


@pytest.mark.parametrize("arguments", [("replay",), ("replay", "1", "--all"), ("replay", "0"), ("find",), ("nytt",)])
def test_wrong_usage(rivta: Run, url: str, arguments: tuple[str, ...]) -> None:
    assert rivta(url, *arguments).returncode == 2


@pytest.mark.parametrize("form", ["csv", "json"])
def test_export_and_import_keep_everything(rivta: Run, url: str, tmp_path: Path, form: str) -> None:
    file, copy = tmp_path / f"index.{form}", f"sqlite:///{tmp_path / 'kopia.sqlite3'}"
    assert "2 engagements written" in rivta(url, "export", str(file)).stderr
    assert PERSON in file.read_text("utf-8")
    assert rivta(copy, "import", str(file)).stdout == "2 engagements stored.\n"
    again = tmp_path / f"igen.{form}"
    rivta(copy, "export", str(again))
    assert again.read_text("utf-8") == file.read_text("utf-8")
    assert rivta(url, "export", "-", "--form", form).stdout == file.read_text("utf-8")


HEAD = (
    "registered_resident_identification;service_domain;categorization;logical_address;source_system;data_controller;"
    "business_object_instance_identifier;clinical_process_interest_id;most_recent_content;creation_time;update_time"
)
ROW = f"{PERSON};{DOMAIN};cpc-gfc;SE-X;SE-X;SE-X;NA;NA;;;"


def test_the_seed_file_s_columns_are_enough(rivta: Run, url: str, tmp_path: Path) -> None:
    file = tmp_path / "rader.csv"
    file.write_text(f"{HEAD}\n{ROW}\n", "utf-8")
    assert json.loads(rivta(url, "import", str(file), "--format", "json").stdout) == {"imported": 1}
    (row,) = json.loads(rivta(url, "list", "--source", "SE-X", "--format", "json").stdout)
    assert row["owner"] == "5565594230"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a.csv", "a;b\n", "a.csv:1: expected the columns registered_resident"),
        ("a.csv", f"{HEAD}\n{ROW};x;y\n", "a.csv:2: expected 11 values, found 13"),
        ("a.csv", f"{HEAD}\n{ROW}\n{ROW}\n", "a.csv:3: the same engagement as in line 2"),
        (
            "a.csv",
            f"{HEAD}\n{ROW.replace('cpc-gfc', ' x')}\n",
            "a.csv:2: Remove the white space around the value of cate",
        ),
        ("a.csv", f"{HEAD}\n{ROW.replace(';;;', ';igår;;')}\n", "a.csv:2: Write mostRecentContent"),
        ("a.json", "[{", "a.json:1: expected JSON"),
        ("a.json", '[{"owner": 1}]', "a.json:1: expected an object of texts"),
        ("a.json", '[{"ägare": "x"}]', "a.json:1: unknown names ägare"),
        ("a.json", '[{"owner": "x"}]', "a.json:1: expected a value for registered_resident"),
    ],
)
def test_a_broken_file_is_told_with_its_line_and_changes_nothing(
    rivta: Run, url: str, tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    found = rivta(url, "import", str(tmp_path / name))
    assert found.returncode == 2
    assert told in found.stderr
    assert PERSON not in found.stderr
    assert len(json.loads(rivta(url, "list", "--format", "json").stdout)) == 2


def test_without_a_database(rivta: Run, tmp_path: Path) -> None:
    missing = f"sqlite:///{tmp_path / 'ingen.sqlite3'}"
    for arguments in (("list",), ("find", PERSON), ("dead",), ("replay", "1"), ("export", "-")):
        found = rivta(missing, *arguments)
        assert found.returncode == 2
        assert "start the gateway" in found.stderr
        assert SENDER not in found.stderr
    assert not (tmp_path / "ingen.sqlite3").exists()
