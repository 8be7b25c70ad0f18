"""The engagement index over SOAP: Update, FindContent and ProcessNotification as a consumer meets them."""

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest
from gateway_samples import body_of, envelope, fault_of, headers
from index_parts import EMPTY, World
from index_samples import (
    CORE,
    DOMAIN,
    FIND,
    INDEX,
    NOTIFY,
    OTHER,
    PERSON,
    SCHEMA,
    UPDATE,
    found,
    many,
    notification,
    question,
    transaction,
    update,
)
from lxml import etree

from gateway.message import Answer
from gateway.storage.direct import Database

OK = b"<ns2:ResultCode>OK</ns2:ResultCode>"
SEEDED = EMPTY + f"{PERSON};{DOMAIN};cpc-gfc;SE-FRÖ;SE-FRÖ;SE-FRÖ;NA;NA;20250101120000;20250101120000;20250101120000\n"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'index.sqlite3'}"


def world(url: str, tmp_path: Path, mode: str = "strict", **settings: object) -> World:
    return World(url, tmp_path, mode=mode, **settings)


def assert_valid(answer: Answer, contract: str) -> None:
    name = contract.split(":")[-2].removesuffix("Responder")
    schema = etree.XMLSchema(etree.parse(SCHEMA / f"{name}Interaction" / f"{name}Responder_1.0.xsd"))
    schema.assertValid(body_of(answer.body))


def told(answer: Answer) -> str:
    assert answer.status == 500, answer.body
    code, text, _ = fault_of(answer.body)
    assert code == "soap:Server"
    return text


def test_what_was_told_is_found_by_the_next_question(database_url: str, tmp_path: Path) -> None:
    """On both databases; the answer has the national literals and follows the schema."""
    receipt, answer = World(database_url, tmp_path).calls(update(transaction()), question())
    assert OK in receipt.body
    assert (b"content-type", b"text/xml; charset=UTF-8") in receipt.headers
    assert_valid(receipt, UPDATE)
    assert_valid(answer, FIND)
    assert b"<engagement><ns2:registeredResidentIdentification>191212121212</ns2:reg" in answer.body
    (hit,) = found(answer.body)
    assert (hit["sourceSystem"], hit["owner"], hit["mostRecentContent"]) == ("SE-KÄLLA", INDEX, "20260101120000")
    assert len(hit["creationTime"]) == 14
    assert "updateTime" not in hit


def test_nobody_found_is_an_empty_answer(url: str, tmp_path: Path) -> None:
    (answer,) = world(url, tmp_path).calls(question(OTHER))
    assert (answer.status, found(answer.body)) == (200, [])


def test_a_removal_is_seen_at_once(url: str, tmp_path: Path) -> None:
    calls = (update(transaction()), update(transaction(True)), question())
    assert found(world(url, tmp_path).calls(*calls)[-1].body) == []


def test_the_first_mistake_refuses_the_whole_request(url: str, tmp_path: Path) -> None:
    refused, answer = world(url, tmp_path).calls(
        update(transaction(sourceSystem="A"), transaction(sourceSystem=INDEX)), question()
    )
    assert told(refused).startswith("EI006: The sourceSystem in EngagementTransaction #2")
    assert found(answer.body) == []


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_fault_is_the_index_s_own(url: str, tmp_path: Path, mode: str) -> None:
    (refused,) = world(url, tmp_path, mode).calls(update())
    assert told(refused) == (
        "EI000: A technical error has occurred, error message: The request contains less than 1 engagements. "
        "Minium number of engagements per request is 1."
    )
    assert (b"<detail>" in refused.body) == (mode == "strict")
    assert (b"<g:code>EI000</g:code>" in refused.body) == (mode == "strict")
    assert b"detailString" not in refused.body


@pytest.mark.parametrize(("count", "text"), [(0, "less than 1"), (1001, "more than 1000")])
def test_too_few_and_too_many(url: str, tmp_path: Path, count: int, text: str) -> None:
    assert text in told(world(url, tmp_path).calls(update(*many(count)))[0])


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_thousand_in_one_request(database_url: str, tmp_path: Path, mode: str) -> None:
    receipt, one = World(database_url, tmp_path, mode=mode).calls(update(*many(1000)), question("191200000999"))
    assert OK in receipt.body
    assert len(found(one.body)) == 1


def test_ei003_when_a_route_leads_another_address_here(url: str, tmp_path: Path) -> None:
    (refused,) = world(url, tmp_path).calls(update(transaction(), address="SE-ANNAT-VÄGVAL"))
    assert told(refused).startswith("EI003: Invalid routing. Logical address is SE-ANNAT-VÄGVAL but the owner is 556")


