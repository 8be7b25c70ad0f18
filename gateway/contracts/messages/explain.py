"""Every breach of a schema, explained: libxml2 judges, and what it says is told in the contract's own words."""

import difflib
import itertools
import re
from collections.abc import Mapping
from typing import Any, Protocol

from lxml import etree

from gateway.contracts.messages.facts import Facts
from gateway.contracts.model import Element
from gateway.findings import rules
from gateway.findings.finding import Finding, Text
from gateway.observe.mask import mask
from gateway.soap import ns

MOST = 100  # breaches of one message that are explained; more of them help nobody
_VALUE = 60  # characters of a value that are quoted
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*) \)\.")
_FACET = re.compile(r"\[facet '(\w+)'\]")
_LIMIT = re.compile(r".*(?:by the pattern|than|length of|digits|is|allowed|value) '([^']*)'", re.DOTALL)
_PATTERN = re.compile(r"by the pattern '(.*)'\.$", re.DOTALL)
_SET = re.compile(r"'((?:[^'\\]|\\.)*)'")
_TYPE = re.compile(r"of the (?:atomic|local atomic|list|union|local list|local union) type '([^']*)'")
_TYPE_NAME = re.compile(r"type '([^']*)'")
_ATTRIBUTE = re.compile(r"[ ,]attribute '([^']*)'")
_ATTRIBUTE_LEAD = re.compile(r"^Element '[^']*', attribute '[^']*': ")
_ELEMENT_IN_TEXT = ("SCHEMAV_CVC_TYPE_3_1_2", "SCHEMAV_CVC_COMPLEX_TYPE_2_2")
_LEAD = re.compile(r"^Element '[^']*'(?:, attribute '[^']*')?: ")
_FORMS = {
    "DateType": Text("Skriv ÅÅÅÅMMDD, till exempel 20260131.", "Write YYYYMMDD, for example 20260131."),
    "TimeStampType": Text(
        "Skriv ÅÅÅÅMMDDttmmss i svensk lokal tid, till exempel 20260131235900.",
        "Write YYYYMMDDhhmmss in Swedish local time, for example 20260131235900.",
    ),
    "TimeType": Text("Skriv TTmmss, till exempel 083000.", "Write HHmmss, for example 083000."),
}
_TYPES = {
    "boolean": Text("true eller false", "true or false"),
    "int": Text("ett heltal", "a whole number"),
    "integer": Text("ett heltal", "a whole number"),
    "decimal": Text("ett tal med decimalpunkt", "a number with a decimal point"),
    "date": Text("ett datum som 2026-01-31", "a date such as 2026-01-31"),
    "dateTime": Text("en tidpunkt som 2026-01-31T23:59:00", "a point in time such as 2026-01-31T23:59:00"),
    "base64Binary": Text("base64", "base64"),
    "anyURI": Text("en adress (URI)", "an address (URI)"),
}
_PATTERN_HINT = Text("Mönstret är {pattern}", "The pattern is {pattern}")


class Place(Protocol):
    """What can tell where an element stands: a document, or a large one that is read piece by piece."""

    def place(self, element: etree._Element) -> dict[str, Any]:
        """The fields of a finding that tell where an element stands."""
        ...

    def name_of(self, element: etree._Element) -> str:
        """An element's name with its prefix."""
        ...


