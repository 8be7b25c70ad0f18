"""One question to many sources: each is asked once and anew, and nobody's failure costs anybody else's records."""

import asyncio
import re
import time
from typing import Any

import pytest
from aggregated import ask, asked, good, identities, statuses, url, world
from gateway_parts import Scripted, Sent
from gateway_samples import (
    AGDA,
    AGGREGATE,
    NAMES,
    PLATFORM,
    SENDER,
    TOLVAN,
    address_header,
    answer_message,
    engagement,
    envelope,
    fault_of,
    headers,
    permission,
    question,
    record,
    request,
    request_element,
    soap_fault,
)

from gateway.aggregator import gather
from gateway.aggregator.pool import Pool
from gateway.aggregator.recognise import Recognisers
from gateway.message import Answer
from gateway.router.send import ProducerAnswer, ProducerError
from gateway.soap import ns
from gateway.soap.head import scan

NAME = "GetFixedContacts"
OWN = address_header(AGGREGATE)


@pytest.mark.parametrize("name", NAMES)
def test_the_records_of_all_sources_in_order_of_source(name: str) -> None:
    found = world({each: good(each, f"{each}1", f"{each}2", name=name) for each in ("B", "A", "C")}, name=name)
    answer = ask(found, name=name)
    assert answer.status == 200
    assert (b"content-type", b"text/xml; charset=UTF-8") in answer.headers
    assert identities(answer.body, name) == ["A1", "A2", "B1", "B2", "C1", "C2"]
    assert [row["statusCode"] for row in statuses(answer.body).values()] == ["DataFromSource"] * 3
    assert asked(found) == ["A", "B", "C"]


def test_the_order_is_not_the_order_in_which_they_answer() -> None:
    """National AgP: completion order, which differs from call to call; here an answer can be compared with another."""

    async def slow(_: Sent) -> ProducerAnswer:
        await asyncio.sleep(0.02)
        return good("A", "A1")

    answer = ask(world({"A": slow, "B": good("B", "B1")}))
    assert identities(answer.body) == ["A1", "B1"]
    assert list(statuses(answer.body)) == ["A", "B"]


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_what_is_recognised_needs_no_tree(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "_recognisers", Recognisers(lambda work: work()))
    monkeypatch.setattr(gather, "examine", None)  # which builds trees
    answer = ask(world({"A": good("A", "A1", "A2"), "B": good("B", "B1")}, mode=mode))
    assert identities(answer.body) == ["A1", "A2", "B1"]
    assert [row["statusCode"] for row in statuses(answer.body).values()] == ["DataFromSource"] * 2


def test_sources_are_asked_at_the_same_time() -> None:
    async def slow(sent: Sent) -> ProducerAnswer:
        await asyncio.sleep(0.05)
        return good(sent.url, "1")

    found = world({f"S{number:02}": slow for number in range(21)})
    started = time.perf_counter()
    answer = ask(found)
    assert time.perf_counter() - started < 0.8
    assert len(statuses(answer.body)) == 21


def test_nobody_has_anything() -> None:
    """National AgP, outcomes: 200, an empty answer and an empty ProcessingStatus."""
    answer = ask(world({}))
    assert answer.status == 200
    assert (identities(answer.body), statuses(answer.body)) == ([], {})
    assert b"ProcessingStatus" in answer.body


def test_filtered_sources_leave_no_trace_in_national_mode() -> None:
    """National AgP: filtered hits have no ProcessingStatus row."""
    found = world({"A": good("A", "A1"), "B": good("B", "B1")}, denied=["B"], mode="national")
    answer = ask(found)
    assert (identities(answer.body), list(statuses(answer.body)), asked(found)) == (["A1"], ["A"], ["A"])


