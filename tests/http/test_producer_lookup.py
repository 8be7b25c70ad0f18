"""``gateway.http.lookup``: a name server that does not answer holds up only those who need the name."""

import asyncio
import socket
from typing import Any

import pytest
from conftest import Run
from http_peers import answering, producing
from producer_site import XML, http

from gateway.http import lookup as module
from gateway.http.client import HttpClient
from gateway.http.lookup import Lookup
from gateway.router.producer import ProducerError
from gateway.settings import Settings

pytestmark = pytest.mark.sockets


class Names:
    """In place of the event loop's resolver."""

    def __init__(self, rows: dict[str, list[str] | None], monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows, self.asked = rows, list[str]()
        self.answer = asyncio.Event()
        loop = asyncio.get_running_loop()
        standing_in = type("Loop", (), {"getaddrinfo": self.look})()
        monkeypatch.setattr(module.asyncio, "get_running_loop", lambda: standing_in)
        self.loop = loop

    async def look(self, host: str, port: int, **_: Any) -> list[Any]:
        self.asked.append(host)
        await self.answer.wait()
        found = self.rows[host]
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]


def test_one_look_up_for_all_who_wait(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> tuple[list[Any], list[str]]:
        names = Names({"a": ["10.0.0.1", "10.0.0.2", "10.0.0.1"], "b": None}, monkeypatch)
        look = Lookup()
        tasks = [asyncio.ensure_future(look(host, 80)) for host in ("a", "b") for _ in range(100)]
        try:
            await asyncio.sleep(0.01)
            tasks[0].cancel()  # who leaves takes nobody's answer away
            names.answer.set()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            await look("a", 80)
        finally:
            monkeypatch.undo()
        return found, names.asked

    found, asked = run(scene())
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:100] == [["10.0.0.1", "10.0.0.2"]] * 99
    assert {type(each) for each in found[100:]} == {socket.gaierror}
    assert asked == ["a", "b", "a"]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "2001:db8::1"])
def test_an_address_needs_no_look_up(run: Run, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> list[str]:
        Names({}, monkeypatch)
        try:
            return await Lookup()(address, 80)
        finally:
            monkeypatch.undo()

    assert run(scene()) == [address]


def client(addresses: list[str] | OSError) -> HttpClient:
    made = HttpClient.of(Settings(connect_timeout=1.0))

    async def look(_host: str, _port: int) -> list[str]:
        if isinstance(addresses, OSError):
            raise addresses
        return addresses

    made._lookup = look  # type: ignore[assignment]
    return made


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["127.0.0.9", "127.0.0.1"], ["127.0.0.9", "127.0.0.8", "127.0.0.1"]]
)
def test_the_first_address_that_answers_is_taken(run: Run, addresses: list[str]) -> None:
    async def scene() -> bytes:
        async with producing(answering(http())) as producer:
            caller = client(addresses)
            found = await caller.post(f"http://producent.test:{producer.port}/vp", [], b"")
            await caller.close()
            return found.body

    assert run(scene()) == XML


@pytest.mark.parametrize(
    ("addresses", "what", "told"),
    [
        (["127.0.0.9", "127.0.0.8"], "refused", "Cannot connect to producent.test:1: "),
        ([], "refused", "Cannot connect to producent.test:1: producent.test has no address"),
        (socket.gaierror(-2, "Name or service not known"), "unknown-host", "Name or service not known"),
    ],
)
def test_when_none_does(run: Run, addresses: Any, what: str, told: str) -> None:
    async def scene() -> ProducerError:
        with pytest.raises(ProducerError) as caught:
            await client(addresses).post("http://producent.test:1/vp", [], b"")
        return caught.value

    error = run(scene())
    assert (error.kind, error.what) == ("refused", what)
    assert told in error.text
