"""``rivta call`` as a process: what 1177 and NPÖ show, in every format and language, and how mistakes are told."""

import itertools
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from interop_expected import FIXTURES, NAMES, contract, everybody, held, identity
from interop_site import CONTRACTS, NATIONAL, Command, Site, at_once, command, free_port
from lxml import etree

from gateway.consumers.rules import apply
from gateway.consumers.summary import as_data
from gateway.contracts.model import Model
from gateway.soap import ns

pytestmark = pytest.mark.sockets

DEMO, CHILD = "194103149805", "201803222387"  # the demo person, and a child whose guardian reads
PILOT = "SE2321000065-RIVTA07"
FORMATS, CONSUMERS = ("table", "xml", "json"), ("1177", "npo")
PROCESSES = 3  # at once
ESCAPE = "\x1b"
Shown = dict[tuple[str, ...], "subprocess.CompletedProcess[str]"]


def call(site: Site, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return command("call", *arguments, "--url", f"http://127.0.0.1:{site.port}/vp", **environment)


def ask(here: Command, site: Site, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The same in this process."""
    return here("call", *arguments, "--url", f"http://127.0.0.1:{site.port}/vp")


def documents() -> Iterator[tuple[str, etree._Element]]:
    """Every file of records, by contract name."""
    for path in sorted((FIXTURES / "records").glob("*/*.xml")):
        yield contract(path.stem).descriptor.name, etree.parse(path).getroot()


def internal_notes(records: list[etree._Element]) -> list[str]:
    return [e.text for record in records for e in record.iter() if ns.local(str(e.tag)) == "internalNotes"]


def approved(name: str, record: etree._Element) -> str:
    path = contract(name).record["approved"]
    return record.findtext(path) if path else "true"  # what the patient must not see is not given out then


# The rules, on everything that any source holds.


def test_1177_sees_no_internal_note_and_nothing_unapproved_of_anybody() -> None:
    persons, before = set(), 0
    for name, response in documents():
        known = contract(name)
        records = list(response.iterchildren(known.record_tag))
        persons |= {record.findtext(known.record["patient"]) for record in records}
        before += len(internal_notes(records)) + sum(approved(name, record) == "false" for record in records)
        view = apply("1177", known, response)
        left = list(response.iterchildren(known.record_tag))
        assert tuple(left) == view.records
        assert internal_notes(left) == []
        assert {approved(name, record) for record in left} <= {"true"}
        assert "internalNotes" not in json.dumps([as_data(record) for record in left])
        assert len(left) + dict(view.held_back).get("not-approved", 0) == len(records)
        assert known.schema.validate(response)
    assert before > 100  # the data has something to hide
    assert len(persons) > 200
    assert persons <= set(everybody())


def test_npo_sees_all_of_it() -> None:
    for name, response in documents():
        known = contract(name)
        records = list(response.iterchildren(known.record_tag))
        notes = internal_notes(records)
        view = apply("npo", known, response)
        assert (view.records, view.held_back) == (tuple(records), ())
        assert internal_notes(list(view.records)) == notes


@pytest.mark.parametrize("name", NAMES)
def test_every_place_for_internal_notes_is_known(name: str) -> None:
    """The descriptor names each path in the schema that ends in internalNotes, so that none can slip through."""
    known = contract(name)
    model = Model(Path(__file__).resolve().parents[2] / "xsd" / known.descriptor.xsd)
    record = model.resolve(model.root(known.response_tag), known.descriptor.aggregate.records)[-1]
    found: set[str] = set()

    def walk(element: Any, path: tuple[str, ...], types: tuple[str, ...]) -> None:
        for child in model.children(element):
            here = (*path, ns.local(child.tag))
            if here[-1] == "internalNotes":
                found.add("/".join(here))
            if child.type_name not in types:
                walk(child, here, (*types, child.type_name))

    walk(record, (), ())
    assert found == set(known.descriptor.record.internal)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lost", ["care_unit", "care_giver"])
@pytest.mark.parametrize("how", ["absent", "blank"])
def test_npo_drops_what_it_cannot_control_access_to(name: str, lost: str, how: str) -> None:
    known, response = _some(name)
    first = response.find(known.record_tag)
    second = deepcopy(first)
    place = first.find(known.record[lost])
    if how == "blank":
        place.text = " "
    else:
        place.getparent().remove(place)
    response.insert(response.index(first) + 1, second)
    view = apply("npo", known, response)
    assert view.records == (second,)
    assert dict(view.held_back) == {"no-unit": 1}
    assert list(response.iterchildren(known.record_tag)) == [second]


def _some(name: str) -> tuple[Any, etree._Element]:
    """A response with one record."""
    known = contract(name)
    response = etree.parse(FIXTURES / "records" / "06-jonkoping" / f"{known.key}.xml").getroot()
    for record in list(response.iterchildren(known.record_tag))[1:]:
        response.remove(record)
    return known, response


# The command.


@pytest.fixture(scope="module")
def shown(site: Site) -> Shown:
    """What the command shows about two persons; in English only where words of our own are shown."""
    cases = [
        (name, person, consumer, output, "sv")
        for name, person in (*((name, DEMO) for name in NAMES), ("GetFixedContacts", CHILD))
        for consumer, output in itertools.product(CONSUMERS, FORMATS)
    ]
    cases += [("GetFixedContacts", DEMO, consumer, "table", "en") for consumer in CONSUMERS]

    def show(case: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
        name, person, consumer, output, language = case
        return call(site, name, "--patient", person, "--as", consumer, "--format", output, "--lang", language)

    return dict(zip(cases, at_once(show, cases, PROCESSES), strict=True))


def _records(name: str, output: str) -> list[etree._Element]:
    return list(etree.fromstring(output.encode()).iter(contract(name).record_tag))


def test_all_calls_end_well(shown: Shown) -> None:
    for case, ended in shown.items():
        assert (ended.returncode, ended.stderr) == (0, ""), case


@pytest.mark.parametrize("name", NAMES)
def test_xml_and_json_show_what_the_consumer_may_see(shown: Shown, name: str) -> None:
    for person in {person for known, person, *_ in shown if known == name}:
        ours = [contract_records for key, contract_records in held().items() if (key[0], key[2]) == (name, person)]
        everything = {each for ids in ours for each in ids} - _behind_a_broken_connection(name, person)
        seen = {}
        for consumer in CONSUMERS:
            records = _records(name, shown[name, person, consumer, "xml", "sv"].stdout)
            data = json.loads(shown[name, person, consumer, "json", "sv"].stdout)
            seen[consumer] = {identity(name, record) for record in records}
            assert len(records) == len(seen[consumer]) == len(data["records"])
            assert (data["contract"], data["consumer"]) == (contract(name).key, consumer)
            assert {source["status"] for source in data["sources"]} <= {"DataFromSource", "NoDataSynchFailed"}
            if consumer == "1177":
                assert internal_notes(records) == []
                assert {approved(name, record) for record in records} <= {"true"}
                assert data["held_back"].get("not-approved", 0) == len(everything) - len(records)
                assert "internalNotes" not in shown[name, person, consumer, "json", "sv"].stdout
        assert seen["npo"] == everything
        assert seen["1177"] <= everything


def _behind_a_broken_connection(name: str, person: str) -> set[str]:
    lost = held().get((name, "SE2321000073-RIVTA08", person), ()) if person == DEMO else ()
    return set(lost)


def test_internal_notes_and_withheld_records_reach_npo_only(shown: Shown) -> None:
    """In every format, word for word."""
    records, withheld = _hidden("GetFixedContacts", DEMO)
    notes = set(internal_notes(records))
    assert len(notes) >= 3
    assert withheld
    for output in FORMATS:
        to_npo, to_resident = (
            _readable(shown["GetFixedContacts", DEMO, consumer, output, "sv"].stdout) for consumer in ("npo", "1177")
        )
        for note in notes - (set(_of_teams(records)) if output == "table" else set()):
            assert f"[internt] {note}" in to_npo or (output != "table" and note in to_npo)
        assert not any(note in to_resident for note in notes)
        assert "[internt]" not in to_resident
    for each in withheld:
        for output in ("xml", "json"):
            assert each in shown["GetFixedContacts", DEMO, "npo", output, "sv"].stdout
            assert each not in shown["GetFixedContacts", DEMO, "1177", output, "sv"].stdout


def _of_teams(records: list[etree._Element]) -> list[str]:
    """Notes about a team, which tables have no room for."""
    return [e.text for record in records for e in record.iterfind("{*}careTeam/{*}internalNotes")]


def _hidden(name: str, person: str) -> tuple[list[etree._Element], set[str]]:
    """A person's records at sources that answer, and the ids of those that are not approved."""
    known, lost = contract(name), _behind_a_broken_connection(name, person)
    records = [
        record
        for found, response in documents()
        if found == name
        for record in response.iterchildren(known.record_tag)
        if record.findtext(known.record["patient"]) == person and record.findtext(known.record["id"]) not in lost
    ]
    withheld = {record.findtext(known.record["id"]) for record in records if approved(name, record) == "false"}
    return records, withheld


def _readable(text: str) -> str:
    """The text without line breaks; of a table the column that holds the notes."""
    head = next((line for line in text.splitlines() if re.match(r" ?Källa +Vad +Vem +När", line)), None)
    if head is None:
        return _flat(text)
    column = slice(head.index("Vad"), head.index("Vem"))
    return _flat(" ".join(line[column] for line in text.splitlines()))


def _flat(text: str) -> str:
    return " ".join(text.split())


def test_tables_speak_the_language_asked_for(shown: Shown) -> None:
    words = {
        "sv": ("Fasta kontakter", "Källa", "poster på", "källor tillfrågade, 1 utan svar", "ej godkända för patienten"),
        "en": ("Fixed contacts", "Source", "records in", "sources asked, 1 without an answer", "not approved for the"),
    }
    for language, expected in words.items():
        text = _flat(shown["GetFixedContacts", DEMO, "1177", "table", language].stdout)
        for phrase in expected:
            assert phrase in text
    assert "[internt]" in _flat(shown["GetFixedContacts", DEMO, "npo", "table", "sv"].stdout)
    assert "[internal]" in _flat(shown["GetFixedContacts", DEMO, "npo", "table", "en"].stdout)


def test_tables_fit_and_a_pipe_gets_no_escape_codes(shown: Shown) -> None:
    for (*_, output, _language), ended in shown.items():
        assert ESCAPE not in ended.stdout
        if output == "table":
            assert max(len(line) for line in ended.stdout.splitlines()) <= 100


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"NO_COLOR": "1", "COLUMNS": "300"}])
def test_no_color_and_wide_terminals(site: Site, environment: dict[str, str]) -> None:
    ended = call(site, "GetFixedContacts", "--patient", DEMO, "--as", "1177", **environment)
    assert ended.returncode == 0
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", ended.stdout)  # no colour; bold and dim stay allowed
    visible = re.sub(r"\x1b\[[0-9;]*m", "", ended.stdout)
    assert max(len(line) for line in visible.splitlines()) <= 100