def test_who_asks_for_an_address_without_a_route_meets_the_router(url: str, tmp_path: Path) -> None:
    (refused,) = world(url, tmp_path).calls(update(transaction(), address="SE-OKÄND"))
    assert fault_of(refused.body)[:2][1].startswith("VP004 [prov]")


@pytest.mark.parametrize(
    ("person", "domain", "name"),
    [
        (None, DOMAIN, "registeredResidentIdentification"),
        (" \n", DOMAIN, "registeredResidentIdentification"),
        (PERSON, None, "serviceDomain"),
        (PERSON, "", "serviceDomain"),
        (None, None, "registeredResidentIdentification"),
    ],
)
@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_question_names_person_and_domain(
    url: str, tmp_path: Path, mode: str, person: str | None, domain: str | None, name: str
) -> None:
    (refused,) = world(url, tmp_path, mode).calls(question(person, domain))
    assert told(refused) == f"EI000: A technical error has occurred, error message: {name} is mandatory but missing"


def test_filters_are_joined(url: str, tmp_path: Path) -> None:
    rows = [transaction(sourceSystem=source, categorization=kind) for source in "AB" for kind in ("x", "y")]
    hits = [
        [(hit["sourceSystem"], hit["categorization"]) for hit in found(answer.body)]
        for answer in world(url, tmp_path).calls(
            update(*rows),
            question(categorization="x"),
            question(categorization="x", sourceSystem="B"),
            question(categorization="X"),
            question(categorization=""),
            question(mostRecentContent="20260101120000"),
            question(mostRecentContent="20260101120001"),
            question(logicalAddress="SE-KÄLLA", dataController="SE2321000065", owner=INDEX),
            question(domain="riv:annan"),
        )[1:]
    ]
    everything = [("A", "x"), ("A", "y"), ("B", "x"), ("B", "y")]
    assert hits == [[("A", "x"), ("B", "x")], [("B", "x")], [], [], everything, [], everything, []]


def test_a_time_that_is_none_cannot_be_asked_for(url: str, tmp_path: Path) -> None:
    (refused,) = world(url, tmp_path).calls(question(mostRecentContent="igår"))
    assert told(refused) == 'Input date is not according to expected format "YYYYMMDDhhmmss": igår'


LENIENT = {
    "ten digits": transaction(registeredResidentIdentification="1212121212"),
    "no deleteFlag": transaction(None),
    "an unknown element": transaction().replace("<c:sourceSystem>", "<c:påhitt>x</c:påhitt><c:sourceSystem>"),
    "another order": transaction().replace("<c:deleteFlag>false</c:deleteFlag>", "")[:-26]
    + "<c:deleteFlag>false</c:deleteFlag></u:engagementTransaction>",
}


@pytest.mark.parametrize("written", LENIENT.values(), ids=LENIENT.keys())
def test_ei001_what_the_national_index_lets_slip(url: str, tmp_path: Path, written: str) -> None:
    (receipt,) = world(url, tmp_path, "national", index_collect_seconds=0.0).calls(update(written))
    assert OK in receipt.body, receipt.body
    (refused,) = world(url, tmp_path).calls(update(written))
    assert told(refused).startswith("EI001: The payload does not follow the XML Schema, error messge: ")
    assert b"(contract Update_1.0)" in refused.body
    assert b"121212" not in refused.body


def test_a_national_reserve_number_is_as_good_as_any(url: str, tmp_path: Path) -> None:
    receipt, answer = world(url, tmp_path).calls(
        update(transaction(registeredResidentIdentification="01990101AB12")), question("01990101AB12")
    )
    assert OK in receipt.body
    assert len(found(answer.body)) == 1


def test_another_element_of_the_contract_is_no_request(url: str, tmp_path: Path) -> None:
    body = (
        update(transaction()).replace(b"u:Update ", b"u:UpdateResponse ").replace(b"/u:Update>", b"/u:UpdateResponse>")
    )
    (refused,) = world(url, tmp_path).calls(body)
    assert fault_of(refused.body)[1].startswith("VP015")


def test_a_contract_that_nothing_here_answers(url: str, tmp_path: Path) -> None:
    here = world(url, tmp_path)
    del here.bench.router.handlers["platform"]._services[FIND]  # type: ignore[attr-defined]
    (refused,) = here.calls(question())
    code, text, detail = fault_of(refused.body)
    assert (code, text[:5], FIND in detail) == ("SOAP-ENV:Client", "VP004", True)
    assert UPDATE.encode() in refused.body  # what it does answer


