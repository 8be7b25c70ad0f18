"""``rivta journal``: for people and for programs."""

import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gateway_samples import AGGREGATE, SENDER, TOLVAN, headers, question, request
from journal_samples import ANSWER, NAME, ask, good, ids, never, site, sqlite, stored

from gateway.cli import journal_view
from gateway.cli.journal_view import readable
from gateway.cli.main import main
from gateway.router.send import ProducerError

Run = Callable[..., "subprocess.CompletedProcess[str]"]
EXCHANGES = 3


@pytest.fixture
def address(tmp_path: Path) -> str:
    """1: answered by A. 2: refused. 3: asked A, B and C (4, 5, 6); B failed, C was late."""
    answers = {"A": good("A"), "B": ProducerError("reset", "gone"), "SE0000000000-LONGER-THAN-ALL-OTHERS": never}
    found, collector = site(answers, aggregate_timeout=0.2)
    ask(found, "A", sent=headers(x_skltp_correlation_id="c-1"))
    ask(found, "A", sent=headers(sender="SE-NOBODY", x_skltp_correlation_id="c-2"))
    ask(found, AGGREGATE, sent=headers(x_skltp_correlation_id="c-3"))
    return stored(tmp_path, collector.take(10))


@pytest.fixture
def with_messages(tmp_path: Path) -> str:
    """1: answered by A, with its messages."""
    found, collector = site(payloads=True)
    ask(found)
    return stored(tmp_path, collector.take(10))