def test_the_language_of_the_environment(site: Site) -> None:
    ended = call(site, "GetCarePlans", "--patient", DEMO, "--as", "npo", RIVTA_LANG="en")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert " records in " in ended.stdout


def test_one_region_only(site: Site, here: Command) -> None:
    for output in FORMATS:
        ended = ask(
            here,
            site,
            "GetFixedContacts",
            "--patient",
            DEMO,
            "--as",
            "npo",
            "--logical-address",
            PILOT,
            "--format",
            output,
        )
        assert ended.returncode == 0
        assert "ProcessingStatus" not in ended.stdout
        if output == "json":
            data = json.loads(ended.stdout)
            found = [record["fixedContactHeader"]["recordId"]["extension"] for record in data["records"]]
            assert found == list(held()["GetFixedContacts", PILOT, DEMO])
            assert data["sources"] == []


@pytest.mark.parametrize("alias", ["1177", "SE5565594230-RIVTA1177", "se5565594230-rivta1177"])
def test_a_consumer_by_alias_or_hsa_id(site: Site, here: Command, alias: str) -> None:
    ended = ask(here, site, "getfixedcontacts_1.0", "--patient", DEMO, "--as", alias, "--format", "json")
    assert json.loads(ended.stdout)["consumer"] == "1177"