def test_the_correlation_id_is_mandatory_at_the_index_s_own_address(url: str, tmp_path: Path) -> None:
    here = world(url, tmp_path)

    async def calls() -> list[Answer]:
        own, known = b"/skltp-ei/update-service/v1", headers(x_skltp_correlation_id="korr-1")
        return [
            await here.call(update(transaction()), target=own),
            await here.call(update(transaction()), known, target=own),
            await here.call(update(transaction())),
        ]

    refused, *good = here.run(calls)
    assert told(refused) == "Mandatory HTTP header x-skltp-correlation-id is missing\n"
    assert [OK in each.body for each in good] == [True, True]


def test_an_update_makes_the_index_the_owner_and_a_notification_keeps_it(url: str, tmp_path: Path) -> None:
    *_, answer = world(url, tmp_path).calls(
        update(transaction(owner="SE-ANNAN")), notification(transaction(owner="SE-ANNAN", sourceSystem="B")), question()
    )
    assert {(hit["sourceSystem"], hit["owner"]) for hit in found(answer.body)} == {
        ("SE-KÄLLA", INDEX),
        ("B", "SE-ANNAN"),
    }


@pytest.mark.parametrize("delete", [False, True])
def test_rule_r5_another_owner_takes_over_the_own_copy(url: str, tmp_path: Path, delete: bool) -> None:
    """Also when what comes is a removal, as in the national index."""
    receipt, answer = world(url, tmp_path).calls(
        update(transaction(), transaction(sourceSystem="KVAR")),
        notification(transaction(delete, owner="SE-ANNAN")),
        question(),
    )[1:]
    assert OK in receipt.body
    assert_valid(receipt, NOTIFY)
    owners = {hit["sourceSystem"]: hit["owner"] for hit in found(answer.body)}
    assert owners == ({"KVAR": INDEX} if delete else {"KVAR": INDEX, "SE-KÄLLA": "SE-ANNAN"})


def test_a_change_between_two_other_owners_is_not_noticed(url: str, tmp_path: Path) -> None:
    """National index: both rows remain."""
    *_, answer = world(url, tmp_path).calls(
        notification(transaction(owner="SE-EN")), notification(transaction(owner="SE-TVÅ")), question()
    )
    assert [hit["owner"] for hit in found(answer.body)] == ["SE-EN", "SE-TVÅ"]


def test_what_the_index_owns_is_not_taken_back(url: str, tmp_path: Path) -> None:
    receipt, answer = world(url, tmp_path).calls(notification(transaction(owner=INDEX)), question())
    assert OK in receipt.body
    assert found(answer.body) == []


def test_the_seed_is_there_with_the_index_as_its_owner(database_url: str, tmp_path: Path) -> None:
    here = World(database_url, tmp_path, seed=SEEDED)
    (hit,) = found(here.calls(question())[0].body)
    assert (hit["sourceSystem"], hit["owner"], hit["creationTime"]) == ("SE-FRÖ", INDEX, "20250101120000")
    assert len(here.stored) == 1


def test_updates_outlive_a_restart_and_another_seed(database_url: str, tmp_path: Path) -> None:
    World(database_url, tmp_path, seed=SEEDED).calls(update(transaction()))
    (answer,) = World(database_url, tmp_path, seed=SEEDED).calls(question())
    assert [hit["sourceSystem"] for hit in found(answer.body)] == ["SE-FRÖ", "SE-KÄLLA"]
    (answer,) = World(database_url, tmp_path, seed=SEEDED.replace("SE-FRÖ", "SE-NYTT")).calls(question())
    assert [hit["sourceSystem"] for hit in found(answer.body)] == ["SE-KÄLLA", "SE-NYTT"]


def test_another_gateway_on_the_same_database_sees_it_at_once(database_url: str, tmp_path: Path) -> None:
    one, other = World(database_url, tmp_path), World(database_url, tmp_path)

    async def both() -> list[dict[str, str]]:
        other.parts.start(other.told.append)
        try:
            for source in "ABC":
                await one.call(update(transaction(sourceSystem=source)))
                assert len(found((await other.call(question(sourceSystem=source))).body)) == 1
            return found((await other.call(question())).body)
        finally:
            other.parts.stop()

    assert len(one.run(both)) == 3


