"""The list of addresses that may call the plain listener."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

from gateway.errors import DataError

_REMEMBERED = 4096  # addresses of callers

Allows = Callable[[str], bool]


class AllowList:
    """Who may call. An empty list lets nobody in, also nationally.

    Attributes:
        caller: whether the address of a connection may call; answers are remembered.
        forwarded: whether a whole ``X-Forwarded-For`` may.
    """

    caller: Allows
    forwarded: Allows

    def __init__(self, allowed: Iterable[str], *, national: bool) -> None:
        """``allowed``: beginnings of addresses (national), or addresses and networks such as ``10.0.0.0/8`` (strict).

        Raises:
            DataError: strict, and an entry is neither.
        """
        entries = [entry.strip() for entry in allowed if entry.strip()]
        if national:
            self.forwarded = _beginnings(tuple(entries))
            self.caller = lru_cache(_REMEMBERED)(self.forwarded)
        else:
            belongs = _networks([_network(entry) for entry in entries])
            self.caller = lru_cache(_REMEMBERED)(belongs)
            self.forwarded = lambda value: all(belongs(each.strip()) for each in value.split(","))


def _beginnings(prefixes: tuple[str, ...]) -> Allows:
    """The national rule: ``1.2.3.4`` also lets 1.2.3.45 in, and of several addresses only the first counts."""
    return lambda value: value.strip().startswith(prefixes)


def _networks(networks: list[IPv4Network | IPv6Network]) -> Allows:
    def belongs(value: str) -> bool:
        try:
            address = ip_address(value)
        except ValueError:
            return False
        return any(address in network for network in networks)

    return belongs


def _network(entry: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(entry)
    except ValueError as error:
        raise DataError(Path("settings"), 0, f"allowed_ips: {error}; beginnings count in national mode only") from None
