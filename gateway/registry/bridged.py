"""Which contract a source is asked with, when it does not have the one asked for."""

from gateway.contracts.bridge import Bridge, Bridges
from gateway.registry.decision import RouteDecision
from gateway.registry.snapshot import Snapshot


def over(
    snapshot: Snapshot, bridges: Bridges, receiver: str, contract: str, now: float | None = None
) -> tuple[Bridge, RouteDecision] | None:
    """The first bridge to a contract that the address has a route for, and that route; None when there is none.

    For an address without a route for ``contract`` itself: its own name goes before every bridge.
    """
    for bridge in bridges.of(contract):
        found = snapshot.route(receiver, bridge.other.descriptor.responder, now)
        if found.route is not None or found.several:
            return bridge, found
    return None


def asked_with(snapshot: Snapshot, bridges: Bridges, receiver: str, contract: str) -> tuple[str, ...]:
    """The contracts that a sender needs permission for: the one asked for, and the other one when a bridge is crossed.

    None when the address cannot be reached with the contract.
    """
    found = snapshot.route(receiver, contract)
    if found.route is not None:
        return (contract,)
    crossed = None if found.several else over(snapshot, bridges, receiver, contract)
    if crossed is None or crossed[1].route is None:
        return ()
    return contract, crossed[0].other.descriptor.responder