def test_filtered_sources_are_told_in_strict_mode() -> None:
    """An empty answer should not mean anything and everything."""
    held = [engagement("C"), engagement("B"), engagement("A", AGGREGATE), engagement("D")]
    found = world({"C": good("C", "C1"), "B": good("B", "B1")}, denied=["B"], engagements=held)
    answer = ask(found)
    rows = statuses(answer.body)
    assert (identities(answer.body), list(rows), asked(found)) == (["C1"], ["A", "B", "C", "D"], ["C"])
    told = {source: (row.get("causingAgent"), row.get("code")) for source, row in rows.items()}
    assert told == {
        "A": ("engagement_index", "508"),
        "B": ("service_catalog", "403"),
        "C": (None, None),
        "D": ("service_catalog", "404"),
    }


def test_a_source_that_the_question_does_not_want_is_not_told() -> None:
    more = "<q:sourceSystemId><core:root>1</core:root><core:extension>A</core:extension></q:sourceSystemId>"
    found = world({"A": good("A", "A1"), "B": good("B", "B1")})
    answer = ask(found, question(more=more))
    assert (identities(answer.body), list(statuses(answer.body))) == (["A1"], ["A"])


def test_the_same_record_from_two_sources_is_told_once_in_strict_mode() -> None:
    """However it is written: here with other prefixes and indented."""
    one = answer_message(NAME, record(NAME, "X", "same"), record(NAME, "A", "A1"))
    other = answer_message(NAME, record(NAME, "B", "B1"), record(NAME, "X", "same"))
    other = other.replace(b"xmlns:core=", b"xmlns:kort=").replace(b"<core:", b"<kort:").replace(b"</core:", b"</kort:")
    assert other != one
    answers: dict[str, Scripted] = {"A": ProducerAnswer(200, [], one), "B": ProducerAnswer(200, [], other)}
    found = world(answers)
    assert identities(ask(found).body) == ["same", "A1", "B1"]
    assert found.events[0][1].warning == (
        "left out of the answer because another source had told it already: 1 records"
    )
    assert identities(ask(world(answers, mode="national")).body) == ["same", "A1", "B1", "same"]


def test_two_versions_of_a_record_are_two_records() -> None:
    one = answer_message(NAME, record(NAME, "X", "same"))
    answers: dict[str, Scripted] = {
        "A": ProducerAnswer(200, [], one),
        "B": ProducerAnswer(200, [], one.replace("Åsa".encode(), "Östen".encode())),
    }
    assert one != one.replace("Åsa".encode(), "Östen".encode())
    assert identities(ask(world(answers)).body) == ["same", "same"]


def test_an_empty_list_is_a_good_answer() -> None:
    """National AgP, merge: a producer with an empty list counts as OK."""
    answer = ask(world({"A": good("A")}))
    assert statuses(answer.body)["A"]["statusCode"] == "DataFromSource"


