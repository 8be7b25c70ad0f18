"""Two packages of contracts: every contract of both, what changed in it, and what that means."""

from collections.abc import Iterator

import msgspec

from gateway.contracts.diff import judge
from gateway.contracts.diff.build import Builder
from gateway.contracts.diff.change import Change
from gateway.contracts.diff.compare import Comparison
from gateway.contracts.diff.interface import Binding, Interface, interfaces, stem
from gateway.contracts.diff.shape import Place
from gateway.contracts.schemaset import SchemaSet
from gateway.findings.finding import Finding


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one contract.

    Attributes:
        name: of the contract.
        old, new: version numbers, blank for the side that does not have it.
        breaks: whether the two versions cannot talk to each other in at least one direction.
        first: which side has to follow first: ``producers``, ``consumers``, ``together`` or ``any``.
        findings: the changes, and what the version number should be.
    """

    name: str
    old: str = ""
    new: str = ""
    breaks: bool = False
    first: judge.First = "any"
    findings: tuple[Finding, ...] = ()

    @property
    def title(self) -> str:
        """``Name 1.0 → 1.1``."""
        versions = " → ".join(version or "-" for version in (self.old, self.new))
        return f"{self.name} {versions}"


def compare(old: SchemaSet, new: SchemaSet) -> list[Pair]:
    """Every contract of two packages, sorted by name.

    Contracts are paired by name and major version; one whose major version the new package lacks is paired with the
    next higher one there, which no other claims.
    """
    before, after = interfaces(old), interfaces(new)
    pairs: list[tuple[Interface | None, Interface | None]] = []
    left = dict(after)
    for key, interface in before.items():
        found = left.pop(key, None)
        if found is None and key not in after:
            higher = [
                each for each in left.values() if each.name == interface.name and each.version > interface.version
            ]
            found = min(higher, key=lambda each: each.version, default=None)
            left = {name: each for name, each in left.items() if each is not found}
        pairs.append((interface, found))
    pairs += [(None, interface) for interface in left.values()]
    done = [_pair(one, two) for one, two in pairs]
    return sorted(done, key=lambda pair: (pair.name, pair.old, pair.new))


def _pair(old: Interface | None, new: Interface | None) -> Pair:
    if old is None or new is None:
        present = new or old
        assert present is not None
        change = Change(f"contract-{'added' if new else 'removed'}", "both", "", present.place, {"name": present.title})
        number = ".".join(map(str, present.version))
        return Pair(
            name=present.name, old=number if old else "", new=number if new else "", breaks=judge.breaks([change]),
            first=judge.first([change]), findings=tuple(judge.findings([change], _key(present), new_major=False)),
        )  # fmt: skip
    changes = list(_changes(old, new))
    found = judge.findings(changes, _key(new), new_major=new.version[0] > old.version[0])
    found += judge.version(old, new, changes)
    return Pair(
        name=new.name,
        old=".".join(map(str, old.version)),
        new=".".join(map(str, new.version)),
        breaks=judge.breaks(changes),
        first=judge.first(changes),
        findings=tuple(sorted(found, key=lambda each: each.place)),
    )


def _key(interface: Interface) -> str:
    return interface.title.replace(" ", "_")


def _changes(old: Interface, new: Interface) -> Iterator[Change]:
    found = _all_changes(old, new)
    if stem(old.responder) == stem(new.responder):
        yield from found
    else:  # told once, and not again for every element
        yield from (change for change in found if change.name != "element-namespace-changed")


def _all_changes(old: Interface, new: Interface) -> Iterator[Change]:
    if stem(old.responder) != stem(new.responder):
        told = {"old": old.responder, "new": new.responder}
        yield Change("contract-namespace-changed", "both", "", new.place, told)
    yield from _bindings(old, new)
    before, after = Builder(old.view), Builder(new.view)
    one, two = before.root(old.request), after.root(new.request)
    if one and two:
        yield from Comparison(before, after, "request").compare(one, two)
    if bool(old.response) != bool(new.response):
        yield Change("answer-changed", "both", "", new.place, {"old": old.response or "-", "new": new.response or "-"})
    one, two = before.root(old.response), after.root(new.response)
    if one and two:
        yield from Comparison(before, after, "response").compare(one, two)


def _bindings(old: Interface, new: Interface) -> Iterator[Change]:
    before = {binding.profile: binding for binding in old.bindings}
    after = {binding.profile: binding for binding in new.bindings}
    if not before or not after:
        return  # a package without WSDL files says nothing about them
    for profile in sorted(before.keys() - after.keys()):
        yield Change("profile-removed", "both", "", before[profile].place, {"name": profile or "-"})
    for profile in sorted(after.keys() - before.keys()):
        yield Change("profile-added", "both", "", after[profile].place, {"name": profile or "-"})
    for profile in sorted(before.keys() & after.keys()):
        yield from _binding(before[profile], after[profile])


def _binding(old: Binding, new: Binding) -> Iterator[Change]:
    place: Place = new.place
    if stem(old.soap_action) != stem(new.soap_action):
        yield Change("soap-action-changed", "both", "", place, {"old": old.soap_action, "new": new.soap_action})
    if old.headers != new.headers:
        told = {"old": ", ".join(sorted(old.headers)) or "-", "new": ", ".join(sorted(new.headers)) or "-"}
        yield Change("header-changed", "both", "", place, told)
