"""Notifications to subscribers: who hears of what, sending again, giving up, and what a restart leaves."""

from pathlib import Path

import pytest
from gateway_parts import Sent
from gateway_samples import body_of, envelope, soap_fault
from index_parts import World, address, until
from index_samples import CORE, DOMAIN, INDEX, NOTIFY, SCHEMA, SENDER, notification, transaction, update
from lxml import etree

from gateway.registry.catalogue import Filter
from gateway.router.send import ProducerAnswer
from gateway.storage import notifications
from gateway.storage.direct import Database
from gateway.storage.notifications import Notification

ONE, OTHER = "SE-PRENUMERANT", "SE-ANNAN"


def receipt(code: str = "OK", comment: str = "") -> ProducerAnswer:
    told = f"<n:comment>{comment}</n:comment>" if comment else ""
    body = f'<n:ProcessNotificationResponse xmlns:n="{NOTIFY}">{told}<n:ResultCode>{code}</n:ResultCode>'
    return ProducerAnswer(200, [], envelope(f"{body}</n:ProcessNotificationResponse>"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'index.sqlite3'}"


def changes(sent: Sent) -> list[tuple[str, str]]:
    """(deleteFlag, source system) of each change that a subscriber was sent."""
    flag, source = f"{{{CORE}}}deleteFlag", f"{{{CORE}}}engagement/{{{CORE}}}sourceSystem"
    return [(each.findtext(flag, ""), each.findtext(source, "")) for each in body_of(sent.body)]


def left(url: str) -> tuple[list[Notification], list[Notification]]:
    """What is still to be sent, and what was given up."""
    database = Database(url)
    try:
        return notifications.pending(database), notifications.dead(database)
    finally:
        database.close()


def sent_by(here: World, *bodies: bytes, count: int) -> list[Sent]:
    """What subscribers get of some calls, once there are so many messages."""

    async def work() -> list[Sent]:
        for body in bodies:
            assert (await here.call(body)).status == 200
        await until(lambda: len(here.bench.client.sent) >= count and not left(here.stored.database.url)[0])
        return here.bench.client.sent

    return here.run(work)


def test_a_subscriber_gets_what_changed_over_the_router(database_url: str, tmp_path: Path) -> None:
    here = World(database_url, tmp_path, {ONE: ()}, {address(ONE): receipt()})
    (sent,) = sent_by(here, update(transaction(sourceSystem="A")), count=1)
    assert sent.url == address(ONE)
    assert sent.header("x-vp-sender-id") == [SENDER]
    path = SCHEMA / "ProcessNotificationInteraction" / "ProcessNotificationResponder_1.0.xsd"
    etree.XMLSchema(etree.parse(path)).assertValid(body_of(sent.body))
    told = body_of(sent.body)[0][1]
    values = {etree.QName(field).localname: field.text for field in told}
    assert (values["owner"], values["sourceSystem"]) == (INDEX, "A")
    assert len(values["creationTime"] or "") == 14
    assert f">{ONE}</LogicalAddress>".encode() in sent.body
    assert left(database_url) == ([], [])


def test_it_hears_of_removals_new_engagements_and_new_content_only(url: str, tmp_path: Path) -> None:
    here = World(url, tmp_path, {ONE: ()}, {address(ONE): receipt()})
    found = sent_by(
        here,
        update(transaction(sourceSystem="A"), transaction(sourceSystem="B")),
        update(transaction(sourceSystem="A"), transaction(sourceSystem="B", mostRecentContent="20270101120000")),
        update(transaction(sourceSystem="A"), transaction(sourceSystem="B", mostRecentContent="20270101120000")),
        update(transaction(True, sourceSystem="OKÄND")),
        count=3,
    )
    assert [changes(each) for each in found] == [
        [("false", "A"), ("false", "B")],
        [("false", "B")],
        [("true", "OKÄND")],
    ]


def test_a_notification_goes_on_without_looking_for_changes(url: str, tmp_path: Path) -> None:
    here = World(url, tmp_path, {ONE: ()}, {address(ONE): receipt()})
    same = notification(transaction(owner="SE-INDEX"))
    assert [changes(each) for each in sent_by(here, same, same, count=2)] == [[("false", "SE-KÄLLA")]] * 2


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ((), ["cpc-gfc", "cpc-gda", "cll-cp"]),
        ((Filter(DOMAIN.upper()),), ["cpc-gfc", "cpc-gda"]),
        ((Filter(DOMAIN, ("CPC-GDA", "annan")),), ["cpc-gda"]),
        ((Filter(DOMAIN, ("cpc-gfc",)), Filter("riv:annan")), ["cpc-gfc", "cll-cp"]),
        ((Filter("riv:ingen"),), []),
    ],
)
def test_filters_choose_by_domain_and_categorization(
    url: str, tmp_path: Path, filters: tuple[Filter, ...], wanted: list[str]
) -> None:
    """Case does not matter; a filter without categorizations means all of the domain."""
    here = World(url, tmp_path, {ONE: filters, OTHER: ()}, {address(ONE): receipt(), address(OTHER): receipt()})
    told = update(
        transaction(categorization="cpc-gfc"),
        transaction(categorization="cpc-gda"),
        transaction(categorization="cll-cp", serviceDomain="riv:annan"),
    )
    found = [each for each in sent_by(here, told, count=2 if wanted else 1) if each.url == address(ONE)]
    kinds = [each[1].findtext(f"{{{CORE}}}categorization") for sent in found for each in body_of(sent.body)]
    assert kinds == wanted