class Explainer:
    """Explains what one schema says against a message.

    Args:
        document: tells where things stand.
        facts: of the contract; None when the schema belongs to none, and then less can be said.
    """

    def __init__(self, document: Place, facts: Facts | None) -> None:
        self._document, self._facts = document, facts
        self._rules = rules.area("message")

    def breaches(self, schema: etree.XMLSchema, element: etree._Element) -> list[Finding]:
        """All breaches in an element that the schema judges, at most ``MOST``; none when it is valid."""
        if schema.validate(element):
            return []
        errors = itertools.islice(schema.error_log, MOST)
        return [self._explain(error, located(element, error.path or "")) for error in errors]

    def _explain(self, error: Any, at: etree._Element) -> Finding:
        kind = error.type_name
        if kind == "SCHEMAV_ELEMENT_CONTENT" or "This element is not expected" in error.message:
            return self._missing(error, at) if "Missing child" in error.message else self._unexpected(error, at)
        if kind == "SCHEMAV_CVC_COMPLEX_TYPE_2_3":
            return self._finding("RIVTA-XSD-009", at, {})
        if kind in _ELEMENT_IN_TEXT:
            values = {"where": "", "expected": Text("bara text", "text only"), "nearest": ""}
            return self._finding("RIVTA-XSD-001", next(at.iterchildren("*"), at), values)
        if _ATTRIBUTE_LEAD.match(error.message) or ("attribute" in error.message and "COMPLEX_TYPE" in kind):
            return self._attribute(error, at)
        if kind == "SCHEMAV_CVC_PATTERN_VALID":
            return self._pattern(error, at)
        if kind == "SCHEMAV_CVC_ENUMERATION_VALID":
            return self._enumeration(error, at)
        if _FACET.search(error.message):
            facet, limit = _FACET.search(error.message), _LIMIT.match(error.message)
            values = {"value": quoted(at), "facet": facet[1] if facet else "", "limit": limit[1] if limit else ""}
            return self._finding("RIVTA-XSD-008", at, values)
        if kind.startswith("SCHEMAV_CVC_DATATYPE_VALID"):
            return self._datatype(error, at)
        return self._finding("RIVTA-XSD-011", at, {"why": mask(_LEAD.sub("", error.message))})

    def _unexpected(self, error: Any, at: etree._Element) -> Finding:
        parent = at.getparent()
        declared = self._children(parent)
        tags = _expected(error.message)
        expected = [self._shown(each, at) for each in tags]
        if parent is not None and (lacking := _lacking(parent, at, declared, tags)):
            return self._missing(error, parent, lacking)
        same = next((each for each in declared if each.tag == at.tag), None)
        if same is not None and same.maximum is not None and _before(at) >= same.maximum:
            values: dict[str, object] = {"cardinality": same.cardinality, "maximum": same.maximum}
            return self._finding("RIVTA-XSD-003", at, values, expected=(same.cardinality,))
        stray, right = _stray(at, declared)
        if stray is not None:
            values = {"found": ns.namespace(str(stray.tag)) or "-", "expected": right}
            return self._finding("RIVTA-XSD-004", stray, values, expected=(right,))
        local = ns.local(str(at.tag))
        names = [ns.local(each.tag) for each in declared] or [name.rpartition(":")[2] for name in expected]
        values = {
            "where": self._after(at),
            "expected": ", ".join(expected) or Text("inget mer", "nothing more"),
            "nearest": "" if same else _nearest(local, names),
        }
        return self._finding("RIVTA-XSD-001", at, values, expected=tuple(expected))

    def _missing(self, error: Any, at: etree._Element, lacking: list[str] | None = None) -> Finding:
        present = {str(child.tag) for child in at}
        wanted = _expected(error.message)
        needed = [each.tag for each in self._children(at) if each.minimum and each.tag not in present]
        missing = lacking or [tag for tag in needed if tag in wanted] or needed or wanted
        shown = [self._shown(tag, at) for tag in missing]
        values = {"missing": ", ".join(shown), "expected": ", ".join(shown)}
        about = self._about_child(at, missing[0]) if missing else Text()
        return self._finding("RIVTA-XSD-002", at, values, expected=tuple(shown), about=about)

    def _pattern(self, error: Any, at: etree._Element) -> Finding:
        found = _PATTERN.search(error.message)
        pattern = found[1] if found else ""
        declared = self._facts.along(at) if self._facts else None
        form = _FORMS.get(ns.local(declared.type_name)) if declared else None
        values = {
            "value": quoted(at),
            "pattern": pattern,
            "form": form or _PATTERN_HINT.filled(pattern=pattern),
        }
        return self._finding("RIVTA-XSD-006", at, values, expected=(pattern,))

    def _enumeration(self, error: Any, at: etree._Element) -> Finding:
        declared = self._facts.along(at) if self._facts else None
        allowed = self._facts.values(declared) if self._facts and declared else []
        allowed = allowed or _SET.findall(error.message.partition("{")[2])
        value = (at.text or "").strip()
        values = {"value": quoted(at), "expected": ", ".join(allowed), "nearest": _nearest(value, allowed)}
        return self._finding("RIVTA-XSD-007", at, values, expected=tuple(allowed))

    def _datatype(self, error: Any, at: etree._Element) -> Finding:
        found = _TYPE.search(error.message) or _TYPE_NAME.search(error.message)
        name = found[1] if found else ""
        expected = _TYPES.get(name.rpartition(":")[2], Text(name, name))
        return self._finding("RIVTA-XSD-005", at, {"value": quoted(at), "type": name, "expected": expected})

    def _attribute(self, error: Any, at: etree._Element) -> Finding:
        found = _ATTRIBUTE.search(error.message)
        name = ns.local(found[1]) if found else "?"
        if "required but missing" in error.message:
            what = Text(f"attributet {name} saknas", f"the attribute {name} is missing")
        elif "is not allowed" not in error.message:
            what = Text(f"attributet {name} har ett otillåtet värde", f"the attribute {name} has a value not allowed")
        else:
            what = Text(f"attributet {name} är inte tillåtet", f"the attribute {name} is not allowed")
        return self._finding("RIVTA-XSD-010", at, {"what": what})

    def _finding(self, rule: str, at: etree._Element, values: Mapping[str, object], **more: Any) -> Finding:
        given = {"name": self._document.name_of(at), **values}
        if self._facts:
            more.setdefault("about", self._facts.about(at))
            more.setdefault("contract", self._facts.contract.key)
        return self._rules[rule].finding(given, **self._document.place(at), **more)

    def _children(self, element: etree._Element | None) -> list[Element]:
        declared = self._facts.along(element) if self._facts is not None and element is not None else None
        return self._facts.model.children(declared) if self._facts and declared else []

    def _about_child(self, parent: etree._Element, tag: str) -> Text:
        if self._facts is None:
            return Text()
        child = next((each for each in self._children(parent) if each.tag == tag), None)
        return self._facts.about_below(parent, tag) or self._facts.documented(child)

    def _after(self, at: etree._Element) -> Text:
        before = next(at.itersiblings("*", preceding=True), None)
        if before is None:
            return Text("", "")
        name = self._document.name_of(before)
        return Text(f", efter {name}", f", after {name}")

    def _shown(self, tag: str, at: etree._Element) -> str:
        """A tag of libxml2 with the message's prefix; what only says that there is room for more as it is."""
        if tag.startswith("##") or not tag.startswith("{"):
            return "xs:any" if tag.startswith(("##", "*")) else tag
        space = ns.namespace(tag)
        prefix = next((prefix for prefix, uri in at.nsmap.items() if uri == space and prefix), "")
        return f"{prefix}:{ns.local(tag)}" if prefix else ns.local(tag)