FAILURES: dict[str, tuple[Any, str, str]] = {
    "timeout": (ProducerError("timeout", "x"), "504", "service_producer"),
    "connect-timeout": (ProducerError("connect-timeout", "x"), "503", "service_producer"),
    "refused": (ProducerError("refused", "x"), "503", "service_producer"),
    "busy": (ProducerError("busy", "x"), "503", "service_producer"),
    "tls": (ProducerError("tls", "x"), "503", "service_producer"),
    "reset": (ProducerError("reset", "x"), "503", "service_producer"),
    "too-large": (ProducerError("too-large", "x"), "502", "service_producer"),
    "status": (ProducerAnswer(404, [], b""), "502", "service_producer"),
    "empty": (ProducerAnswer(200, [], b""), "502", "service_producer"),
    "fault": (ProducerAnswer(500, [], soap_fault("Tekniskt fel")), "500", "service_producer"),
    "malformed": (ProducerAnswer(200, [], b"Hello World!"), "502", "service_producer"),
    "foreign": (ProducerAnswer(200, [], answer_message("GetCarePlans")), "502", "service_producer"),
    "invalid": (
        ProducerAnswer(200, [], answer_message(NAME, record(NAME, "B", "1").replace("core:code>", "core:kod>"))),
        "422",
        "service_producer",
    ),
    "wrong-person": (
        ProducerAnswer(200, [], answer_message(NAME, record(NAME, "B", "1", AGDA))),
        "409",
        "service_producer",
    ),
    "internal": (RuntimeError("hemligt"), "500", "virtualization_platform"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_one_failing_source_costs_only_its_own_records(kind: str) -> None:
    """National AgP, outcomes: the records of the good ones, NoDataSynchFailed for the others; never a fault."""
    scripted, code, agent = FAILURES[kind]
    found = world({"A": good("A", "A1"), "B": scripted, "C": good("C", "C1")})
    answer = ask(found)
    assert answer.status == 200
    assert identities(answer.body) == ["A1", "C1"]
    rows = statuses(answer.body)
    assert [row["statusCode"] for row in rows.values()] == ["DataFromSource", "NoDataSynchFailed", "DataFromSource"]
    assert (rows["B"]["code"], rows["B"]["causingAgent"]) == (code, agent)
    errors = [call for action, call in found.events if action == "error"]
    assert [call.cause.partition(":")[0] for call in errors] == [kind]
    assert errors[0].parent is found.events[0][1]


def test_a_source_that_nobody_may_call_by_its_own_address() -> None:
    """National AgP: authorization is checked on the logical address, but the call may still be stopped by VP."""
    found = world(
        {"B": good("B", "B1")},
        engagements=[engagement("B", "ADDRESS")],
        denied=["B"],
        permissions=[permission("ADDRESS", NAME)],
        routes={"ADDRESS": "http://x/"},
    )
    row = statuses(ask(found).body)["B"]
    assert (row["code"], row["causingAgent"]) == ("403", "service_catalog")
    assert "VP007 [prov]" in row["text"]


def test_a_source_without_a_route_of_its_own() -> None:
    found = world({"A": good("A")}, engagements=[engagement("B", "A")])
    row = statuses(ask(found).body)["B"]
    assert (row["code"], row["causingAgent"]) == ("404", "service_catalog")
    assert "VP004 [prov]" in row["text"]


def test_all_failing_is_still_an_answer() -> None:
    """National AgP, outcomes: all fail, 200, empty body, all NoDataSynchFailed."""
    answer = ask(world({each: ProducerError("refused", "x") for each in "ABC"}))
    assert (answer.status, identities(answer.body)) == (200, [])
    assert {row["statusCode"] for row in statuses(answer.body).values()} == {"NoDataSynchFailed"}


async def never(_: Sent) -> ProducerAnswer:
    await asyncio.sleep(60)
    raise AssertionError


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_the_time_of_the_whole_question_ends(mode: str) -> None:
    """National AgP, time limits: who has not answered by then gets an "Unknown error" row."""
    found = world({"A": good("A", "A1"), "B": never}, aggregate_timeout=0.05, mode=mode)
    started = time.perf_counter()
    answer = ask(found)
    assert time.perf_counter() - started < 1.0
    assert identities(answer.body) == ["A1"]
    row = statuses(answer.body)["B"]
    assert row["statusCode"] == "NoDataSynchFailed"
    assert "Unknown error" in row["text"]
    assert row["code"] == ("43000" if mode == "national" else "504")


def test_a_late_source_is_an_error_in_the_log() -> None:
    found = world({"A": never}, aggregate_timeout=0.02)

    async def whole() -> Answer:
        answer = await found.router.handle(request(question()))
        await asyncio.sleep(0.01)
        return answer

    asyncio.run(whole())
    assert [call.cause.partition(":")[0] for action, call in found.events if action == "error"] == ["late"]


def test_a_consumer_that_leaves_stops_the_calls_to_the_sources() -> None:
    ended: list[str] = []

    async def watched(sent: Sent) -> ProducerAnswer:
        try:
            return await never(sent)
        except asyncio.CancelledError:
            ended.append(sent.url)
            raise

    found = world({"A": watched, "B": watched})

    async def leave() -> None:
        task = asyncio.create_task(found.router.handle(request(question())))
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.01)

    asyncio.run(leave())
    assert sorted(ended) == [url("A"), url("B")]


def test_each_source_gets_the_time_of_a_producer() -> None:
    found = world({"A": good("A")}, producer_timeout=1.5)
    ask(found)
    assert found.client.sent[0].timeout == 1.5


# What the sources get


def sent_to(source: str, body: bytes, **more: Any) -> Sent:
    answers: dict[str, Scripted] = {source: good(source)}
    found = world(answers)
    ask(found, body, **more)
    (sent,) = found.client.sent
    return sent


def only_the_address_changed(before: bytes, after: bytes, source: str) -> bool:
    element = re.compile(rb"<(\w+:)?(LogicalAddress|To)\b.*?</(\w+:)?(LogicalAddress|To)\s*>", re.DOTALL)
    written = f'<LogicalAddress xmlns="{ns.REGISTRY}">{source}</LogicalAddress>'.encode()
    return element.sub(written, before, count=1) == after


@pytest.mark.parametrize("source", ["A", "SE2321000016-RIVTA01", "ÅÄÖ-1"])
@pytest.mark.parametrize(
    "body",
    [
        question(),
        b"\xef\xbb\xbf" + question(),
        b'<?xml version="1.0" encoding="utf-8"?>\n' + question(),
        envelope(
            f"\n<!-- å -->{request_element(NAME)}\r\n", f"<x xmlns='urn:x'>ö</x>{address_header(AGGREGATE)}<!--c-->"
        ),
        envelope(request_element(NAME), f'<LogicalAddress\n xmlns="{ns.REGISTRY}">{AGGREGATE}</LogicalAddress >'),
        envelope(request_element(NAME), address_header(f"<![CDATA[{AGGREGATE}]]>")),
    ],
)
def test_only_the_address_element_changes(body: bytes, source: str) -> None:
    """National AgP, rewriting: the same body; the logical address becomes the source system."""
    sent = sent_to(source, body)
    assert only_the_address_changed(body, sent.body, source)
    assert scan(sent.body, whole=True).logical_address == source


@pytest.mark.parametrize(
    ("source", "written"), [("A&B", b"A&amp;B"), ("A<B", b"A&lt;B"), ("A>B", b"A>B"), ("{0}", b"{0}")]
)
def test_an_address_with_special_characters(source: str, written: bytes) -> None:
    sent = sent_to(source, question())
    assert b">" + written + b"</LogicalAddress>" in sent.body
    assert scan(sent.body, whole=True).logical_address == source


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "utf-16-be"])
def test_other_encodings_become_utf_8(encoding: str) -> None:
    """National VP: what is not UTF-8 is written anew as UTF-8 for the producer, the XML declaration with it."""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        + envelope(request_element(NAME, more="<x:å xmlns:x='urn:x'>ÅÄÖ</x:å>"), address_header(AGGREGATE)).decode()
    )
    body = text.encode(encoding)
    if encoding == "utf-16-be":
        body = b"\xfe\xff" + text.replace("utf-16-be", "utf-16").encode(encoding)
    sent = sent_to("Å", body)
    assert scan(sent.body, "utf-8", whole=True).logical_address == "Å"
    assert "ÅÄÖ" in sent.body.decode()
    assert sent.body.decode().startswith('<?xml version="1.0" encoding="UTF-8"?>')


