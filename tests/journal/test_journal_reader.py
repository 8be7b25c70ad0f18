"""``gateway.journal.reader``: finding and showing again what was written."""

import time
from pathlib import Path

import pytest
from gateway_samples import AGGREGATE, SENDER, headers, question, responder
from journal_samples import ANSWER, NAME, ask, good, ids, site, stored, url, with_reader

from gateway.journal.reader import Wanted
from gateway.router.send import ProducerError


@pytest.fixture
def address(tmp_path: Path) -> str:
    """1: answered by A. 2: refused. 3: asked both A and B (4, 5), B failed. 6: answered by A, long ago."""
    found, collector = site({"A": good("A"), "B": ProducerError("reset", "gone")})
    ask(found, "A", sent=headers(x_skltp_correlation_id="c-1"))
    ask(found, "A", sent=headers(sender="SE-NOBODY", x_skltp_correlation_id="c-2"))
    ask(found, AGGREGATE, sent=headers(x_skltp_correlation_id="c-3"))
    ask(found, "A", sent=headers(x_skltp_correlation_id="c-4"))
    *recent, last = collector.take(10)
    return stored(tmp_path, [*recent, last._replace(started_us=1_000_000_000_000)])


HOUR_AGO = int((time.time() - 3600) * 1e6)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [6, 3, 2, 1]),
        (Wanted(contract=NAME.upper()), [6, 3, 2, 1]),
        (Wanted(contract=responder(NAME)), [6, 3, 2, 1]),
        (Wanted(contract="GetCarePlans"), []),
        (Wanted(sender="se-nobody"), [2]),
        (Wanted(address="a"), [6, 2, 1]),
        (Wanted(address="B"), []),
        (Wanted(outcome="answered"), [6, 1]),
        (Wanted(outcome="partial"), [3]),
        (Wanted(outcome="refused"), [2]),
        (Wanted(since_us=HOUR_AGO), [3, 2, 1]),
        (Wanted(correlation_id="c-3"), [3]),
        (Wanted(sender=SENDER, address="A", outcome="answered", since_us=HOUR_AGO), [1]),
    ],
)
def test_calls_are_found_by_what_they_were(address: str, wanted: Wanted, found: list[int]) -> None:
    assert ids(address, wanted) == found


def test_the_newest_are_found_first(address: str) -> None:
    assert ids(address, Wanted(), 2) == [6, 3]


def test_an_entry_tells_the_decision(address: str) -> None:
    entry = with_reader(address, lambda reader: reader.get(1))
    assert (entry.sender, entry.operation, entry.contract) == (SENDER, NAME, responder(NAME))
    assert (entry.logical_address, entry.profile, entry.address) == ("A", "rivtabp21", url("A"))
    assert (entry.route_trace, entry.permission_trace) == ("A", "A")
    assert (entry.outcome, entry.http_status, entry.fault_code, entry.cause) == ("answered", 200, None, None)
    assert (entry.caller_ip, entry.path, entry.correlation_id) == ("127.0.0.1", "/vp", "c-1")
    assert entry.duration_us > 0
    assert entry.sizes["req-in"] == entry.sizes["req-out"] == len(question(NAME, address="A"))


def test_a_refused_entry_tells_why(address: str) -> None:
    entry = with_reader(address, lambda reader: reader.get(2))
    assert (entry.fault_code, entry.http_status, entry.address) == ("VP007", 500, url("A"))
    assert "SE-NOBODY" in entry.cause
    assert entry.sizes["req-out"] is entry.sizes["resp-in"] is None


def test_a_source_can_be_read_by_itself(address: str) -> None:
    sources = with_reader(address, lambda reader: reader.sources(3))
    assert [(entry.id, entry.logical_address, entry.outcome) for entry in sources] == [
        (4, "A", "answered"),
        (5, "B", "failed"),
    ]
    entry = with_reader(address, lambda reader: reader.get(5))
    assert (entry.parent_id, entry.cause) == (3, "reset: gone")


def test_there_is_nothing_behind_an_unknown_id(address: str) -> None:
    assert with_reader(address, lambda reader: reader.get(99)) is None
    assert with_reader(address, lambda reader: reader.sources(99)) == []
    assert with_reader(address, lambda reader: reader.messages(1)) == {}


def test_messages_come_back_byte_for_byte(tmp_path: Path) -> None:
    found, collector = site(payloads=True)
    ask(found)
    address = stored(tmp_path, collector.take(1))
    messages = with_reader(address, lambda reader: reader.messages(1))
    asked = question(NAME, address="A")
    assert messages == {"req-in": asked, "req-out": asked, "resp-in": ANSWER, "resp-out": ANSWER}
    assert list(messages) == ["req-in", "req-out", "resp-in", "resp-out"]