FAILS = {
    "a fault": ProducerAnswer(500, [], soap_fault("Fel hos prenumeranten")),
    "no SOAP": ProducerAnswer(200, [], b"Hello World!"),
    "an empty answer": ProducerAnswer(200, [], b""),
}


@pytest.mark.parametrize("answer", FAILS.values(), ids=FAILS.keys())
def test_what_fails_is_sent_again_and_then_given_up(url: str, tmp_path: Path, answer: ProducerAnswer) -> None:
    fast = {"index_redeliveries": 2, "index_redelivery_seconds": 0.01}
    here = World(url, tmp_path, {ONE: ()}, {address(ONE): answer}, **fast)
    assert len(sent_by(here, update(transaction()), count=3)) == 3
    (dead,) = left(url)[1]
    assert (dead.subscriber, dead.attempts, bool(dead.last_error)) == (ONE, 3, True)
    assert here.told == [f"a notification to {ONE} is given up, see rivta ei dead: {dead.last_error}"]


def test_the_pauses_grow(url: str, tmp_path: Path) -> None:
    here = World(
        url, tmp_path, {ONE: ()}, {address(ONE): FAILS["a fault"]}, index_redelivery_seconds=600.0, index_redeliveries=5
    )

    async def work() -> list[int]:
        await here.call(update(transaction()))
        pauses = []
        for attempt in range(1, 4):
            await until(lambda count=attempt: left(url)[0][0].attempts == count)  # type: ignore[misc]
            (row,) = here.stored.database.query("SELECT next_attempt_us, created_us FROM notification")
            pauses.append(round((row[0] - row[1]) / 60e6))
            with here.stored.database.writing() as change:
                change.execute("UPDATE notification SET next_attempt_us = 0")
            here.parts._deliverer.wake()
        here.stored.database.close()
        return pauses

    assert here.run(work) == [10, 10, 10]  # ten minutes is the longest


def test_each_pause_is_a_factor_longer(url: str, tmp_path: Path) -> None:
    settings = {"index_redelivery_seconds": 60.0, "index_redelivery_factor": 3.0}
    here = World(url, tmp_path, {ONE: ()}, {address(ONE): FAILS["a fault"]}, **settings)

    async def work() -> list[int]:
        await here.call(update(transaction()))
        pauses = []
        for attempt in range(1, 4):
            await until(lambda count=attempt: left(url)[0][0].attempts == count)  # type: ignore[misc]
            (row,) = here.stored.database.query("SELECT next_attempt_us, created_us FROM notification")
            pauses.append(round((row[0] - row[1]) / 60e6))
            with here.stored.database.writing() as change:
                change.execute("UPDATE notification SET next_attempt_us = 0")
            here.parts._deliverer.wake()
        here.stored.database.close()
        return pauses

    assert here.run(work) == [1, 3, 9]


