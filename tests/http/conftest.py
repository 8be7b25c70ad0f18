"""HTTP tests run on both event loops: asyncio's own, and uvloop, which the gateway uses where it exists."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run a coroutine in a new event loop."""
    if request.param == "uvloop":
        return uvloop.run
    return asyncio.run
