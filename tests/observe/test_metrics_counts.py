"""``gateway.observe.metrics``: what is counted for which call, under labels that no caller can make more of."""

import asyncio
import time
import timeit
from dataclasses import replace

import pytest
from gateway_parts import OK, Bench, Scripted, bench
from gateway_samples import (
    SENDER,
    headers,
    permission,
    question,
    request,
    responder,
    route,
    soap_fault,
)
from prometheus_client.parser import text_string_to_metric_families

from gateway.message import Answer, Request
from gateway.observe.events import ERROR, REQ_IN, REQ_OUT, RESP_IN, RESP_OUT
from gateway.observe.metrics import BOUNDS, Figures, Metrics, Timing
from gateway.registry.decision import RouteDecision
from gateway.router.call import Call
from gateway.router.send import ProducerAnswer, ProducerError

NAME, URL, RECEIVER = "GetFixedContacts", "http://producer/vp", "SE2321000065-RIVTA07"
CONTRACT = responder(NAME)
OTHER = "urn:riv:annan:doman:GetAnnatResponder:3"
PERSON = "191212121212"


def made(answer: Scripted = OK, **settings: object) -> tuple[Bench, Metrics]:
    rows = [route(RECEIVER, NAME, URL), route(RECEIVER, OTHER, URL), route("*", "GetCarePlans", URL)]
    grants = [permission(RECEIVER, NAME), permission(RECEIVER, OTHER), permission("*", "GetCarePlans")]
    found = bench(rows, grants, {URL: answer}, **settings)
    metrics = Metrics([CONTRACT], Figures, lambda: 0)
    found.router.events.subscribe(metrics)
    return found, metrics


def samples(metrics: Metrics, name: str) -> dict[tuple[str, ...], float]:
    """Values by the values of the labels, in the order of the labels' names."""
    text = metrics.render()[1].decode()
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


def asked(name: str = NAME, receiver: str = RECEIVER, *, contract: str = "", operation: str = "") -> Request:
    body = question(name, receiver)
    if contract:
        body = body.replace(responder(name).encode(), contract.encode())
    if operation:
        body = body.replace(b"q:%b" % name.encode(), b"q:%b" % operation.encode())
    return request(body, headers(SENDER))


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        (OK, "ok", None),
        (ProducerAnswer(500, [], soap_fault()), "fault", "producer"),
        (ProducerAnswer(503, [], b"nej"), "refused", "VP009"),
        (ProducerError("timeout", "för sent"), "refused", "VP009"),
    ],
    ids=["answered", "producer's fault", "useless answer", "no answer"],
)
def test_a_call_has_an_outcome(answer: Scripted, outcome: str, code: str | None) -> None:
    found, metrics = made(answer)
    found.handle(asked())
    assert samples(metrics, "rivta_requests_total") == {(CONTRACT, NAME, outcome): 1}
    assert samples(metrics, "rivta_request_duration_seconds_count") == {(CONTRACT, NAME, outcome): 1}
    assert samples(metrics, "rivta_faults_total") == ({(code, CONTRACT): 1} if code else {})
    assert samples(metrics, "rivta_producer_duration_seconds_count") == {(CONTRACT, RECEIVER): 1}


def test_calls_add_up() -> None:
    found, metrics = made()
    for _ in range(3):
        found.handle(asked())
    assert samples(metrics, "rivta_requests_total") == {(CONTRACT, NAME, "ok"): 3}


def test_a_refusal_before_the_message_is_read_has_no_contract() -> None:
    found, metrics = made()
    found.handle(request(b"inget", headers(SENDER)))
    found.handle(request(question(), headers("")))
    assert samples(metrics, "rivta_requests_total") == {("unknown", "unknown", "refused"): 2}
    assert samples(metrics, "rivta_faults_total") == {("VP002", "unknown"): 1, ("VP015", "unknown"): 1}
    assert samples(metrics, "rivta_producer_duration_seconds_count") == {}


def test_a_known_contract_without_a_route_keeps_its_name() -> None:
    found, metrics = made()
    found.handle(asked(receiver="SE0000000000-0000"))
    assert samples(metrics, "rivta_faults_total") == {("VP004", CONTRACT): 1}


def test_a_contract_that_only_passes_through_gets_its_name_from_the_catalogue() -> None:
    found, metrics = made()
    found.handle(asked(contract=OTHER, operation="GetAnnat", receiver="SE0000000000-0000"))
    found.handle(asked(contract=OTHER, operation="GetAnnat"))
    found.handle(asked(contract=OTHER, operation="GetAnnat", receiver="SE0000000000-0000"))
    assert samples(metrics, "rivta_faults_total") == {("VP004", "unknown"): 1, ("VP004", OTHER): 1}
    assert samples(metrics, "rivta_requests_total")[OTHER, "GetAnnat", "ok"] == 1