def test_one_subscriber_that_fails_does_not_hold_up_another(url: str, tmp_path: Path) -> None:
    answers = {address(ONE): FAILS["a fault"], address(OTHER): receipt()}
    here = World(url, tmp_path, {ONE: (), OTHER: ()}, answers, index_redelivery_seconds=600.0)

    async def work() -> list[str]:
        for source in "ABC":
            await here.call(update(transaction(sourceSystem=source)))
        await until(lambda: len(left(url)[0]) == 3)
        return [each.url for each in here.bench.client.sent]

    assert sorted(here.run(work)) == [address(OTHER)] * 3 + [address(ONE)]
    assert [each.subscriber for each in left(url)[0]] == [ONE] * 3


def test_order_is_kept_for_each_subscriber(url: str, tmp_path: Path) -> None:
    """The first attempt fails; what came later waits for it."""
    attempts = []

    def sometimes(sent: Sent) -> ProducerAnswer:
        attempts.append(changes(sent)[0][1])
        return FAILS["a fault"] if len(attempts) == 1 else receipt()

    here = World(url, tmp_path, {ONE: ()}, {address(ONE): sometimes}, index_redelivery_seconds=0.05)
    sent_by(here, *(update(transaction(sourceSystem=source)) for source in "ABC"), count=4)
    assert attempts == ["A", "A", "B", "C"]


@pytest.mark.parametrize(("mode", "given_up"), [("strict", 1), ("national", 0)])
def test_a_logical_error_counts_in_strict_mode_and_is_not_sent_again(
    url: str, tmp_path: Path, mode: str, given_up: int
) -> None:
    """The national index does not look at ResultCode."""
    answer = {address(ONE): receipt("ERROR", "Fel på lagret")}
    here = World(url, tmp_path, {ONE: ()}, answer, mode=mode, index_collect_seconds=0.0)
    assert len(sent_by(here, update(transaction()), count=1)) == 1
    dead = left(url)[1]
    assert [each.last_error for each in dead] == ["ResultCode ERROR: Fel på lagret"] * given_up


def test_without_a_permission_for_the_index_nobody_is_told(url: str, tmp_path: Path) -> None:
    here = World(url, tmp_path)
    here.calls(update(transaction()))
    assert (left(url), here.notified()) == (([], []), [])


def test_what_was_not_sent_before_a_restart_is_sent_after_it(database_url: str, tmp_path: Path) -> None:
    """Also when the catalogue no longer names the subscriber: the router refuses, and it ends as a dead letter."""
    here = World(database_url, tmp_path, {ONE: ()}, {address(ONE): FAILS["a fault"]}, index_redelivery_seconds=600.0)

    async def fails() -> None:
        await here.call(update(transaction()))
        await until(lambda: left(database_url)[0][0].attempts == 1)

    here.run(fails)
    database = Database(database_url)
    with database.writing() as work:
        work.execute("UPDATE notification SET next_attempt_us = 0")
    database.close()
    later = World(database_url, tmp_path, {ONE: ()}, {address(ONE): receipt()})
    (sent,) = sent_by(later, count=1)
    assert changes(sent) == [("false", "SE-KÄLLA")]


def test_a_dead_letter_that_is_replayed_is_sent_by_a_running_gateway(url: str, tmp_path: Path) -> None:
    answers = [FAILS["a fault"], receipt()]
    here = World(url, tmp_path, {ONE: ()}, {address(ONE): lambda _sent: answers.pop(0)}, index_redeliveries=0)

    async def work() -> None:
        await here.call(update(transaction()))
        await until(lambda: len(left(url)[1]) == 1)
        await here.stored.write(lambda change: notifications.replay(change, None, 1))
        await until(lambda: not answers and left(url) == ([], []))

    here.run(work)


def test_no_person_id_stands_in_an_error_that_is_kept(url: str, tmp_path: Path) -> None:
    answer = ProducerAnswer(500, [], soap_fault("Personen 191212121212 finns inte"))
    here = World(url, tmp_path, {ONE: ()}, {address(ONE): answer}, index_redeliveries=0)
    sent_by(here, update(transaction()), count=1)
    (dead,) = left(url)[1]
    assert "191212121212" not in dead.last_error + "".join(here.told)