def test_sources_are_called_with_the_consumers_headers() -> None:
    """National AgP, rewriting: sender, original consumer, correlation id and others are the consumer's."""
    sent = sent_to(
        "A",
        question(),
        sent=headers(
            x_skltp_correlation_id="c-1", x_rivta_original_serviceconsumer_hsaid="O", x_rivta_x="1", accept="a"
        ),
    )
    assert sent.header("x-vp-sender-id") == [SENDER]
    assert sent.header("x-vp-instance-id") == [PLATFORM]
    assert sent.header("x-rivta-original-serviceconsumer-hsaid") == ["O"]
    assert sent.header("x-skltp-correlation-id") == ["c-1"]
    assert (sent.header("x-rivta-x"), sent.header("accept")) == (["1"], ["a"])


def test_the_question_itself_goes_through_every_check() -> None:
    found = world({"A": good("A")}, denied=[], permissions=[])
    assert fault_of(ask(found, sent=headers(sender="OTHER")).body)[1].startswith("VP007 ")
    assert fault_of(ask(found, question(person="")).body)[1].startswith("VP015 ")
    assert found.client.sent == []


def test_events_of_an_aggregated_call() -> None:
    """Every source's call is told as the router's own, and names the question as its parent."""
    found = world({"A": good("A", "A1"), "B": ProducerError("reset", "x")})
    ask(found)
    whole = found.events[0][1]
    assert [action for action, call in found.events if call is whole] == ["req-in", "req-out", "resp-in", "resp-out"]
    parts: dict[str, list[str]] = {}
    for action, call in found.events:
        if call is not whole:
            assert call.parent is whole
            assert call.correlation_id == whole.correlation_id
            assert call.head is not None
            parts.setdefault(call.head.logical_address or "", []).append(action)
    assert parts == {"A": ["req-out", "resp-in"], "B": ["req-out", "error"]}