def test_many_at_once_lose_nothing(database_url: str, tmp_path: Path) -> None:
    here = World(database_url, tmp_path)

    async def together() -> int:
        messages = [update(transaction(sourceSystem=f"S{number}")) for number in range(200)]
        answers = await asyncio.gather(*map(here.call, messages))
        assert all(OK in each.body for each in answers)
        return len(found((await here.call(question())).body))

    assert here.run(together) == 200


def test_the_database_is_locked(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault, no OK; when the lock is gone the same Update is stored."""
    monkeypatch.setattr("gateway.storage.reading.BUSY_SECONDS", 0.1)
    here = world(url, tmp_path)

    async def locked() -> list[Answer]:
        await here.call(question())
        other = sqlite3.connect(tmp_path / "index.sqlite3", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        first = [await here.call(update(transaction())), await here.call(question())]
        other.execute("ROLLBACK")
        other.close()
        return [*first, await here.call(update(transaction())), await here.call(question())]

    refused, meanwhile, receipt, answer = here.run(locked)
    text = told(refused)
    assert text.startswith("EI000: A technical error has occurred, error message: the database does not take it: ")
    assert "locked" in text
    assert found(meanwhile.body) == []  # who reads does not wait for who writes
    assert OK in receipt.body
    assert len(found(answer.body)) == 1


def test_the_database_cannot_be_opened_at_the_start(tmp_path: Path) -> None:
    """Faults, a line in the log, and when it can be opened all is well without a restart."""
    blocked = tmp_path / "mapp"
    blocked.write_text("en fil, ingen mapp")
    here = world(f"sqlite:///{blocked / 'index.sqlite3'}", tmp_path)

    async def blocked_then_free() -> list[Answer]:
        first = [await here.call(update(transaction())), await here.call(question())]
        blocked.unlink()
        async with asyncio.timeout(10):
            while OK not in (await here.call(update(transaction()))).body:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        return [*first, await here.call(question())]

    refused, unanswered, answer = here.run(blocked_then_free)
    assert told(refused).startswith("EI000: ")
    assert told(unanswered) == "EI000: A technical error has occurred, error message: Connection refused"
    assert len(found(answer.body)) == 1
    assert [line.partition(":")[0] for line in here.told] == [
        "no engagement index, routed calls go on",
        "the engagement index works again",
    ]


def test_the_file_is_deleted_in_flight(url: str, tmp_path: Path) -> None:
    """Its seed comes back by itself; what had been told is gone with it."""
    here = world(url, tmp_path, seed=SEEDED)

    async def deleted() -> list[Answer]:
        answers = [await here.call(update(transaction())), await here.call(question())]
        for suffix in ("", "-wal", "-shm"):
            os.unlink(f"{tmp_path}/index.sqlite3{suffix}")
        await here.call(question())
        return [*answers, await here.call(question())]

    _, before, after = here.run(deleted)
    assert [hit["sourceSystem"] for hit in found(before.body)] == ["SE-FRÖ", "SE-KÄLLA"]
    assert [hit["sourceSystem"] for hit in found(after.body)] == ["SE-FRÖ"]


@pytest.mark.parametrize(("person", "text"), [("EI:INV_ID", "Invalid Id: EI:INV_ID"), ("EI:TIMEOUT", "Read timed out")])
def test_the_persons_with_whom_a_failing_index_is_rehearsed(url: str, tmp_path: Path, person: str, text: str) -> None:
    (refused,) = world(url, tmp_path, index_timeout=0.05).calls(question(person))
    assert told(refused) == f"EI000: A technical error has occurred, error message: {text}"


def test_no_person_id_is_told_in_a_refusal(url: str, tmp_path: Path) -> None:
    bad = [
        update(transaction(mostRecentContent=PERSON)),
        update(transaction(registeredResidentIdentification=f"{PERSON}0")),
        question(mostRecentContent=PERSON),
        envelope(f'<u:Update xmlns:u="{UPDATE}" xmlns:c="{CORE}">{PERSON}</u:Update>'),
    ]
    for answer in world(url, tmp_path).calls(*bad):
        assert answer.status == 500
        assert PERSON.encode() not in answer.body


def test_the_answer_came_after_the_commit(url: str, tmp_path: Path) -> None:
    """A second connection sees the row at the moment of the answer, before anything is closed."""
    here = world(url, tmp_path)

    async def look() -> int:
        await here.call(update(transaction()))
        other = Database(url)
        try:
            return len(other.query("SELECT 1 FROM engagement"))
        finally:
            other.close()

    assert here.run(look) == 1