# Exit code 1: an answer, but not the one wished for.


@pytest.mark.parametrize(
    ("output", "language", "arguments", "code"),
    [
        ("table", "sv", ("--as", "nobody"), "VP007"),
        ("table", "en", ("--as", "npo", "--logical-address", "SE0-NOWHERE"), "VP004"),
        ("json", "sv", ("--as", "npo", "--logical-address", "PRODUCER-NOT-AVAILABLE"), "VP009"),
        ("xml", "sv", ("--as", "nobody"), "VP007"),
    ],
)
def test_a_refusal(
    site: Site, here: Command, output: str, language: str, arguments: tuple[str, ...], code: str
) -> None:
    ended = ask(here, site, "GetFixedContacts", "--patient", DEMO, *arguments, "--lang", language, "--format", output)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert f"{code} [rivta] " in ended.stdout
    if output == "table":
        told, hint = ended.stdout.splitlines()
        assert told.startswith({"sv": "Nekat: ", "en": "Refused: "}[language])
        assert hint.startswith("  → ")
    elif output == "json":
        assert set(json.loads(ended.stdout)["fault"]["hints"]) == {"sv", "en"}
    else:
        assert etree.fromstring(ended.stdout.encode()).tag == f"{{{ns.SOAP11}}}Envelope"