def test_an_aggregate_of_aggregates_is_a_loop() -> None:
    """National VP, VP014: a call that comes back to where it has been."""
    found = world({"A": good("A", "A1"), "B": good("B", "B1")}, routes={"B": "aggregate:"})
    answer = ask(found)
    assert identities(answer.body) == ["A1"]
    assert "VP014 [prov]" in statuses(answer.body)["B"]["text"]


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_what_is_checked_in_which_mode(mode: str) -> None:
    answers: dict[str, Scripted] = {
        "A": FAILURES["invalid"][0],
        "B": FAILURES["wrong-person"][0],
        "C": good("C", "C1"),
    }
    found = statuses(ask(world(answers, mode=mode)).body)
    failed = [source for source, row in found.items() if row["statusCode"] != "DataFromSource"]
    assert failed == ([] if mode == "national" else ["A", "B"])


@pytest.mark.parametrize("cores", [1, 4])
@pytest.mark.parametrize("count", [1, 20, 150])
def test_answers_of_any_size_are_examined_alike(monkeypatch: pytest.MonkeyPatch, count: int, cores: int) -> None:
    """Small ones at once, larger ones in threads when there are cores for it."""
    monkeypatch.setattr(gather, "cores", lambda: cores)
    monkeypatch.setattr(gather, "_pool", Pool(cores))
    many = [str(number) for number in range(count)]
    found = world({"A": good("A", *many), "B": good("B", *many), "C": FAILURES["wrong-person"][0]})
    answer = ask(found)
    assert identities(answer.body) == many + many
    assert [row["statusCode"] for row in statuses(answer.body).values()][-1] == "NoDataSynchFailed"


def test_the_pool_returns_results_and_failures() -> None:
    async def use() -> tuple[list[int], str]:
        pool = Pool(2)
        numbers = await asyncio.gather(*(pool.run(divmod, each, 7) for each in range(20)))
        try:
            await pool.run(divmod, 1, 0)
        except ZeroDivisionError as error:
            return [number for number, _ in numbers], type(error).__name__
        return [], ""

    assert asyncio.run(use()) == ([each // 7 for each in range(20)], "ZeroDivisionError")


def test_the_pool_survives_whom_it_worked_for() -> None:
    pool = Pool(1)

    async def leave() -> None:
        pool.run(time.sleep, 0.05).cancel()
        pool.run(time.sleep, 0.05)

    async def use() -> int:
        return await asyncio.wait_for(pool.run(int, "42"), 5)

    asyncio.run(leave())
    assert asyncio.run(use()) == 42


def test_nobody_else_is_told_about_the_person() -> None:
    found = world({"A": ProducerAnswer(500, [], soap_fault(f"Okänd patient {TOLVAN}"))})
    answer = ask(found)
    assert TOLVAN.encode() not in answer.body
    assert TOLVAN not in found.events[-2][1].cause
