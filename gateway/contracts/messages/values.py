"""Single contents of a message: an identity, a code, a period, a date. Each function gives what is wrong and where."""

from typing import NamedTuple

from lxml import etree

from gateway.contracts.messages import identities
from gateway.contracts.messages.explain import quoted
from gateway.contracts.messages.facts import CODED, DATE, HSA, IDENTITY
from gateway.soap import ns

CODED_PARTS = frozenset(("code", "codeSystem", "codeSystemName", "codeSystemVersion", "displayName", "originalText"))
_DATE = 8  # digits


class Problem(NamedTuple):
    """What is wrong: the rule, what its texts want besides ``name``, and what was expected."""

    rule: str
    values: dict[str, object]
    expected: tuple[str, ...] = ()


Found = list[tuple[etree._Element, Problem]]


def leaf(element: etree._Element, kind: str) -> Found:
    """A date, an HSA-id, or an identity or code that has nothing in it."""
    text = (element.text or "").strip()
    if kind == DATE:
        return _date(element)
    if kind == HSA and text and not identities.hsa(text):
        return [(element, Problem("RIVTA-SEM-003", {"value": quoted(element)}))]
    if kind == CODED:
        return [(element, _nothing())]
    if kind == IDENTITY:
        return [(element, Problem("RIVTA-SEM-013", {}))]
    return []


def identity(element: etree._Element, parts: dict[str, etree._Element], *, patient: bool) -> Found:
    """``root`` and ``extension``, or ``type`` and ``id``."""
    system, value = (parts.get("root"), parts.get("extension")) if "root" in parts else (parts["type"], parts.get("id"))
    oid = _text(system)
    if system is not None and oid and not identities.OID.fullmatch(oid):
        return [(system, Problem("RIVTA-SEM-008", {"value": quoted(system)}))]
    known = identities.known().get(oid)
    if patient and system is not None and known is not None and not known.patient:
        return [(system, Problem("RIVTA-SEM-009", {"value": oid}))]
    if value is None:
        return [(element, Problem("RIVTA-SEM-013", {}))]
    problem = identities.identity(oid, value.text or "") if value.text else None
    if problem is None:
        return []
    shown = {**problem.values, "value": quoted(value)} if "value" in problem.values else problem.values
    return [(value, Problem(problem.rule, shown))]


def coded(element: etree._Element, parts: dict[str, etree._Element], *, answer: bool) -> Found:
    """Code with code system, or text alone."""
    code, system = parts.get("code"), parts.get("codeSystem")
    if code is None and system is None:
        if "originalText" in parts:
            return []
        return [(element, _nothing())]
    if code is None or system is None:
        has, lacks = ("codeSystem", "code") if code is None else ("code", "codeSystem")
        return [(element, Problem("RIVTA-SEM-011", {"has": has, "lacks": lacks}))]
    found: Found = []
    oid, value = _text(system), _text(code)
    known = identities.known().get(oid)
    if oid and not identities.OID.fullmatch(oid):
        found.append((system, Problem("RIVTA-SEM-008", {"value": quoted(system)})))
    elif known is not None and known.codes and value and value not in known.codes:
        values = {"value": quoted(code), "system": known.name, "expected": ", ".join(known.codes)}
        found.append((code, Problem("RIVTA-SEM-010", values, known.codes)))
    if answer and "displayName" not in parts:
        found.append((element, Problem("RIVTA-SEM-012", {})))
    return found


def period(element: etree._Element, parts: dict[str, etree._Element]) -> Found:
    """``start`` and ``end``: days or points in time that exist and are in order; times of day may pass midnight."""
    ends = [parts[name] for name in ("start", "end") if name in parts]
    found = [problem for end in ends for problem in _date(end)]
    if found or len(ends) < 2:
        return found
    start, end = (_text(each) for each in ends)
    if start.isdigit() and end.isdigit() and len(start) == len(end) >= _DATE and end < start:
        return [(ends[1], Problem("RIVTA-SEM-006", {"name": ns.local(str(element.tag)), "start": start, "end": end}))]
    return []


def counterpart(note: etree._Element) -> etree._Element | None:
    """The note for the patient beside an internal one, when both say the same."""
    tag = str(note.tag)
    other = other_note(tag)
    parent = note.getparent()
    found = parent.find(other) if parent is not None and other != tag else None
    text = _text(note)
    return found if found is not None and text and _text(found) == text else None


def other_note(tag: str) -> str:
    """The tag of the note for the patient that stands beside an internal one."""
    space, name = ns.namespace(tag), ns.local(tag).replace("internal", "external")
    return ns.clark(space, name) if space else name


def _date(element: etree._Element) -> Found:
    """Only what looks like a date is judged: the schema has told about the rest."""
    text = _text(element)
    if len(text) < _DATE or not (text.isascii() and text.isdigit()) or identities.day_exists(text):
        return []
    return [(element, Problem("RIVTA-SEM-005", {"value": quoted(element)}))]


def _nothing() -> Problem:
    return Problem("RIVTA-SEM-011", {"has": "-", "lacks": "code, codeSystem"})


def _text(element: etree._Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""