def located(element: etree._Element, path: str) -> etree._Element:
    """The element that libxml2's path leads to; it has ``*`` for an element without prefix.

    The path begins at ``element`` itself.
    """
    for step in path.split("/")[2:]:
        name, _, number = step.rstrip("]").partition("[")
        if name.startswith("@"):
            break
        same = [child for child in element.iterchildren("*") if name == "*" or name == _prefixed(child)]
        index = int(number or 1) - 1
        if index >= len(same):
            break
        element = same[index]
    return element


def quoted(element: etree._Element) -> Text:
    """An element's text between the quotation marks of each language, person ids masked, short."""
    text = mask(" ".join((element.text or "").split()))
    text = f"{text[:_VALUE]}…" if len(text) > _VALUE else text
    return Text(f"”{text}”", f"“{text}”")


def _prefixed(element: etree._Element) -> str:
    local = ns.local(str(element.tag))
    return f"{element.prefix}:{local}" if element.prefix else local


def _expected(message: str) -> list[str]:
    found = _EXPECTED.search(message)
    return [part.strip() for part in found[1].split(", ")] if found else []


def _lacking(parent: etree._Element, at: etree._Element, declared: list[Element], expected: list[str]) -> list[str]:
    """What is demanded before an element that comes too early; none when it stands elsewhere, or ``at`` is no child.

    The schema's order tells a missing element from a misplaced one.
    """
    order = [each.tag for each in declared]
    if at.tag not in order:
        return []
    present = {str(child.tag) for child in parent}
    later = {str(child.tag) for child in at.itersiblings("*")}
    earlier = {each.tag for each in declared[: order.index(str(at.tag))] if each.minimum}
    found = [tag for tag in expected if tag in earlier and tag not in present]
    return found if not later.intersection(expected) else []


def _stray(at: etree._Element, declared: list[Element]) -> tuple[etree._Element | None, str]:
    """An element that is right but for its namespace, and the right one: ``at``, or what ``xs:any`` took before it."""
    known = {each.tag for each in declared}
    spaces = {ns.local(each.tag): ns.namespace(each.tag) for each in declared}
    for element in (at, *at.itersiblings("*", preceding=True)):
        local = ns.local(str(element.tag))
        if element.tag not in known and local in spaces:
            return element, spaces[local]
        if at.tag not in known:
            break
    return None, ""


def _before(element: etree._Element) -> int:
    return sum(1 for _ in element.itersiblings(str(element.tag), preceding=True))


def _nearest(name: str, known: list[str]) -> Text | str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return Text(f" Närmast: {close[0]}.", f" Nearest: {close[0]}.") if close else ""
