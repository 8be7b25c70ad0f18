"""``gateway.journal.rows``: outcomes, masking and compression."""

import zlib
from typing import Any

import pytest
from gateway_samples import AGGREGATE, TOLVAN, headers, question, request, soap_fault
from journal_samples import ANSWER, NAME, ask, exchanges, gone, good, never, site

from gateway.journal import models
from gateway.journal.collect import Collector
from gateway.journal.exchange import OUTCOMES, clean
from gateway.journal.rows import ROW_BYTES, Rows, weight
from gateway.router.send import ProducerAnswer, ProducerError

COLUMNS = [column.name for column in models.exchange.columns]


def rows(collector: Collector) -> list[dict[str, Any]]:
    """The rows of what has gathered, by column."""
    return [dict(zip(COLUMNS, row, strict=True)) for row in Rows(collector.take(100), 1).exchanges]


@pytest.mark.parametrize(
    ("answer", "settings", "outcome"),
    [
        (ProducerAnswer(200, [], ANSWER), {}, "answered"),
        (ProducerAnswer(500, [], soap_fault()), {}, "fault"),
        (ProducerAnswer(404, [], b"?"), {}, "failed"),
        (ProducerError("timeout", "too long"), {}, "failed"),
        (ProducerAnswer(200, [], b"<odd/>"), {"validate": "both"}, "failed"),
    ],
)
def test_the_outcome_of_a_routed_call(answer: Any, settings: dict[str, Any], outcome: str) -> None:
    found, collector = site({"A": answer}, **settings)
    ask(found)
    (row,) = rows(collector)
    assert row["outcome"] == outcome
    assert outcome in OUTCOMES


def test_a_call_without_a_route_is_refused() -> None:
    found, collector = site({})
    ask(found)
    (row,) = rows(collector)
    assert (row["outcome"], row["fault_code"], row["route_trace"]) == ("refused", "VP004", "A,(default),*")
    assert (row["address"], row["producer_us"], row["req_out_bytes"]) == (None, None, None)


def test_a_consumer_that_left_aborted() -> None:
    found, collector = site({"A": never})
    gone(found, "A")
    (row,) = rows(collector)
    assert (row["outcome"], row["http_status"]) == ("aborted", None)


def test_a_question_with_a_failed_source_is_partial() -> None:
    found, collector = site({"A": good("A"), "B": ProducerError("reset", "gone"), "C": never}, aggregate_timeout=0.1)
    ask(found, AGGREGATE)
    question_row, *sources = rows(collector)
    assert (question_row["outcome"], question_row["id"], question_row["parent_id"]) == ("partial", 1, None)
    assert [(row["id"], row["parent_id"], row["outcome"]) for row in sources] == [
        (2, 1, "answered"),
        (3, 1, "failed"),
        (4, 1, "failed"),
    ]
    assert [row["cause"] for row in sources] == [
        None,
        "reset: gone",
        "late: no answer before the whole question ended",
    ]


def test_a_question_that_all_answer_is_answered() -> None:
    found, collector = site({"A": good("A"), "B": good("B")})
    ask(found, AGGREGATE)
    assert [row["outcome"] for row in rows(collector)] == ["answered"] * 3


def test_person_ids_are_masked_in_every_text() -> None:
    """No person id leaves in clear: whatever a consumer writes where."""
    found, collector = site()
    sent = headers(sender=f"X-{TOLVAN}", x_skltp_correlation_id=TOLVAN)
    found.handle(request(question(NAME, address=TOLVAN), sent, target=f"/vp?p={TOLVAN}".encode()))
    (row,) = rows(collector)
    assert TOLVAN not in repr(row)
    assert row["sender"] == "X-‹person-id›"
    assert row["correlation_id"] == row["logical_address"] == "‹person-id›"
    assert row["path"] == "/vp?p=‹person-id›"


def test_a_uuid_of_digits_is_no_person() -> None:
    found, collector = site()
    ask(found, sent=headers(x_skltp_correlation_id="19121212-1212-4121-8121-191212121212"))
    assert rows(collector)[0]["correlation_id"] == "19121212-1212-4121-8121-191212121212"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Växjö", "Växjö"),
        ("a\0b", "ab"),
        ("\ud800", "?"),
        ("", ""),
        ("x" * 5_000, "x" * 2_000),
        (f"{'x' * 1_995}{' '}{TOLVAN}", "x" * 1_995 + " ‹per"),
    ],
)
def test_texts_are_fit_for_any_database(text: str, kept: str) -> None:
    assert clean(text) == kept


def test_messages_are_compressed_and_the_same_bytes_kept_once() -> None:
    made = Rows(exchanges(1, payloads=True), 7)
    kept = {kind: (number, same_as, body) for number, kind, same_as, body in made.messages}
    assert list(kept) == ["req-in", "req-out", "resp-in", "resp-out"]
    assert {number for number, _, _ in kept.values()} == {7}
    assert [same_as for _, same_as, _ in kept.values()] == [None, "req-in", None, "resp-in"]
    assert zlib.decompress(kept["resp-in"][2] or b"") == ANSWER
    assert kept["resp-out"][2] is None


def test_the_weight_counts_sources_and_messages() -> None:
    plain, heavy = exchanges(1), exchanges(1, payloads=True)
    assert Rows(plain, 1).stored_bytes == ROW_BYTES
    kept = Rows(heavy, 1)
    assert kept.stored_bytes == ROW_BYTES + sum(len(body) for _, _, _, body in kept.messages if body)
    found, collector = site({"A": good("A"), "B": good("B")})
    ask(found, AGGREGATE)
    taken = collector.take(10)
    asked = Rows(taken, 1)
    assert (weight(taken), asked.next_id, asked.stored_bytes) == (3, 4, 3 * ROW_BYTES)
    assert asked.exchanges[0][-1] == 3 * ROW_BYTES  # a question carries its sources' weight
