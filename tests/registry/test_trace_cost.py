"""The full trace costs nothing when nobody reads it: a decision keeps what it has seen, and writes it when asked."""

from typing import Any

import pytest
from gateway_parts import Bench, bench
from gateway_samples import permission, question, request, route

from gateway.observe.batch import Batch
from gateway.observe.ecs import lines
from gateway.observe.metrics import Figures, Metrics
from gateway.registry import decision
from gateway.registry.decision import PermissionDecision, RouteDecision
from gateway.registry.hsa import HsaTree
from gateway.registry.snapshot import Snapshot

NAME, URL = "GetFixedContacts", "http://producer/vp"
CONTRACT = "urn:riv:x:GetXResponder:1"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The name of every part of a trace that is worked out."""
    found: list[str] = []

    def noting(kind: type, name: str) -> property:
        worked_out = getattr(kind, name).fget

        def read(self: Any) -> Any:
            found.append(f"{kind.__name__}.{name}")
            return worked_out(self)

        return property(read)

    for kind in (RouteDecision, PermissionDecision):
        for name in ("trace", "steps"):
            monkeypatch.setattr(kind, name, noting(kind, name))
    whole = decision._trace
    monkeypatch.setattr(decision, "_trace", lambda *given: (found.append("_trace"), whole(*given))[1])
    return found


@pytest.mark.parametrize("address", ["A", "SE-ANNAN"])
def test_a_call_works_out_no_trace(asked: list[str], address: str) -> None:
    """Found at the address itself, or at the default. A refusal reads the steps, to say what was nearly right."""
    made = _router()
    metrics = Metrics([], Figures, lambda: 0)
    made.router.events.subscribe(metrics)
    assert made.handle(request(question(NAME, address=address))).status == 200
    assert asked == []


def test_the_log_works_it_out(asked: list[str]) -> None:
    """So that the test above could fail."""
    made = _router()
    batch = Batch(lines)
    batch.subscribe(made.router.events)
    made.handle(request(question(NAME, address="SE-ANNAN")))
    assert asked == []  # nor has the call itself been kept waiting for it
    batch.flush()
    assert {"RouteDecision.trace", "PermissionDecision.trace", "_trace"} <= set(asked)


def test_a_decision_makes_no_text() -> None:
    """What it holds are the very texts that the caller, the catalogue and the tree have."""
    tree = HsaTree()
    snapshot = Snapshot([route("*", CONTRACT, URL)], [permission("*", CONTRACT)], tree=tree)
    receiver = "".join(("SE-", "ANNAN"))
    found = snapshot.route(receiver, CONTRACT)
    allowed = snapshot.permit(receiver, permission("*", CONTRACT).sender, CONTRACT)
    assert found.receiver is receiver
    assert allowed.receiver is receiver
    ancestors = list(tree.ancestors(receiver))
    assert len(ancestors) == 1
    assert [id(each) for each in found.tried] == [id(each) for each in ancestors]
    assert found.trace == f"{receiver},(parent),SE,(default),*"


def _router() -> Bench:
    return bench(
        [route("A", NAME, URL), route("*", NAME, URL)],
        [permission("A", NAME), permission("SE-ANNAN", NAME)],
    )
