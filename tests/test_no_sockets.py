"""The rule of ``conftest.py`` itself: unit tests have no network, yet asyncio works."""

import asyncio
import socket

import pytest

REFUSED = "may not use the network"


def test_connecting_is_refused() -> None:
    with socket.socket() as sock, pytest.raises(AssertionError, match=REFUSED):
        sock.connect(("127.0.0.1", 9))


def test_listening_is_refused() -> None:
    with socket.socket() as sock, pytest.raises(AssertionError, match=REFUSED):
        sock.bind(("127.0.0.1", 0))


def test_asyncio_connections_are_refused() -> None:
    async def connect() -> None:
        await asyncio.open_connection("127.0.0.1", 9)

    with pytest.raises(AssertionError, match=REFUSED):
        asyncio.run(connect())


def test_the_event_loop_still_wakes_up_from_a_thread() -> None:
    async def answer() -> int:
        return await asyncio.to_thread(lambda: 42)

    assert asyncio.run(answer()) == 42


@pytest.mark.sockets
def test_the_marker_lifts_the_ban() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        assert sock.getsockname()[1] > 0
