"""What a schema cannot say: check digits, real dates, known codes, one patient, unique records, notes for whom.

This is the thorough way; ``shapes`` spares it messages that are surely good. A large answer is judged record by record
with the same ``Run``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.messages import values
from gateway.contracts.messages.contents import Contents
from gateway.contracts.messages.explain import MOST, Place
from gateway.contracts.messages.facts import Facts
from gateway.contracts.messages.paths import compiled, joined, split
from gateway.findings import rules
from gateway.findings.finding import Finding
from gateway.soap import ns

Reader = Literal["", "resident", "staff"]


@dataclass(slots=True)
class Run:
    """What is known about one answer while its records are judged.

    Attributes:
        reader: who is to see the answer, ``resident`` or ``staff``; blank for the platform, which sees everything.
        wanted: the patient that the request was about, blank when the request is not known.
        first: the patient of the first record.
        seen: identities of records, and the number of each.
        piecewise: the answer is judged record by record.
        links: what points at records of the same kind: (identity, finding when it does not resolve).
    """

    reader: Reader = ""
    wanted: str = ""
    first: str = ""
    seen: dict[tuple[str, ...], int] = field(default_factory=dict)
    piecewise: bool = False
    links: list[tuple[tuple[str, ...], Finding]] = field(default_factory=list)


class Meaning:
    """The meaning of the messages of one contract and direction.

    Attributes:
        contents: judges identities, codes, periods and dates one by one.
    """

    def __init__(self, facts: Facts, root: str, now: str) -> None:
        """``now``: Swedish local time, ``ÅÅÅÅMMDDttmmss``."""
        self.contract: Contract = facts.contract
        self.facts = facts
        self.contents = Contents(facts, root, now)
        self._records = root == self.contract.response_tag and bool(self.contract.record_tag)

    def judge(self, element: etree._Element, document: Place, run: Run) -> list[Finding]:
        """What is wrong in a message's element, or in one record of it."""
        found = [
            self._finding(problem.rule, at, document, problem.values, problem.expected)
            for at, problem in self.contents.problems(element)
        ]
        if self._odd(element):
            found += self._oddities(element, document)
        if self._records:
            found += self._answers(element, document, run)
        return found[:MOST]

    def close(self, run: Run) -> list[Finding]:
        """What can be told only when all records have been seen: links that lead nowhere."""
        return [finding for identity, finding in run.links if identity not in run.seen]

    def _oddities(self, element: etree._Element, document: Place) -> Iterator[Finding]:
        """Empty elements, and internal notes that stand in those for the patient too."""
        for each in _EMPTY(element):
            yield self._finding("RIVTA-SEM-022", each, document, {})
        for note in self._notes(element):
            other = values.counterpart(note)
            if other is not None:
                yield self._finding("RIVTA-SEM-018", note, document, {"other": document.name_of(other)})

    def _answers(self, element: etree._Element, document: Place, run: Run) -> Iterator[Finding]:
        persons = self._persons(element)
        if persons:
            yield from self._patient(element, document, run, persons)
        if self._ids is not None and (run.piecewise or self._related(element, len(persons))):
            yield from self._identities(element, document, run)
        if run.reader:
            yield from self._reader(element, document, run)

    def _related(self, element: etree._Element, count: int) -> bool:
        """Whether records may share an identity or point at each other."""
        if self._has_links(element):
            return True
        ids = self._ids(element) if self._ids is not None and count != 1 else ()
        return len(set(ids)) < len(ids)

    def _patient(self, element: etree._Element, document: Place, run: Run, persons: list[str]) -> Iterator[Finding]:
        found = set(persons)
        run.first = run.first or persons[0]
        right = run.wanted or run.first
        if found == {right}:
            return
        rule = "RIVTA-SEM-015" if run.wanted else "RIVTA-SEM-016"
        for record in self._each(element):
            at = record.find(self.contract.record["patient"])
            if at is not None and (at.text or "").strip() != right:
                yield self._finding(rule, at, document, {})

    def _identities(self, element: etree._Element, document: Place, run: Run) -> Iterator[Finding]:
        for record in self._each(element):
            at = record.find(self.contract.record["id"])
            if at is None or not (at.text or "").strip():
                continue
            identity = (self._text(record, "source_system"), at.text or "")
            if identity in run.seen:
                yield self._finding(
                    "RIVTA-SEM-014", at, document, {"other": f"{ns.local(str(record.tag))}[{run.seen[identity]}]"}
                )
            else:
                run.seen[identity] = len(run.seen) + 1
            self._links(record, document, run)

    def _links(self, record: etree._Element, document: Place, run: Run) -> None:
        if self.link is None:
            return
        path, kind, own, target, source = self.link
        for relation in record.iterfind(path):
            at = relation.find(target)
            if relation.findtext(kind) == own and at is not None and at.text:
                where = (relation.findtext(source) if source else "") or self._text(record, "source_system")
                if (where, at.text) not in run.seen:
                    run.links.append(((where, at.text), self._finding("RIVTA-SEM-021", at, document, {})))

    def _reader(self, element: etree._Element, document: Place, run: Run) -> Iterator[Finding]:
        paths = self.contract.record
        for note in self._notes(element) if run.reader == "resident" else ():
            yield self._finding("RIVTA-SEM-017", note, document, {})
        for record in self._each(element):
            if run.reader == "resident" and paths["approved"]:
                at = record.find(paths["approved"])
                if at is not None and (at.text or "").strip() not in ("true", "1"):
                    yield self._finding("RIVTA-SEM-019", at, document, {})
            if run.reader == "staff":
                names = ("care_giver", "care_unit")
                missing = [split(paths[name]) for name in names if paths[name] and not self._text(record, name)]
                if missing:
                    shown = ", ".join(ns.local(steps[-2] if _is_value(steps) else steps[-1]) for steps in missing)
                    yield self._finding("RIVTA-SEM-020", record, document, {"missing": shown})

    def _each(self, element: etree._Element) -> Iterator[etree._Element]:
        return element.iterchildren(self.contract.record_tag)

    def _text(self, record: etree._Element, name: str) -> str:
        path = self.contract.record[name]
        return (record.findtext(path) or "").strip() if path else ""

    def _finding(
        self,
        rule: str,
        at: etree._Element,
        document: Place,
        given: dict[str, Any],
        expected: tuple[str, ...] = (),
    ) -> Finding:
        place = {**document.place(at), "about": self.facts.about(at), "contract": self.contract.key}
        return rules.area("message")[rule].finding({"name": document.name_of(at), **given}, **place, expected=expected)

    @cached_property
    def _persons(self) -> etree.XPath:
        return self._texts("patient") or etree.XPath("/..")

    @property
    def link_kind(self) -> str:
        """Path below a record to what tells the kind of record that a link points at; blank without links."""
        return "/".join(self.link[:2]) if self.link else ""

    @property
    def link_target(self) -> bytes:
        """What that says of links to records of this contract, as UTF-8."""
        return self.link[2].encode() if self.link else b""

    @cached_property
    def _ids(self) -> etree.XPath | None:
        return self._texts("id")

    @cached_property
    def _notes(self) -> etree.XPath:
        """Internal notes."""
        record = self.contract.record_tag
        paths = [f"{record}/{path}" for path in self.contract.internal]
        return compiled(" | ".join(paths) or "/..")

    @cached_property
    def _odd(self) -> etree.XPath:
        """Whether a message has an empty element, or an internal note with a twin: one question for all."""
        parts = ["descendant::*[not(normalize-space())]"]
        for path in self.contract.internal if self._records else ():
            steps = split(path)
            note = steps.pop()
            parts.append("/".join((self.contract.record_tag, *steps)) + f"[{note} = {values.other_note(note)}]")
        return compiled(" | ".join(parts), "boolean({})")

    @cached_property
    def _has_links(self) -> etree.XPath:
        link = self.link
        if link is None:
            return etree.XPath("false()")
        return compiled(f"{self.contract.record_tag}/{link[0]}[{link[1]} = '{link[2]}']", "boolean({})")

    @cached_property
    def link(self) -> tuple[str, str, str, str, str] | None:
        """Paths of a link, its kind, the kind of this contract's records, what it points at, and where that is."""
        link, model = self.contract.descriptor.link, self.facts.model
        if link is None:
            return None
        record = model.resolve(model.root(self.contract.response_tag), self.contract.descriptor.aggregate.records)[-1]
        steps = model.resolve(record, link.path)
        below = [joined(model.resolve(steps[-1], path)) if path else "" for path in (link.kind, link.id, link.source)]
        return joined(steps), below[0], link.own, below[1], below[2]

    def _texts(self, name: str) -> etree.XPath | None:
        path = self.contract.record.get(name, "")
        return compiled(f"{self.contract.record_tag}/{path}/text()") if path else None


_EMPTY = etree.XPath("descendant::*[not(*)][normalize-space() = '']")


def _is_value(steps: list[str]) -> bool:
    return len(steps) > 1 and ns.local(steps[-1]) == "extension"
