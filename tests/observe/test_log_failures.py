"""What the log calls a failure that is no fault: a source of an aggregated question, and a consumer that has gone."""

from typing import Any

import pytest
from gateway_parts import Bench
from gateway_samples import AGGREGATE, soap_fault
from journal_samples import ask, gone, good, never, site
from log_parts import fields

from gateway.observe.events import ERROR
from gateway.router.send import ProducerAnswer, ProducerError


def errors(found: Bench) -> dict[str, tuple[str, str]]:
    """Code and the beginning of the text of each error, by the address that was called."""
    rows: dict[str, tuple[str, str]] = {}

    def note(_action: str, call: Any) -> None:
        labels = fields(ERROR, call)["labels"]
        rows[labels["receiverid"]] = labels["errorCode"], labels["sessionErrorDescription"].partition(":")[0]

    found.router.events.subscribe(note, (ERROR,))
    return rows


@pytest.mark.parametrize(
    ("answer", "code", "kind"),
    [
        (never, "VP009", "late"),
        (ProducerError("reset", "gone"), "VP009", "reset"),
        (ProducerAnswer(500, [], soap_fault("Tekniskt fel")), "fault", "fault"),
        (ProducerAnswer(200, [], b"<odd/>"), "malformed", "malformed"),
    ],
    ids=["late", "reset", "fault", "malformed"],
)
def test_a_source_that_fails(answer: Any, code: str, kind: str) -> None:
    """National VP: VP009 is no answer from the producer. What the aggregating service keeps out is not the router's."""
    found, _ = site({"A": good("A"), "B": answer}, aggregate_timeout=0.2)
    rows = errors(found)
    ask(found, AGGREGATE)
    assert rows == {"B": (code, kind)}


def test_a_source_that_the_router_refuses_has_its_code() -> None:
    found, _ = site({"A": good("A"), "B": good("B")})
    found.router.snapshot._permissions.clear()
    rows = errors(found)
    ask(found, AGGREGATE)
    assert rows[AGGREGATE][0] == "VP007"


def test_a_consumer_that_leaves() -> None:
    found, _ = site({"A": never})
    rows = errors(found)
    gone(found, "A")
    assert rows == {"A": ("aborted", "the consumer closed the connection before the answer")}


def test_a_consumer_that_leaves_an_aggregated_question() -> None:
    """Its sources are not late: nobody waits for them any more."""
    found, _ = site({"A": never, "B": never})
    rows = errors(found)
    gone(found, AGGREGATE)
    assert {code for code, _ in rows.values()} == {"aborted"}
    assert set(rows) == {AGGREGATE, "A", "B"}