def test_a_producers_own_fault_is_a_refusal_too(site: Site, here: Command) -> None:
    ended = ask(
        here,
        site,
        "GetFixedContacts",
        "--patient",
        "198605209801",
        "--as",
        "npo",
        "--logical-address",
        "SE2321000016-RIVTA01",
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.startswith("Nekat: Tekniskt fel i källsystemet")


# Exit code 2: the question was never asked, or the answer cannot be read.


@pytest.mark.parametrize(
    ("name", "patient", "consumer", "more", "message"),
    [
        ("GetNothing", DEMO, "npo", (), "unknown contract GetNothing; known are GetCareManagers_1.0, "),
        ("GetCarePlans", "19410314-9805", "npo", (), "expected --patient as 12 characters without hyphen"),
        ("GetCarePlans", "4103149805", "npo", (), "expected --patient as 12 characters without hyphen"),
        ("GetCarePlans", DEMO, "nobodyknows", (), "unknown consumer nobodyknows; known are 1177, npo, "),
        ("GetCarePlans", DEMO, "npo", ("--format=yaml",), "'yaml' is not one of 'table', 'xml', 'json'"),
        ("GetCarePlans", DEMO, "npo", ("--lang=fi",), "'fi' is not one of 'sv', 'en'"),
        ("GetCarePlans", DEMO, "npo", ("--nonsense",), "No such option"),
    ],
)
def test_mistakes_on_the_command_line(
    here: Command, name: str, patient: str, consumer: str, more: tuple[str, ...], message: str
) -> None:
    ended = here("call", name, "--patient", patient, "--as", consumer, *more)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert message in _flat(ended.stderr)


def test_a_mistake_as_a_process() -> None:
    ended = command("call", "GetNothing", "--patient", DEMO, "--as", "npo")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "unknown contract GetNothing" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nobody_is_there() -> None:
    url = f"http://127.0.0.1:{free_port()}/vp"
    ended = command("call", "GetFixedContacts", "--patient", DEMO, "--as", "npo", "--url", url)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"Error: no contact with {url}: ")
    assert "Start the platform with: rivta run" in ended.stderr


@contextmanager
def _somebody_else(body: bytes) -> Iterator[str]:
    """A server that answers everything with ``body``; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keeps quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("body", [b"Hello World!", b"", b'{"ok": true}', b"<html/>"])
def test_something_else_answers(here: Command, body: bytes) -> None:
    with _somebody_else(body) as url:
        ended = here("call", "GetFixedContacts", "--patient", DEMO, "--as", "npo", "--url", url)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith(f"Error: the answer from {url} is not SOAP: ")


def test_npo_tells_what_it_dropped(here: Command) -> None:
    known, response = _some("GetFixedContacts")
    unit = response.find(f"{known.record_tag}/{known.record['care_unit']}")
    unit.getparent().getparent().remove(unit.getparent())
    envelope = etree.Element(f"{{{ns.SOAP11}}}Envelope")
    etree.SubElement(envelope, f"{{{ns.SOAP11}}}Body").append(response)
    with _somebody_else(etree.tostring(envelope)) as url:
        ended = here("call", "GetFixedContacts", "--patient", DEMO, "--as", "npo", "--url", url, "--lang", "en")
        data = here("call", "GetFixedContacts", "--patient", DEMO, "--as", "npo", "--url", url, "--format", "json")
    assert ended.returncode == 0
    assert "no records." in ended.stdout
    assert "1 not shown: the care unit's or the care giver's id is missing." in _flat(ended.stdout)
    assert json.loads(data.stdout)["held_back"] == {"no-unit": 1}


# Whose record 1177 opens.


@pytest.mark.parametrize("person", ["198703632391", "22850714YJ14"])
def test_1177_opens_no_record_for_who_cannot_log_in(site: Site, here: Command, person: str) -> None:
    shut = ask(here, site, "GetFixedContacts", "--patient", person, "--as", "1177", "--lang", "en")
    assert (shut.returncode, shut.stdout) == (1, "")
    assert "has no personnummer and cannot log in" in shut.stderr
    for arguments in (("--as", "npo"), ("--as", "1177", "--skip-access")):
        assert ask(here, site, "GetFixedContacts", "--patient", person, *arguments).returncode == 0


def test_the_contracts_are_those_of_the_project() -> None:
    assert set(NAMES) == {known.descriptor.name for known in CONTRACTS.aggregated()}
    assert NATIONAL == "5565594230"
