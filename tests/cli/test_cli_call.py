"""``rivta call``: what is asked, what is shown, and what is wrong with the question."""

import json
from typing import Any

import pytest
from cli_runs import Run, rivta
from gateway_samples import TOLVAN, answer_message, envelope, record, response_element, soap_fault
from lxml import etree

from gateway import texts
from gateway.aggregator.outcome import Failure, Outcome
from gateway.aggregator.status import Status
from gateway.consumers import ask as asking
from gateway.consumers.ask import Reply
from gateway.soap import fault, ns, xml
from gateway.soap.head import MessageError

NAME = "GetFixedContacts"
CONSUMER_1177 = "SE5565594230-RIVTA1177"


def answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: bytes | Exception, *arguments: str
) -> tuple[Run, dict[str, Any]]:
    """The command's doing when the gateway answers this."""
    asked: dict[str, Any] = {}

    def ask(url: str, contract: Any, person: str, **more: Any) -> Reply:
        asked.update(url=url, contract=contract.key, person=person, **more)
        if isinstance(answer, Exception):
            raise answer
        tree = xml.parse(answer)
        return Reply(0.01, tree, xml.body_child(tree), tuple(asking._statuses(tree)))

    monkeypatch.setattr(asking, "ask", ask)
    return rivta(capsys, "call", *arguments), asked


GOOD = answer_message(NAME, record(NAME, "SE2321000065-RIVTA07", "1"))
BASE = (NAME, "--patient", TOLVAN, "--as", "1177")


def test_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run, asked = answered(monkeypatch, capsys, GOOD, *BASE)
    assert run.code == 0
    assert "Region Kronoberg" in run.out
    assert asked == {
        "url": "http://127.0.0.1:8080/vp",
        "contract": "GetFixedContacts_1.0",
        "person": TOLVAN,
        "sender": CONSUMER_1177,
        "instance_id": "rivta-gateway",
        "logical_address": "5565594230",
        "explain": False,
    }


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--logical-address", "A"), {"logical_address": "A"}),
        (("--url", "http://h/"), {"url": "http://h/"}),
    ],
)
def test_options(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    expected: dict[str, str],
) -> None:
    run, asked = answered(monkeypatch, capsys, GOOD, *BASE, *arguments)
    assert run.code == 0
    assert expected.items() <= asked.items()


@pytest.mark.parametrize("consumer", ["1177", CONSUMER_1177, CONSUMER_1177.lower()])
def test_a_consumer_by_alias_or_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], consumer: str
) -> None:
    _, asked = answered(monkeypatch, capsys, GOOD, NAME, "--patient", TOLVAN, "--as", consumer)
    assert asked["sender"] == CONSUMER_1177


@pytest.mark.parametrize("name", ["getfixedcontacts", "GetFixedContacts_1.0", "GetFixedContacts 1.0"])
def test_a_contract_by_any_of_its_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _, asked = answered(monkeypatch, capsys, GOOD, name, "--patient", TOLVAN, "--as", "npo")
    assert asked["contract"] == "GetFixedContacts_1.0"


