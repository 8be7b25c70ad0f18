"""For all tests: no sockets unless a test says so, and property tests that do the same thing every time."""

import itertools
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings
from postgres_cluster import VARIABLE, PostgreSQL, postgresql

# Derandomized: a run in CI finds what a run on a laptop finds. No deadline: the machine may be busy with other things.
settings.register_profile(
    "project",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("project")
_NUMBERS = itertools.count()


@pytest.fixture(scope="session", autouse=True)
def _state_of_the_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What a command keeps (its database) goes to a temporary folder, not to the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("state")
        patch.setitem(os.environ, "XDG_STATE_HOME", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _state_of_the_test(_state_of_the_session: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has its own: what one keeps must not change what the next one sees. Made by whoever needs it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(_state_of_the_session / str(next(_NUMBERS))))


@pytest.fixture(autouse=True)
def _no_sockets(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid connecting, binding and looking up names, except in tests with the marker ``sockets``.

    A unit test that needs a peer depends on the machine (ports, other tests, other processes) and fails for reasons
    that have nothing to do with the code. Creating a socket stays allowed: every asyncio event loop makes a pair of
    connected sockets to wake itself up (``socket.socketpair``), which neither connects nor binds.
    """
    if request.node.get_closest_marker("sockets"):
        return

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a test without the marker `sockets` may not use the network")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    for name in ("getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgreSQL]:
    """A PostgreSQL for this run. Where there is none the tests that want one are skipped, unless it is required."""
    try:
        with postgresql() as server:
            yield server
    except LookupError as error:
        if os.environ.get(VARIABLE) == "required":
            raise
        pytest.skip(str(error))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.sockets)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, of both kinds in turn; it is gone after the test."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'database' / 'rivta.sqlite3'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgres")
    with server.database() as url:
        yield url
