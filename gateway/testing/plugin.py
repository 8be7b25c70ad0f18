"""The pytest plugin: ``rivta``, a platform inside the test process, and ``rivta_process``, one outside it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gateway.cli.platform import Platform
    from gateway.testing.site import Rivta


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--rivta-mode``, and ``rivta_mode`` in the configuration file."""
    group = parser.getgroup("rivta")
    group.addoption("--rivta-mode", choices=("strict", "national"), help="How the platform answers.")
    parser.addini("rivta_mode", "How the platform answers: strict or national.", default="strict")


@pytest.fixture(scope="session")
def rivta_site(pytestconfig: pytest.Config) -> "Iterator[Rivta]":
    """The platform that all tests of a run share; use ``rivta``."""
    from gateway.testing.site import running

    with running(pytestconfig.getoption("--rivta-mode") or pytestconfig.getini("rivta_mode")) as site:
        yield site


@pytest.fixture
def rivta(rivta_site: "Rivta") -> "Iterator[Rivta]":
    """A platform in this process, as it was started: what a test changes is taken back after it."""
    rivta_site.reset()
    yield rivta_site
    rivta_site.reset()


@pytest.fixture(scope="session")
def rivta_process(pytestconfig: pytest.Config) -> "Iterator[Platform]":
    """The whole platform as processes of their own, the pilot included; ``url`` is where to call it."""
    from gateway.cli.platform import Platform, all_producers, free_offset

    mode = pytestconfig.getoption("--rivta-mode") or pytestconfig.getini("rivta_mode")
    offset = free_offset(8080, all_producers())
    flags = ("--mode", mode, "--log", "off", "--admin-port", "0")
    with Platform(port=8080 + offset, offset=offset, gateway_flags=flags) as platform:
        yield platform
