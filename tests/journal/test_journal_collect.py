"""``gateway.journal.collect``: what a real router's calls leave behind."""

import asyncio
import time

import pytest
from gateway_parts import Sent
from gateway_samples import AGGREGATE, SENDER, headers, question, request, soap_fault
from journal_samples import ANSWER, NAME, ask, exchanges, gone, good, never, site, url

from gateway.journal.collect import Collector
from gateway.journal.exchange import Exchange
from gateway.observe.events import ERROR, REQ_OUT, RESP_IN, RESP_OUT
from gateway.router.call import Call
from gateway.router.send import ProducerAnswer, ProducerError

ASKED = len(question(NAME, address="A"))


def only(collector: Collector) -> Exchange:
    (found,) = collector.take(10)
    return found


def sizes(found: Exchange) -> tuple[int | None, ...]:
    return found.req_in_bytes, found.req_out_bytes, found.resp_in_bytes, found.resp_out_bytes


def test_an_exchange_knows_its_decision() -> None:
    found, collector = site()
    ask(found)
    exchange = only(collector)
    assert (exchange.sender, exchange.address, exchange.http_status) == (SENDER, url("A"), 200)
    assert (exchange.operation, exchange.logical_address) == (NAME, "A")
    assert (exchange.route_trace, exchange.permission_trace) == ("A", "A")
    assert (exchange.fault_code, exchange.cause, exchange.caller_ip, exchange.path) == (None, None, "127.0.0.1", "/vp")


def test_an_exchange_knows_its_time() -> None:
    async def slow(_sent: Sent) -> ProducerAnswer:
        await asyncio.sleep(0.03)
        return ProducerAnswer(200, [], ANSWER)

    found, collector = site({"A": slow})
    before = time.time()
    ask(found)
    exchange = only(collector)
    assert before - 0.001 <= exchange.started_us / 1e6 <= time.time() - 0.03
    assert 29_000 < (exchange.producer_us or 0) <= exchange.duration_us < 5_000_000


def test_the_four_messages_are_counted() -> None:
    found, collector = site()
    ask(found)
    assert sizes(only(collector)) == (ASKED, ASKED, len(ANSWER), len(ANSWER))


def test_messages_are_kept_only_when_asked_for() -> None:
    found, collector = site()
    ask(found)
    exchange = only(collector)
    assert (exchange.bodies, exchange.held) == (None, 0)


def test_messages_are_kept_when_asked_for() -> None:
    found, collector = site(payloads=True)
    ask(found)
    exchange = only(collector)
    asked = question(NAME, address="A")
    assert exchange.bodies == (asked, asked, ANSWER, ANSWER)
    assert exchange.held == len(asked) + len(ANSWER)  # the same bytes count once


def test_a_refused_call_has_no_messages_with_the_producer() -> None:
    found, collector = site({})
    answer = ask(found)
    exchange = only(collector)
    assert (exchange.fault_code, exchange.http_status) == ("VP004", 500)
    assert sizes(exchange) == (ASKED, None, None, len(answer.body))
    assert "VP004" in exchange.cause


def test_who_never_said_who_it_is_leaves_a_trace_too() -> None:
    found, collector = site()
    found.handle(request(question(NAME, address="A"), headers(sender="")))
    exchange = only(collector)
    assert (exchange.fault_code, exchange.sender, exchange.operation) == ("VP002", None, None)


def test_a_producer_out_of_reach_was_sent_a_message() -> None:
    found, collector = site({"A": ProducerError("refused", "nobody listens")})
    answer = ask(found)
    exchange = only(collector)
    assert exchange.fault_code == "VP009"
    assert sizes(exchange) == (ASKED, ASKED, None, len(answer.body))


def test_an_answer_that_was_held_back_is_told_beside_the_fault() -> None:
    wrong = b"<odd/>"
    found, collector = site({"A": ProducerAnswer(200, [], wrong)}, payloads=True, validate="both")
    answer = ask(found)
    exchange = only(collector)
    assert exchange.fault_code == "VP009"
    assert exchange.bodies is not None
    assert exchange.bodies[2:] == (wrong, answer.body)


def test_a_consumer_that_leaves_ends_the_exchange() -> None:
    found, collector = site({"A": never})
    gone(found, "A")
    exchange = only(collector)
    assert exchange.http_status is None
    assert sizes(exchange) == (ASKED, ASKED, None, None)
    assert "closed the connection" in exchange.cause