@pytest.fixture
def rivta(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Run:
    """``rivta journal`` on the journal at a URL, in English unless told otherwise."""

    def run(url: str, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        for name, value in {"RIVTA_DATABASE_URL": url, "RIVTA_LANG": "en", **environment}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(["journal", *arguments])
        out, err = (each.decode() for each in capsysbinary.readouterr())
        return subprocess.CompletedProcess(arguments, ended.value.code, out, err)

    return run


def listed(found: "subprocess.CompletedProcess[str]") -> list[int]:
    assert found.returncode == 0, found.stderr
    return [each["id"] for each in json.loads(found.stdout)]


def test_calls_are_listed_for_people(address: str, rivta: Run) -> None:
    found = rivta(address, "list")
    assert (found.returncode, found.stderr) == (0, "")
    assert re.search(rf"3 +\d\d:\d\d:\d\d +{NAME} +{SENDER} +{AGGREGATE} +partial +\d+\.\d", found.stdout)
    assert re.search(r"2 +\d\d:\d\d:\d\d .* SE-NOBODY +A +refused VP007 ", found.stdout)
    assert found.stdout.index("partial") < found.stdout.index("refused") < found.stdout.index("answered")


def test_calls_are_listed_in_swedish(address: str, rivta: Run) -> None:
    found = rivta(address, "list", "--lang", "sv").stdout
    assert all(word in found for word in ("Anrop i journalen", "Avsändare", "delvis", "nekat VP007", "besvarat"))


def test_calls_are_listed_for_programs(address: str, rivta: Run) -> None:
    found = json.loads(rivta(address, "list", "--format", "json").stdout)
    newest = found[0]
    assert [each["id"] for each in found] == [3, 2, 1]
    assert (newest["operation"], newest["outcome"], newest["correlation_id"]) == (NAME, "partial", "c-3")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0[12]:00", newest["started"])
    assert newest["duration_ms"] >= 200
    assert newest["messages"]["req-in"] == {"bytes": len(question(NAME))}
    assert "req-out" not in found[1]["messages"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--contract", NAME), [3, 2, 1]),
        (("--sender", "SE-NOBODY"), [2]),
        (("--address", AGGREGATE), [3]),
        (("--outcome", "answered"), [1]),
        (("--correlation-id", "c-2"), [2]),
        (("--limit", "2"), [3, 2]),
        (("--since", "10m"), [3, 2, 1]),
        (("--since", "2h"), [3, 2, 1]),
        (("--since", "2000-01-01"), [3, 2, 1]),
        (("--since", "2000-01-01T12:00:00Z"), [3, 2, 1]),
        (("--since", "2999-01-01T12:00"), []),
    ],
)
def test_calls_are_chosen(address: str, rivta: Run, arguments: tuple[str, ...], expected: list[int]) -> None:
    assert listed(rivta(address, "list", "--format", "json", *arguments)) == expected


def test_nothing_found_is_said(address: str, rivta: Run) -> None:
    found = rivta(address, "list", "--sender", "X", "--lang", "sv")
    assert (found.returncode, found.stdout.strip()) == (0, "Inga anrop i journalen stämmer.")


@pytest.mark.parametrize("text", ["soon", "10 minutes", "2026-13-01", "99999999999999d"])
def test_a_time_that_cannot_be_read_is_a_usage_error(address: str, rivta: Run, text: str) -> None:
    found = rivta(address, "list", "--since", text)
    assert found.returncode == 2
    assert "expected 30s, 10m, 2h, 3d, or a date or time" in found.stderr


def test_a_call_is_shown_with_its_decision(address: str, rivta: Run) -> None:
    found = rivta(address, "show", "2").stdout
    assert re.search(rf"Call 2, \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{3}}, {NAME}: refused VP007", found)
    for key, value in {
        "Sender": "SE-NOBODY",
        "Called from": "127.0.0.1 /vp",
        "Logical address": "A",
        "RIV-TA profile": "rivtabp21",
        "Routes tried": "A",
        "Permissions tried": r"A,\(default\),\*",
        "Correlation id": "c-2",
        "HTTP status": "500",
        "Cause": "VP007 Authorization missing",
        "Took": r"\d+\.\d ms",
    }.items():
        assert re.search(rf"^{key} +{value}", found, re.MULTILINE), key
    assert re.search(r"req-out +– *$", found, re.MULTILINE)
    assert "kept only with --journal payloads" in found


def test_a_question_is_shown_with_its_sources_over_time(address: str, rivta: Run) -> None:
    found = rivta(address, "show", "3").stdout
    assert re.search(r"^ +4 +A +answered +\d+\.\d +█ *$", found, re.MULTILINE)
    assert re.search(r"^ +5 +B +failed +\d+\.\d +█ *$", found, re.MULTILINE)
    assert "reset: gone" in found
    late = re.search(r"^ +6 +SE0000000000-LONGER.* failed +2\d\d\.\d +(█+)", found, re.MULTILINE)
    assert late is not None
    assert len(late[1]) > 30
    assert "late: no answer before the whole" in found


def test_a_source_is_shown_by_itself(address: str, rivta: Run) -> None:
    found = rivta(address, "show", "5", "--lang", "sv").stdout
    assert "en fråga till en källa, del av anrop 3" in found
    assert re.search(r"^Orsak +reset: gone", found, re.MULTILINE)


def test_a_call_is_shown_for_programs(address: str, rivta: Run) -> None:
    found = json.loads(rivta(address, "show", "3", "--format", "json").stdout)
    assert (found["id"], found["http_status"], found["fault_code"]) == (3, 200, None)
    first, second, third = found["sources"]
    assert [each["logical_address"] for each in (first, second)] == ["A", "B"]
    assert (first["outcome"], second["cause"], third["messages"].keys()) == ("answered", "reset: gone", {"req-out"})
    assert all(0 <= each["offset_ms"] < 200 for each in found["sources"])


@pytest.mark.parametrize("arguments", [("list",), ("show", "2"), ("show", "3")])
@pytest.mark.parametrize("columns", ["80", "100", "200"])
def test_no_line_is_wider_than_100_columns(address: str, rivta: Run, arguments: tuple[str, ...], columns: str) -> None:
    found = rivta(address, *arguments, COLUMNS=columns).stdout
    assert max(map(len, found.splitlines())) <= 100


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}])
def test_a_pipe_has_no_colours(address: str, rivta: Run, environment: dict[str, str]) -> None:
    assert "\x1b" not in rivta(address, "show", "3", **environment).stdout


