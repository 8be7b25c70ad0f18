"""Work cut into steps, so that an event loop can do something else in between."""

import asyncio
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Work = Generator[None, None, T]
"""Yields after every step, each a few milliseconds at most, and returns what was made."""


def finish(work: Work[T]) -> T:
    """Do all the steps at once."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result


async def alongside(work: Work[T]) -> T:
    """Do the steps one by one, and let the event loop run its other tasks in between."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            result: T = done.value
            return result
        await asyncio.sleep(0)
