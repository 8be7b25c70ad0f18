"""What a change means: how grave it is where it stands, who has to follow first, and whether the version says so."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from gateway import texts
from gateway.contracts.diff.change import Change
from gateway.contracts.diff.interface import Interface
from gateway.contracts.diff.shape import Place
from gateway.findings import rules
from gateway.findings.finding import Finding, Severity, Text
from gateway.findings.rules import Rule
from gateway.tomlfile import load

First = Literal["producers", "consumers", "together", "any"]
_FILE = Path(__file__).with_name("verdicts.toml")
_QUIET = ("documentation-changed", "profile-added", "contract-added")  # no new version because of these


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How grave a change is, and which side has to follow the new version first."""

    severity: Severity
    first: First


@cache
def verdicts() -> dict[str, dict[str, Verdict]]:
    """By rule name and direction.

    Raises:
        DataError: the file is wrong.
    """
    return load(_FILE, dict[str, dict[str, Verdict]])


def verdict(change: Change) -> Verdict:
    """What the table says of a change."""
    return verdicts()[change.name][change.direction]


def first(changes: Iterable[Change]) -> First:
    """Which side has to follow first when all of these happen at once."""
    found = {verdict(change).first for change in changes} - {"any"}
    if not found:
        return "any"
    return found.pop() if len(found) == 1 else "together"


def breaks(changes: Iterable[Change]) -> bool:
    """Whether old and new versions cannot talk to each other in at least one direction."""
    return any(verdict(change).severity == "error" for change in changes)


def findings(changes: Iterable[Change], contract: str, *, new_major: bool) -> list[Finding]:
    """The changes as findings. What breaks is a warning only where a new major version allows it."""
    return [_finding(change, contract, new_major) for change in changes]


def _finding(change: Change, contract: str, new_major: bool) -> Finding:
    rule, judged = _rules()[change.name], verdict(change)
    severity = "warning" if new_major and judged.severity == "error" else judged.severity
    where = Text(*(texts.text("diff", change.direction, lang, path=change.path) for lang in ("sv", "en")))
    values: dict[str, object] = {**change.values, "where": where}
    found = rule.finding(
        values,
        severity=severity,
        file=change.place.file,
        line=change.place.line,
        xpath=change.path,
        contract=contract,
        key=f"{change.direction} {contract} {sorted(change.values.items())}",
    )
    notes = [f"first_{judged.first}"] + (["more_places"] if change.count > 1 else [])
    hint = Text(*(" ".join([getattr(found.hint, lang), *_notes(notes, change, lang)]) for lang in ("sv", "en")))
    return msgspec.structs.replace(found, hint=hint)


def _notes(keys: list[str], change: Change, lang: str) -> list[str]:
    return [texts.text("diff", key, lang, count=change.count - 1) for key in keys]


@cache
def _rules() -> dict[str, Rule]:
    return {rule.name: rule for rule in rules.area("diff").values()}


def version(old: Interface, new: Interface, changes: list[Change]) -> list[Finding]:
    """Whether the version number says what has changed (RIV-TA Service Schema 2.1 #9)."""
    telling = [change for change in changes if change.name not in _QUIET]
    name = ""
    if new.version < old.version:
        name = "version-lowered"
    elif breaks(telling) and new.version[0] == old.version[0]:
        name = "major-not-raised"
    elif telling and new.version == old.version:
        name = "minor-not-raised"
    elif not telling and new.version > old.version:
        name = "version-raised-for-nothing"
    if not name:
        return []
    place: Place = new.place
    values = {"old": _number(old), "new": _number(new)}
    rule = _rules()[name]
    return [rule.finding(values, file=place.file, line=place.line, contract=new.title.replace(" ", "_"), key=new.name)]


def _number(interface: Interface) -> str:
    return ".".join(map(str, interface.version))
