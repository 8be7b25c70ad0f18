"""``gateway.registry.snapshot`` against the national rules written down plainly, for any catalogue, tree and call."""

from collections.abc import Iterator
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st

from gateway.registry.catalogue import Permission, Route
from gateway.registry.hsa import HsaTree, Unit
from gateway.registry.rows import STOCKHOLM
from gateway.registry.rules import Climbing, Rules
from gateway.registry.snapshot import Snapshot

IDS = ["SE", "SE-A", "se-a", "SE-B", "SE-C", "SE-D", "*", "SE-Å"]
ASKED = [*IDS, "SE-B#SE-A", "SE-A#se-a#SE-C", "#", "SE-A#SE-A", " SE-A", ""]
NAMES = ["urn:riv:x:GetXResponder:1", "urn:riv:x:GetXResponder:2", "URN:RIV:X:GetXResponder:1"]
SENDERS = ["SE-K", "se-k", "SE-L"]
DAYS = [date(2026, month, day) for month in (1, 2, 3) for day in (1, 15)]

days = st.sampled_from(DAYS)
routes = st.builds(
    Route, st.sampled_from(IDS), st.sampled_from(NAMES), st.sampled_from(["http://1/", "http://2/"]),
    st.sampled_from(["rivtabp20", "rivtabp21"]), days, days,
)  # fmt: skip
permissions = st.builds(Permission, st.sampled_from(IDS), st.sampled_from(SENDERS), st.sampled_from(NAMES), days, days)
trees = st.none() | st.dictionaries(st.sampled_from(IDS[1:6]), st.sampled_from(IDS[:6]), max_size=4)
climbings = st.builds(Climbing, st.booleans(), st.sampled_from([(), ("urn:",), ("urn:riv:x:GetXResponder:2",)]))
rules = st.builds(
    Rules, climbings, climbings, st.sampled_from(["#", ""]),
    st.sampled_from([frozenset(), frozenset(NAMES[:1])]), st.sampled_from([frozenset(), frozenset(SENDERS[:1])]),
)  # fmt: skip


class Reference:
    """The rules, one sentence after the other; slow and without any index."""

    def __init__(
        self, routes: list[Route], permissions: list[Permission], tree: dict[str, str] | None, rules: Rules, day: date
    ) -> None:
        self.routes, self.permissions, self.tree, self.rules, self.day = routes, permissions, tree, rules, day

    def valid(self, row: Route | Permission) -> bool:
        return row.valid_from <= self.day <= row.valid_to

    def up(self, receiver: str) -> Iterator[str]:
        seen = {receiver}
        while receiver != "SE":
            receiver = (self.tree or {}).get(receiver, "SE")
            if receiver in seen:
                receiver = "SE"
            seen.add(receiver)
            yield receiver

    def climbs(self, climbing: Climbing, contract: str) -> bool:
        if self.tree is None:
            return False
        excepted = any(contract.startswith(prefix) for prefix in climbing.exceptions)
        return not climbing.default if excepted else climbing.default

    def parts(self, receiver: str) -> list[str] | None:
        if not self.rules.delimiter or self.rules.delimiter not in receiver:
            return None
        found: list[str] = []
        for part in receiver.split(self.rules.delimiter):
            if part and part not in found:
                found.insert(0, part)
        return found

    def rows(self, receiver: str, contract: str) -> list[Route]:
        return [
            row
            for row in self.routes
            if row.receiver.lower() == receiver.lower() and row.contract.lower() == contract.lower() and self.valid(row)
        ]

    def may(self, receiver: str, sender: str, contract: str) -> bool:
        asked = (receiver.lower(), sender.lower(), contract.lower())
        return any(
            (row.receiver.lower(), row.sender.lower(), row.contract.lower()) == asked and self.valid(row)
            for row in self.permissions
        )

    def route(self, receiver: str, contract: str) -> tuple[list[Route], str]:
        parts = self.parts(receiver)
        if parts is not None:
            trace = ["(leaf)"]
            for part in parts:
                trace.append(part)
                if found := self.rows(part, contract):
                    return found, ",".join(trace)
            return [], ",".join(trace)
        trace = [receiver]
        if found := self.rows(receiver, contract):
            return found, receiver
        if self.climbs(self.rules.routes, contract) and receiver != "SE":
            trace.append("(parent)")
            for ancestor in self.up(receiver):
                trace.append(ancestor)
                if found := self.rows(ancestor, contract):
                    return found, ",".join(trace)
        return self.rows("*", contract), ",".join([*trace, "(default)", "*"])

    def permit(self, receiver: str, sender: str, contract: str) -> tuple[bool, str]:
        parts = self.parts(receiver)
        if parts is not None:
            named = self.rules.compound_contracts, self.rules.compound_senders
            if len(parts) > 2 or (named[0] and contract not in named[0]) or (named[1] and sender not in named[1]):
                return False, "(leaf),Invalid parameters"
            trace = ["(leaf)"]
            for part in parts:
                trace.append(part)
                if self.may(part, sender, contract):
                    return True, ",".join(trace)
            return False, ",".join(trace)
        if self.may(receiver, sender, contract):
            return True, receiver
        trace = [receiver, "(default)", "*"]
        if self.may("*", sender, contract):
            return True, ",".join(trace)
        if self.climbs(self.rules.permissions, contract) and receiver != "SE":
            trace.append("(parent)")
            for ancestor in self.up(receiver):
                trace.append(ancestor)
                if self.may(ancestor, sender, contract):
                    return True, ",".join(trace)
        return False, ",".join(trace)


@given(
    st.lists(routes, max_size=12),
    st.lists(permissions, max_size=12),
    trees,
    rules,
    days,
    st.sampled_from(ASKED),
    st.sampled_from(SENDERS),
    st.sampled_from(NAMES),
)
def test_every_decision_and_trace(
    rows: list[Route],
    grants: list[Permission],
    tree: dict[str, str] | None,
    rules: Rules,
    day: date,
    receiver: str,
    sender: str,
    contract: str,
) -> None:
    units = HsaTree({identity: Unit(parent, "") for identity, parent in tree.items()}) if tree is not None else None
    found = Snapshot(rows, grants, tree=units, rules=rules)
    plain = Reference(rows, grants, tree, rules, day)
    now = datetime(day.year, day.month, day.day, 12, tzinfo=STOCKHOLM).timestamp()

    decision = found.route(receiver, contract, now)
    expected, trace = plain.route(receiver, contract)
    assert decision.trace == trace
    assert (decision.route, decision.several) == (expected[0] if len(expected) == 1 else None, len(expected) > 1)

    permitted = found.permit(receiver, sender, contract, now)
    assert (permitted.allowed, permitted.trace) == plain.permit(receiver, sender, contract)


@given(
    st.lists(routes, max_size=12), st.lists(permissions, max_size=12), st.sampled_from(ASKED), st.sampled_from(NAMES)
)
def test_rows_are_given_back_in_their_order(
    rows: list[Route], grants: list[Permission], receiver: str, contract: str
) -> None:
    found = Snapshot(rows, grants)
    assert found.count() == (len(rows), len(grants))
    assert found.rows(receiver, contract) == [
        row for row in rows if (row.receiver.lower(), row.contract.lower()) == (receiver.lower(), contract.lower())
    ]
    mine = [row for row in grants if row.contract.lower() == contract.lower() and row.sender.lower() == "se-k"]
    assert [(each.valid_from, each.valid_to) for each in found.grants(receiver, "SE-K", contract)] == [
        (row.valid_from, row.valid_to) for row in mine if row.receiver.lower() == receiver.lower()
    ]
