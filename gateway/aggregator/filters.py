"""The filters between the engagement index and the sources, in the national aggregating service's order.

Categorization, loop guard, catalogue, and the source system that the question asks for; grouping by source system
comes after them. The catalogue is asked about the engagement's logical address, while the call goes to its source
system: when they differ, the router may still refuse the call.
"""

from gateway.contracts.bridge import Bridges
from gateway.contracts.contract import Contract
from gateway.registry.bridged import asked_with
from gateway.registry.catalogue import EVERYONE
from gateway.registry.decision import DEFAULT, EXACT, LEAF
from gateway.registry.engagements import Engagement
from gateway.registry.snapshot import Snapshot

ASKED, LOOP, DENIED, UNROUTABLE = "asked", "loop", "denied", "unroutable"
OTHER_CATEGORY, OTHER_SOURCE, SAME_SOURCE = "other-category", "other-source", "same-source"
UNWANTED, OLD = "unwanted", "old"  # by conditions that only some contracts have

REPORTED = frozenset((LOOP, DENIED, UNROUTABLE))
"""Verdicts that keep from the consumer what it asked for; strict mode tells of them."""


class Filters:
    """Judges engagements by a catalogue."""

    def __init__(self, snapshot: Snapshot, bridges: Bridges, own_address: str, *, national: bool) -> None:
        """``national`` looks nothing up in the HSA tree, although the router does: the service has no tree."""
        self._snapshot, self._bridges, self._own, self._national = snapshot, bridges, own_address, national

    def verdict(self, contract: Contract, engagement: Engagement, callers: tuple[str, ...], wanted: str) -> str:
        """What becomes of an engagement.

        Args:
            contract: the contract asked with.
            engagement: as the index has it; of the contract's own domain, or of one over a bridge.
            callers: the sender, and the original consumer if that is another; one permission will do.
            wanted: the source that the question is restricted to; blank for none.
        """
        address, responder = engagement.logical_address, contract.descriptor.responder
        if address == self._own:
            return LOOP
        needed = self._needed(address, responder)
        if not needed:
            return UNROUTABLE
        for each in needed:
            if not any(self.permitted(address, caller, each) for caller in callers):
                return DENIED
        return OTHER_SOURCE if wanted and wanted not in (address, *_also(engagement, contract)) else ASKED

    def _needed(self, address: str, responder: str) -> tuple[str, ...]:
        """The contracts that a permission is needed for; none when there is no route."""
        if self._national:
            found = self._snapshot.route(address, responder)
            if found.route is not None and found.step in (EXACT, DEFAULT):
                return (responder,)
            default = self._snapshot.route(EVERYONE, responder)  # the tree may have been before it
            if default.route is not None and default.step == EXACT:
                return (responder,)
            if found.route is not None:  # by the tree, or by a part of the address, which only the router looks at
                return ()
        return asked_with(self._snapshot, self._bridges, address, responder)

    def permitted(self, address: str, caller: str, responder: str) -> bool:
        """Whether a caller may call an address."""
        found = self._snapshot.permit(address, caller, responder)
        if self._national and found.step == LEAF:
            found = self._snapshot.permit(EVERYONE, caller, responder)
        return found.allowed and (not self._national or found.step in (EXACT, DEFAULT))


def _also(engagement: Engagement, contract: Contract) -> tuple[str, ...]:
    """Another contract's engagement may name a source system that is not its logical address."""
    categories = contract.descriptor.aggregate.categorization
    own = not categories or engagement.categorization.lower() in categories
    return () if own else (engagement.source_system,)
