"""Aggregated questions over 21 producers, alone and 32 at once; nginx to one producer as the floor."""

import asyncio
import json
import time
from collections.abc import Iterator

import uvloop
from lxml import etree

from gateway.soap import ns, xml

from .caller import BenchError, Caller, Reply, content_length, get, post
from .data_root import AGGREGATE
from .figures import Aggregated, Deadline, Effort
from .messages import RESPONDER, SOURCES, headers, request
from .processes import PROJECT, on_cores
from .testbed import NATIONAL, NGINX, RECORDS, STRICT, Bed, path_for

AT_ONCE = 32
_WARM_UP = 10
_BATCH = 20  # questions before the next variant's turn
_XSD = PROJECT / "xsd/interactions/GetFixedContactsInteraction/GetFixedContactsResponder_1.0.xsd"
_HEADER = f"{{{ns.INTEROPERABILITY}}}"
_CORRELATION = "x-skltp-correlation-id"


def measure(bed: Bed, effort: Effort, deadline: Deadline, *, pinned: bool) -> list[Aggregated]:
    """Every variant that aggregates, and nginx.

    Raises:
        BenchError: an answer was wrong.
    """
    names = [name for name in (NGINX, STRICT, NATIONAL) if name in bed.variants]
    found = {name: Aggregated(name, pinned) for name in names}
    where = bed.cores
    for name in names:
        bed.variants[name].pin(where.platform if pinned else where.everywhere)
    bed.producers.pin(where.load if pinned else where.everywhere)
    with on_cores(where.load if pinned else where.everywhere):
        for name in names:
            found[name].answer_bytes = len(_first(bed, name))
            _alone(bed, name, _WARM_UP)
        for _ in range(0, effort.questions, _BATCH):
            if deadline.passed and found[names[-1]].alone:
                break
            for name in names:
                for whole, slowest in _alone(bed, name, min(_BATCH, effort.questions)):
                    found[name].alone.append(whole)
                    found[name].slowest.append(slowest)
        for name in names:
            if name != NGINX:
                _crowd(bed, found[name], effort.crowd_seconds)
            found[name].rss = bed.variants[name].peak_mb()
    return list(found.values())


def question(variant: str, number: int) -> bytes:
    """A whole HTTP request; its correlation id is its number."""
    return post(path_for(variant), headers() | {_CORRELATION: str(number)}, request(AGGREGATE))


def _first(bed: Bed, name: str) -> bytes:
    with Caller(bed.variants[name].port) as caller:
        reply = caller.ask(question(name, 0))
    if name == NGINX:
        if reply.status != 200:
            raise BenchError(f"{name}: {reply.status} {reply.body[:500]!r}")
    else:
        examine(reply)
    return reply.body


def examine(reply: Reply) -> None:
    """Look closely at a merged answer.

    Raises:
        BenchError: it is not schema-valid, lacks records, or does not tell every source's status.
    """
    if reply.status != 200:
        raise BenchError(f"expected HTTP 200, got {reply.status} {reply.body[:500]!r}")
    envelope = xml.parse(reply.body)
    response = xml.body_child(envelope)
    schema = etree.XMLSchema(etree.parse(str(_XSD)))
    if not schema.validate(response):
        raise BenchError(f"the merged answer breaks its schema: {schema.error_log}")
    told = [status.text for status in envelope.iter(f"{_HEADER}statusCode")]
    if told != ["DataFromSource"] * len(SOURCES):
        raise BenchError(f"expected {len(SOURCES)} x DataFromSource, got {told}")
    path = "{*}fixedContactHeader/{*}recordId/{*}extension"
    ids = {record.findtext(path) for record in response.iterchildren(f"{{{RESPONDER}}}fixedContact")}
    if len(ids) != len(SOURCES) * RECORDS:
        raise BenchError(f"expected {len(SOURCES) * RECORDS} different records, got {len(ids)}")


def _whole(reply: Reply) -> None:
    """The quick look that every measured answer gets."""
    told, records = reply.body.count(b"DataFromSource"), reply.body.count(b"recordId>") / 2
    if reply.status != 200 or told != len(SOURCES) or records != len(SOURCES) * RECORDS:
        raise BenchError(f"HTTP {reply.status}, {records:g} records, {told} sources: {reply.body[:300]!r}")


def _alone(bed: Bed, name: str, questions: int) -> Iterator[tuple[float, float]]:
    """Milliseconds of each question, and of its slowest producer."""
    took = {}
    with Caller(bed.producers.port) as stats:
        stats.ask(get("/service-times"))
        with Caller(bed.variants[name].port) as caller:
            for number in range(questions):
                reply = caller.ask(question(name, number))
                took[str(number)] = reply.milliseconds
                if name != NGINX:
                    _whole(reply)
        slowest = json.loads(stats.ask(get("/service-times")).body)
    return iter([(took[number], slowest[number]) for number in took])


def _crowd(bed: Bed, found: Aggregated, seconds: float) -> None:
    """32 callers, each asking anew as soon as it has its answer."""
    process = bed.variants[found.variant]
    before, started = process.cpu_seconds(), time.perf_counter()
    found.crowd = uvloop.run(_callers(found.variant, process.port, started + seconds))
    took = time.perf_counter() - started
    found.crowd_per_second = len(found.crowd) / took
    found.crowd_cpu = (process.cpu_seconds() - before) * 1000 / len(found.crowd)


async def _callers(name: str, port: int, end: float) -> list[float]:
    took = await asyncio.gather(*(_caller(question(name, 0), port, end) for _ in range(AT_ONCE)))
    return [each for some in took for each in some]


async def _caller(message: bytes, port: int, end: float) -> list[float]:
    took: list[float] = []
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    while not took or time.perf_counter() < end:
        started = time.perf_counter()
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(content_length(head))
        took.append((time.perf_counter() - started) * 1000)
        _whole(Reply(int(head[9:12]), body, took[-1]))
    writer.close()
    await writer.wait_closed()
    return took