def test_what_callers_invent_is_unknown() -> None:
    """Contracts, operations and addresses come from anybody, and each label value is a series for ever."""
    found, metrics = made()
    for number in range(20):
        found.handle(asked(contract=f"urn:riv:{PERSON}:{number}", receiver=f"{PERSON}{number}"))
        found.handle(asked(operation=f"Get{PERSON}{number}"))
        found.handle(asked("GetCarePlans", receiver=f"{PERSON}{number}"))
    assert samples(metrics, "rivta_requests_total") == {
        ("unknown", "unknown", "refused"): 20,
        (CONTRACT, "unknown", "ok"): 20,
        (responder("GetCarePlans"), "GetCarePlans", "ok"): 20,
    }
    assert set(samples(metrics, "rivta_producer_duration_seconds_count")) == {
        (CONTRACT, RECEIVER),
        (responder("GetCarePlans"), "*"),
    }
    assert PERSON.encode() not in metrics.render()[1]


def test_the_callers_case_does_not_matter() -> None:
    """National takcache: keys ignore case; the label is as the catalogue spells it."""
    found, metrics = made()
    found.handle(asked(receiver=RECEIVER.lower(), contract=CONTRACT.upper().replace("URN:RIV", "urn:riv")))
    assert [key[0] for key in samples(metrics, "rivta_requests_total")] == [CONTRACT]
    assert set(samples(metrics, "rivta_producer_duration_seconds_count")) == {(CONTRACT, RECEIVER)}


def test_a_consumer_that_goes_away_is_counted() -> None:
    async def hang(_: object) -> None:
        await asyncio.sleep(30)

    found, metrics = made(hang)

    async def leave() -> None:
        task = asyncio.ensure_future(found.router.handle(asked()))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(leave())
    assert samples(metrics, "rivta_requests_total") == {(CONTRACT, NAME, "abandoned"): 1}


def test_a_call_that_is_part_of_another_counts_its_producer_only() -> None:
    _, metrics = made()
    parent = call()
    part = replace(parent, parent=parent)
    for action in (REQ_OUT, RESP_IN):
        metrics(action, part)
    metrics(ERROR, part)
    assert samples(metrics, "rivta_requests_total") == {}
    assert samples(metrics, "rivta_producer_duration_seconds_count") == {(CONTRACT, RECEIVER): 1}


def test_a_part_that_got_no_answer_counts_its_time() -> None:
    _, metrics = made()
    metrics(ERROR, replace(call(), parent=call(), answer=None))
    assert samples(metrics, "rivta_producer_duration_seconds_count") == {(CONTRACT, RECEIVER): 1}


def test_sources_of_aggregated_answers() -> None:
    _, metrics = made()
    metrics.sources(["ok", "timeout", "ok"])
    metrics.sources([])
    metrics.sources(["ok"])
    assert samples(metrics, "rivta_aggregation_sources_total") == {("ok",): 3, ("timeout",): 1}


def test_a_million_addresses_do_not_become_a_million_series() -> None:
    _, metrics = made()
    found = call()
    for number in range(1500):
        found.route = RouteDecision("X", route(f"SE{number}", NAME, URL))
        metrics(RESP_IN, found)
    counted = samples(metrics, "rivta_producer_duration_seconds_count")
    assert len(counted) == 1001
    assert counted[CONTRACT, "other"] == 500


def call(seconds: float = 0.002) -> Call:
    """A call that has gone through the whole router."""
    found, _ = made()
    found.handle(asked())
    done = found.events[-1][1]
    assert isinstance(done.answer, Answer)
    done.producer_seconds, done.started = seconds, time.perf_counter() - seconds
    return done


def test_bucket_bounds_are_included() -> None:
    timing = Timing()
    for seconds in (0.0, 0.001, 0.0011, 28.0, 1000.0):
        timing.add(seconds)
    buckets = dict(timing.buckets())
    assert (buckets["0.001"], buckets["0.0025"], buckets["27.0"], buckets["28.0"]) == (2, 3, 3, 4)
    assert buckets["+Inf"] == 5
    assert len(buckets) == len(BOUNDS) + 1
    assert timing.total == pytest.approx(1028.0021)


def test_durations_are_seconds() -> None:
    _, metrics = made()
    metrics(RESP_IN, call(0.3))
    metrics(RESP_OUT, call(0.3))
    assert samples(metrics, "rivta_producer_duration_seconds_sum") == {(CONTRACT, RECEIVER): 0.3}
    (whole,) = samples(metrics, "rivta_request_duration_seconds_sum").values()
    assert 0.3 <= whole < 5


def test_a_call_costs_a_few_microseconds() -> None:
    """Measured 1.6; the bound leaves room for a machine that is busy with other things."""
    _, metrics = made()
    done = call()

    def all_events() -> None:
        for action in (REQ_IN, REQ_OUT, RESP_IN, RESP_OUT):
            metrics(action, done)

    assert min(timeit.repeat(all_events, number=2000, repeat=7)) / 2000 < 8e-6