def test_the_settings_count(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("RIVTA_PORT", "9999")
    monkeypatch.setenv("RIVTA_INSTANCE_ID", "annan")
    _, asked = answered(monkeypatch, capsys, GOOD, *BASE)
    assert (asked["url"], asked["instance_id"]) == ("http://127.0.0.1:9999/vp", "annan")


def test_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    hidden = record(NAME, "S", "2").replace(">true</core:approvedForPatient>", ">false</core:approvedForPatient>")
    outcomes = [Outcome("S"), Outcome("B", failure=Failure("refused", "x"))]
    status = Status("prov", national=False).render(outcomes, "20250501120000")
    message = envelope(response_element(NAME, record(NAME, "S", "1"), hidden), status)
    run, _ = answered(monkeypatch, capsys, message, *BASE, "--format", "json")
    found = json.loads(run.out)
    assert (found["contract"], found["consumer"]) == ("GetFixedContacts_1.0", "1177")
    assert len(found["records"]) == 1
    assert found["held_back"] == {"not-approved": 1}
    assert [(each["source"], each["status"]) for each in found["sources"]] == [
        ("S", "DataFromSource"),
        ("B", "NoDataSynchFailed"),
    ]


def test_xml_shows_only_what_the_consumer_may_see(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = record(NAME, "S", "2").replace(">true</core:approvedForPatient>", ">false</core:approvedForPatient>")
    message = answer_message(NAME, record(NAME, "S", "1"), hidden)
    for alias, count in (("1177", 1), ("vendor", 2)):
        arguments = (NAME, "--patient", TOLVAN, "--as", alias, "--format", "xml")
        run, _ = answered(monkeypatch, capsys, message, *arguments)
        assert len(list(etree.fromstring(run.out.encode()).iter("{*}fixedContact"))) == count


EXPLAINED: dict[str, Any] = {
    "contract": "GetFixedContacts_1.0",
    "sender": CONSUMER_1177,
    "original_consumer": CONSUMER_1177,
    "correlation_id": "c-1",
    "restricted_to": "",
    "index_asked": 0.4,
    "index_answered": 1.2,
    "gathered": 40.2,
    "merged": 41.0,
    "repeated": 2,
    "hits": [
        {
            "logical_address": "SE2321000065-RIVTA07",
            "source_system": "SE2321000065-RIVTA07",
            "categorization": "cpc-gfc",
            "contract": "GetFixedContacts_1.0",
            "verdict": verdict,
            "rows": ["routing/routes.toml:12"] if verdict == "asked" else [],
            "why": {} if verdict == "asked" else {"sv": "Därför att å. " * 12, "en": "Because. " * 12},
        }
        for verdict in texts.keys("verdict")
    ],
    "sources": [
        {
            "source": "SE2321000065-RIVTA07",
            "url": "http://127.0.0.1:9107/GetFixedContacts/1/rivtabp21",
            "contract": "GetFixedContacts_1.0",
            "outcome": outcome,
            "detail": "" if outcome == "ok" else "detaljen",
            "status": 0 if outcome == "refused" else 200,
            "bytes": 12_345,
            "records": 3,
            "sent": 1.5,
            "answered": 30.0,
            "examined": 40.0,
        }
        for outcome in ("ok", "fault", "refused")
    ],
}


def explained_message() -> bytes:
    told = f"<g:explanation xmlns:g='{ns.GATEWAY}'>{fault.escaped(json.dumps(EXPLAINED))}</g:explanation>"
    return envelope(response_element(NAME, record(NAME, "S", "1")), told)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_an_explanation_is_a_waterfall(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    run, asked = answered(monkeypatch, capsys, explained_message(), *BASE, "--explain", "--lang", language)
    assert (run.code, asked["explain"]) == (0, True)
    assert max(map(len, run.out.splitlines())) <= 100
    assert "\x1b" not in run.out
    for verdict in texts.keys("verdict"):
        assert texts.text("verdict", verdict, language) in run.out
    assert "routing/routes.toml:12" in run.out
    assert ("12,3 kB" if language == "sv" else "12.3 kB") in run.out
    (fine, broken, unreached) = (line for line in run.out.splitlines() if " SE2321000065-RIVTA07   " in line)
    assert fine.split("│")[0].rstrip().endswith("█▒▒▒▒▒▒")
    assert fine.endswith("40 ms")
    assert ("fel" if language == "sv" else "fault") in run.out
    assert texts.text("waterfall", "unanswered", language) in unreached
    assert "HTTP 200" in broken
    assert texts.text("waterfall", "repeated", language, records=2) in run.out


def test_an_explanation_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run, _ = answered(monkeypatch, capsys, explained_message(), *BASE, "--explain", "--format", "json")
    assert json.loads(run.out)["explanation"] == EXPLAINED


def test_an_answer_without_an_explanation_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run, _ = answered(monkeypatch, capsys, GOOD, *BASE, "--explain", "--lang", "en")
    assert run.code == 0
    assert texts.text("waterfall", "not-explained", "en") in run.err


REFUSED = fault.render(
    fault.Fault("VP007", fault.SERVER, "VP007 [rivta] Nej", "x", {"sv": "Beställ.", "en": "Order one."}, "c-1")
)


@pytest.mark.parametrize(
    ("language", "lines"),
    [("sv", "Nekat: VP007 [rivta] Nej\n  → Beställ.\n"), ("en", "Refused: VP007 [rivta] Nej\n  → Order one.\n")],
)
def test_a_refusal_is_exit_code_1_with_advice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], language: str, lines: str
) -> None:
    run, _ = answered(monkeypatch, capsys, REFUSED, *BASE, "--lang", language)
    assert (run.code, run.out) == (1, lines)


def test_a_refusal_without_advice(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run, _ = answered(monkeypatch, capsys, soap_fault("VP004 [x] y"), *BASE)
    assert (run.code, run.out) == (1, "Nekat: VP004 [x] y\n")


def test_a_refusal_as_data(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run, _ = answered(monkeypatch, capsys, REFUSED, *BASE, "--format", "json")
    found = json.loads(run.out)["fault"]
    assert (run.code, found["code"], found["text"][:5], set(found["hints"])) == (1, "Server", "VP007", {"sv", "en"})
    run, _ = answered(monkeypatch, capsys, REFUSED, *BASE, "--format", "xml")
    assert etree.fromstring(run.out.encode()).find(f".//{{{ns.SOAP11}}}Fault") is not None


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Start the platform with: rivta run"),
        (TimeoutError("timed out"), "no contact with http://127.0.0.1:8080/vp"),
        (MessageError("not well-formed XML: x"), "is not SOAP: not well-formed XML"),
    ],
)
def test_no_answer_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, told: str
) -> None:
    run, _ = answered(monkeypatch, capsys, error, *BASE)
    assert (run.code, run.out) == (2, "")
    assert told in run.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("GetNothing", "--patient", TOLVAN, "--as", "1177"),
            "unknown contract GetNothing; known are GetCareManagers_1.0,",
        ),
        ((NAME, "--patient", TOLVAN, "--as", "nobody-known"), "unknown consumer nobody-known; known are 1177, npo"),
        ((NAME, "--patient", "19121212-1212", "--as", "1177"), "12 characters without hyphen"),
        ((NAME, "--patient", "1212121212", "--as", "1177"), "12 characters without hyphen"),
        ((NAME, "--as", "1177"), "Missing option '--patient'"),
        ((NAME, "--patient", TOLVAN), "Missing option '--as'"),
    ],
)
def test_a_wrong_question_is_not_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    run, asked = answered(monkeypatch, capsys, GOOD, *arguments)
    assert (run.code, asked) == (2, {})
    assert told in run.err


@pytest.mark.parametrize(
    ("consumer", "flag", "code"), [("1177", (), 1), ("1177", ("--skip-access",), 0), ("npo", (), 0)]
)
def test_1177_opens_no_record_for_the_years_between(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], consumer: str, flag: tuple[str, ...], code: int
) -> None:
    """Practice of the regions: neither guardian nor child between 13 and 15; here everybody is in those years."""
    from gateway.consumers import access

    monkeypatch.setattr(access, "GUARDIAN_UNTIL", 0)
    monkeypatch.setattr(access, "OWN_FROM", 200)
    run, asked = answered(monkeypatch, capsys, GOOD, NAME, "--patient", TOLVAN, "--as", consumer, *flag)
    assert run.code == code
    assert bool(asked) == (code == 0)
    assert bool(run.err) == (code == 1)
