"""A connection that is gone leaves memory at once: it does not wait until somebody looks for garbage in circles.

With hundreds of producers whose connections come and go, the garbage between two looks was half of a gateway's memory.
"""

import asyncio
import gc
import weakref
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from unittest.mock import create_autospec

import pytest
from conftest import Run
from http_peers import Script, answering
from producer_site import XML, before, http, resetting, site
from tenacity import AsyncRetrying, RetryCallState

from gateway.http.connection import Connection
from gateway.http.exchange import Exchange
from gateway.http.server import Server
from gateway.message import Answer, Request
from gateway.router.producer import ProducerError
from gateway.router.refusal import Refusal


async def _handler(_: Request) -> Answer:
    return Answer(200, [], b"")


def _to_producer() -> asyncio.Protocol:
    return Exchange("127.0.0.1", 1_000, national=False)


def _of_caller() -> asyncio.Protocol:
    return Connection(Server(_handler))


Left = Callable[[], Awaitable[list[str]]]


@pytest.fixture
def no_look() -> Iterator[None]:
    """Nobody looks for garbage in circles."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def left(no_look: None) -> Left:
    """What there is of failed calls that was not there before the test: other tests keep some for good."""
    known = {id(each): each for each in _of_failed_calls()}

    async def left() -> list[str]:
        await asyncio.sleep(0.02)
        return [type(each).__name__ for each in _of_failed_calls() if id(each) not in known]

    return left


def _of_failed_calls() -> list[object]:
    gone = (ProducerError, Refusal, AsyncRetrying, RetryCallState)
    return [each for each in gc.get_objects() if isinstance(each, gone)]


@pytest.mark.usefixtures("no_look")
@pytest.mark.parametrize("make", [_to_producer, _of_caller])
def test_a_lost_connection_is_gone(make: Callable[[], asyncio.Protocol]) -> None:
    async def lost() -> weakref.ref[Any]:
        connection = make()
        transport = create_autospec(asyncio.Transport)
        transport.get_extra_info.return_value = None
        connection.connection_made(transport)
        connection.connection_lost(None)
        return weakref.ref(connection)

    assert asyncio.run(lost())() is None


def test_an_answer_is_not_kept_with_its_connection() -> None:
    async def answered() -> Any:
        exchange = Exchange("127.0.0.1", 1_000, national=False)
        exchange.connection_made(create_autospec(asyncio.Transport))
        waiter: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        exchange.send(b"POST / HTTP/1.1\r\n\r\n", b"", waiter)
        exchange.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsvar!")
        assert (await waiter).body == b"svar!"
        return exchange._parts

    assert asyncio.run(answered()) == []


async def _silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


FAILING: dict[str, Script] = {
    "reset": resetting(),
    "closed": answering(b"", close=True),
    "cut": answering(http(XML + b"--")[:-3], close=True),
    "garbage": answering(b"nej\r\n"),
    "html": answering(http(b"<html>x</html>", "404 Not Found")),
    "empty": answering(http(b"")),
    "too large": answering(http(b"x" * 2000)),
    "no answer": _silent,
}
SETTINGS: dict[str, Any] = {"max_message_bytes": 1024, "producer_timeout": 0.06, "producer_retry_delay": 0.001}


@pytest.mark.sockets
@pytest.mark.usefixtures("no_look")
@pytest.mark.parametrize("name", FAILING)
def test_a_failed_call_is_gone(run: Run, left: Left, name: str) -> None:
    """Its message with it: a producer that fails each time would otherwise make pauses for everybody's calls."""

    async def scene() -> list[str]:
        async with before(FAILING[name], **SETTINGS) as (made, _):
            await made.failure()
            return await left()

    assert run(scene()) == []


@pytest.mark.sockets
@pytest.mark.usefixtures("no_look")
@pytest.mark.parametrize("retries", [1, 2])
def test_a_refused_call_is_gone_too(run: Run, left: Left, retries: int) -> None:
    """After all its attempts, by ourselves and by a library."""

    async def scene() -> list[str]:
        async with before(_silent) as (_, producer):
            url = producer.url
        made = site(url, producer_retries=retries, **SETTINGS)
        assert f"tried {1 + retries} times" in await made.failure()
        return await left()

    assert run(scene()) == []
