"""Which addresses a look-up tries beside the one asked for: the settings of the national router (VP)."""

import re
from dataclasses import dataclass, field

from gateway.settings import Settings

_MOST_PARTS = 2  # of a VG#VE address that may be authorized


@dataclass(frozen=True, slots=True)
class Climbing:
    """Whether a look-up climbs the HSA tree.

    Attributes:
        default: for most contracts.
        exceptions: beginnings of responder namespaces, in their case, for which it is the other way round.
    """

    default: bool = True
    exceptions: tuple[str, ...] = ()

    def allowed(self, contract: str) -> bool:
        """Whether a look-up for this contract climbs."""
        return self.default != contract.startswith(self.exceptions)


@dataclass(frozen=True, slots=True)
class Rules:
    """How routes and permissions are looked up.

    Attributes:
        routes, permissions: climbing, decided for each on its own.
        delimiter: what makes an address a compound ``VG#VE`` (old default routing); blank for never.
        compound_contracts, compound_senders: who may use compound addresses, in their case; none means everybody.
    """

    routes: Climbing = field(default_factory=Climbing)
    permissions: Climbing = field(default_factory=Climbing)
    delimiter: str = "#"
    compound_contracts: frozenset[str] = frozenset()
    compound_senders: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """The rules that the settings ask for."""
        return cls(
            Climbing(settings.climb_routes, _named(settings.climb_routes_except)),
            Climbing(settings.climb_permissions, _named(settings.climb_permissions_except)),
            settings.default_routing_delimiter,
            frozenset(settings.default_routing_contracts),
            frozenset(settings.default_routing_senders),
        )

    def compound(self, receiver: str) -> bool:
        """Whether an address is looked up part by part, and no other way."""
        return bool(self.delimiter) and self.delimiter in receiver

    def parts(self, receiver: str) -> tuple[str, ...]:
        """The different parts of a compound address, last first. Each character of the delimiter separates."""
        tokens = re.split(f"[{re.escape(self.delimiter)}]", receiver)
        return tuple(reversed(dict.fromkeys(filter(None, tokens))))

    def compound_allowed(self, parts: tuple[str, ...], sender: str, contract: str) -> bool:
        """Whether a compound address can be authorized at all (routing has no such limits)."""
        return (
            len(parts) <= _MOST_PARTS
            and (not self.compound_contracts or contract in self.compound_contracts)
            and (not self.compound_senders or sender in self.compound_senders)
        )


def _named(prefixes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(prefix for prefix in prefixes if prefix.strip())