def test_the_sources_of_a_question_go_with_it() -> None:
    broken = ProducerAnswer(500, [], soap_fault("Tekniskt fel"))
    found, collector = site({"A": good("A"), "B": broken, "C": ProducerError("reset", "gone")}, payloads=True)
    answer = ask(found, AGGREGATE)
    exchange = only(collector)
    sources = {each.logical_address: each for each in exchange.sources}
    assert list(sources) == ["A", "B", "C"]
    assert exchange.resp_out_bytes == len(answer.body)
    assert [(each.http_status, (each.cause or "").partition(":")[0]) for each in sources.values()] == [
        (200, ""),
        (500, "fault"),
        (None, "reset"),
    ]
    assert sources["A"].bodies is not None
    assert sources["A"].bodies[0] is sources["A"].bodies[3] is None
    assert b">A<" in (sources["A"].bodies[1] or b"")
    assert sources["C"].resp_in_bytes is None
    assert all(each.correlation_id == exchange.correlation_id for each in sources.values())


def test_a_source_that_is_late_has_been_waited_for_until_the_end() -> None:
    found, collector = site({"A": good("A"), "B": never}, aggregate_timeout=0.1)
    ask(found, AGGREGATE)
    exchange = only(collector)
    late = exchange.sources[1]
    assert late.http_status is None
    assert 90_000 < late.duration_us <= exchange.duration_us
    assert late.resp_in_bytes is None
    assert len(collector) == 0


def test_the_sources_of_a_consumer_that_leaves_go_with_it() -> None:
    found, collector = site({"A": never, "B": never})
    gone(found, AGGREGATE)
    exchange = only(collector)
    assert exchange.http_status is None
    assert len(exchange.sources) == 2
    assert (len(collector), collector.dropped) == (0, 0)


def test_too_many_push_out_the_oldest() -> None:
    collector = Collector(payloads=False, max_waiting=3)
    found, _ = site(collector=collector)
    for number in range(5):
        ask(found, sent=headers(x_skltp_correlation_id=f"c-{number}"))
    assert [each.correlation_id for each in collector.take(10)] == ["c-2", "c-3", "c-4"]
    assert collector.dropped == 2


def test_order_is_kept_whatever_is_made_at_once() -> None:
    """Simple calls are made a few together, questions at once."""
    found, collector = site({"A": ProducerAnswer(200, [], ANSWER)})
    wanted = []
    for number in range(25):
        ask(found, AGGREGATE if number % 6 == 5 else "A", sent=headers(x_skltp_correlation_id=f"c-{number}"))
        wanted.append(f"c-{number}")
    assert len(collector) == 25
    assert [each.correlation_id for each in collector.take(9)] == wanted[:9]
    assert [each.correlation_id for each in collector.take(100)] == wanted[9:]
    assert (len(collector), collector.take(1)) == (0, [])


def test_the_calls_of_a_moment_keep_their_times() -> None:
    found, collector = site({"A": ProducerAnswer(200, [], ANSWER)})
    for _ in range(3):
        ask(found)
        time.sleep(0.02)
    first, second, third = (each.started_us for each in collector.take(3))
    assert 19_000 < second - first < 2_000_000
    assert 19_000 < third - second < 2_000_000


def test_too_many_bytes_push_out_the_oldest() -> None:
    held = exchanges(1, payloads=True)[0].held
    collector = Collector(payloads=True, max_held=2 * held)
    found, _ = site(collector=collector)
    for _ in range(5):
        ask(found)
    assert (len(collector.take(10)), collector.dropped) == (2, 3)
    ask(found)
    assert (len(collector.take(10)), collector.dropped) == (1, 3)


def test_a_single_exchange_may_be_larger_than_the_limit() -> None:
    collector = Collector(payloads=True, max_held=1)
    found, _ = site(collector=collector)
    ask(found)
    assert (len(collector.take(10)), collector.dropped) == (1, 0)


def test_what_is_taken_is_the_oldest() -> None:
    collector = Collector(payloads=False)
    found, _ = site(collector=collector)
    for number in range(3):
        ask(found, sent=headers(x_skltp_correlation_id=f"c-{number}"))
    assert [each.correlation_id for each in collector.take(2)] == ["c-0", "c-1"]
    assert len(collector) == 1


def test_a_bug_in_the_journal_costs_no_answer() -> None:
    collector = Collector(payloads=False)
    call = Call.receive(request(b"x"))
    call.request = None  # type: ignore[assignment]
    collector(RESP_OUT, call)
    assert (collector.take(1), len(collector), collector.dropped) == ([], 0, 1)


@pytest.mark.parametrize("action", [REQ_OUT, RESP_IN, ERROR])
def test_a_source_that_speaks_after_the_end_is_not_heard(action: str) -> None:
    collector = Collector(payloads=False)
    parent = Call.receive(request(b"x"))
    call = Call.receive(request(b"x"))
    call.parent = parent
    collector(action, call)
    assert (len(collector), collector.dropped, parent.notes) == (0, 0, None)