@pytest.mark.parametrize("arguments", [("show", "99"), ("show", "1", "--message", "req-in"), ("show", "0"), ("show",)])
def test_what_is_not_there_is_a_usage_error(address: str, rivta: Run, arguments: tuple[str, ...]) -> None:
    found = rivta(address, *arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(("Error: ", "Usage: "))


def test_why_a_message_is_missing_is_told(address: str, rivta: Run) -> None:
    assert "kept only with --journal payloads" in rivta(address, "show", "1", "--message", "req-in").stderr
    assert "call 2 has no req-out" in rivta(address, "show", "2", "--message", "req-out").stderr


def test_the_messages_are_shown_without_person_ids(with_messages: str, rivta: Run) -> None:
    found = rivta(with_messages, "show", "1").stdout
    assert re.search(r"^ *resp-in +[\d ]+ +kept", found, re.MULTILINE)
    assert "‹person-id›" in found
    assert "Åsa Öberg" in found
    assert TOLVAN not in found
    assert "\nreq-out\nThe same as req-in.\n" in found
    assert "\nresp-out\nThe same as resp-in.\n" in found


def test_the_messages_are_shown_with_person_ids_when_asked_for(with_messages: str, rivta: Run) -> None:
    found = rivta(with_messages, "show", "1", "--payloads").stdout
    assert TOLVAN in found
    assert "‹person-id›" not in found


def test_programs_get_the_messages_likewise(with_messages: str, rivta: Run) -> None:
    found = json.loads(rivta(with_messages, "show", "1", "--format", "json").stdout)["messages"]
    assert found["resp-in"]["bytes"] == len(ANSWER)
    assert found["resp-in"]["text"] == ANSWER.decode().replace(TOLVAN, "‹person-id›")
    found = json.loads(rivta(with_messages, "show", "1", "--format", "json", "--payloads").stdout)["messages"]
    assert found["resp-in"]["text"] == ANSWER.decode()


def test_one_message_alone_is_shown(with_messages: str, rivta: Run) -> None:
    masked = rivta(with_messages, "show", "1", "--message", "resp-out").stdout
    assert masked == ANSWER.decode().replace(TOLVAN, "‹person-id›") + "\n"
    assert rivta(with_messages, "show", "1", "--message", "resp-out", "--payloads").stdout == ANSWER.decode()


def test_a_long_message_is_cut_with_a_hint(with_messages: str, rivta: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_view, "_MOST", 50)
    found = rivta(with_messages, "show", "1").stdout
    assert re.search(r"… \d+ more characters. All of it: rivta journal show 1 --message resp-in", found)


def test_a_message_that_is_no_xml_is_shown_as_it_is(tmp_path: Path, rivta: Run) -> None:
    found, collector = site(payloads=True)
    found.handle(request(f"Hej {TOLVAN}".encode()))
    shown = rivta(stored(tmp_path, collector.take(1)), "show", "1").stdout
    assert "Hej ‹person-id›" in shown


@pytest.mark.parametrize(
    "body",
    [
        f"<a>{TOLVAN} å</a>".encode(),
        f"\ufeff<a>{TOLVAN} å</a>".encode(),
        f"<?xml version='1.0' encoding='ISO-8859-1'?><a>{TOLVAN} å</a>".encode("latin-1"),
        f"<a>{TOLVAN} å</a>".encode("utf-16"),
        f"<a>{TOLVAN} å</a>".encode("utf-16-le"),
        f"<a>{TOLVAN} å</a>".encode("utf-16-be"),
        f"<?xml version='1.0' encoding='nosuch'?><a>{TOLVAN} å</a>".encode("latin-1"),
        "<a>&#49;9121212&#x31;212 å</a>".encode(),
        "<a>&#0049;9121212&#x0031;212 å</a>".encode(),
    ],
)
def test_a_person_id_is_masked_in_any_encoding(body: bytes) -> None:
    found = readable(body)
    assert "<a>‹person-id› å</a>" in found


def test_other_character_references_stay() -> None:
    assert readable(b"<a>&#64;&#x3a;&amp;</a>") == "<a>&#64;&#x3a;&amp;</a>"


def test_a_compressed_message_is_unpacked() -> None:
    assert readable(gzip.compress(f"<a>{TOLVAN}</a>".encode())) == "<a>‹person-id›</a>"
    assert readable(b"\x1f\x8bbroken") == readable(b"\x1f\x8bbroken", masked=False)


@pytest.mark.parametrize("answer", ["", "n\n"])
def test_clearing_asks_first(address: str, rivta: Run, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    found = rivta(address, "clear")
    assert found.returncode == 2
    assert "Delete everything in sqlite:///" in found.stderr
    assert len(ids(address)) == EXCHANGES


def test_clearing_tells_how_many(address: str, rivta: Run) -> None:
    found = rivta(address, "clear", "--yes", "--lang", "sv")
    assert (found.returncode, found.stdout) == (0, "3 anrop raderade.\n")
    assert ids(address) == []
    assert json.loads(rivta(address, "clear", "--yes", "--format", "json").stdout) == {"deleted": 0}


@pytest.mark.parametrize("arguments", [("list",), ("show", "1"), ("clear", "--yes")])
def test_without_a_journal_it_says_how_to_get_one(tmp_path: Path, rivta: Run, arguments: tuple[str, ...]) -> None:
    found = rivta(sqlite(tmp_path), *arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert re.fullmatch(r"Error: no journal at sqlite:///.*: start the gateway with --journal on\n", found.stderr)


def test_the_settings_file_tells_where_it_is(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rivta.toml"
    path.write_text(f'database_url = "{address}"\n', "utf-8")
    monkeypatch.delenv("RIVTA_DATABASE_URL", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["journal", "list", "--config", str(path), "--format", "json"])
    assert ended.value.code == 0
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == [3, 2, 1]
