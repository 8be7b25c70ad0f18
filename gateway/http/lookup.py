"""Host names looked up, one at a time for each name.

Look-ups block a thread each, and there are few. A name server that does not answer would take them all with the calls
to one producer, and nobody could be connected to any more.
"""

import asyncio
import socket
from functools import lru_cache, partial
from ipaddress import ip_address
from typing import Any

_Key = tuple[str, int]


class Lookup:
    """Looks names up; calls that want the same name wait for the same answer."""

    def __init__(self) -> None:
        """Nothing is remembered once it has been answered: the machine's resolver does that."""
        self._under_way: dict[_Key, asyncio.Task[list[Any]]] = {}

    async def __call__(self, host: str, port: int) -> list[str]:
        """The addresses of a host, in the order to try them.

        Raises:
            OSError: nobody knows the name.
        """
        if _is_address(host):
            return [host]
        key = (host, port)
        task = self._under_way.get(key)
        if task is None:
            loop = asyncio.get_running_loop()
            task = self._under_way[key] = asyncio.ensure_future(
                loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            )
            task.add_done_callback(partial(self._done, key))
        found = await asyncio.shield(task)
        return list(dict.fromkeys(row[4][0] for row in found))

    def _done(self, key: _Key, task: "asyncio.Task[list[Any]]") -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # taken note of, also when nobody waits any more


@lru_cache(maxsize=4096)
def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
