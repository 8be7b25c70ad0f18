"""For all tests: no sockets unless a test says so, and property tests that do the same thing every time."""

import os
import socket
from collections.abc import Iterator
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, settings

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


@pytest.fixture(scope="session", autouse=True)
def _own_state_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What a command keeps (the journal of ``rivta run``) goes to a temporary folder, not to the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


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
