"""Which elements of a message are identities, codes, periods and dates, and what is wrong with each."""

from collections.abc import Iterator
from functools import cached_property

from lxml import etree

from gateway.contracts.messages import values
from gateway.contracts.messages.explain import quoted
from gateway.contracts.messages.facts import CODED, DATE, HSA, IDENTITY, PERIOD, Facts
from gateway.contracts.messages.paths import split
from gateway.soap import ns

PATIENT, WRITTEN = "patient", "written"  # an identity of a patient; a date that must not lie in the future


class Contents:
    """The contents of the messages of one contract and direction."""

    def __init__(self, facts: Facts, root: str, now: str) -> None:
        """``root``: tag of the message's element. ``now``: Swedish local time, ``ÅÅÅÅMMDDttmmss``."""
        self._facts, self._contract, self._now = facts, facts.contract, now
        wanted = (IDENTITY, CODED, PERIOD, DATE, HSA)
        self._kinds = {tag: found for tag, found in facts.kinds(root).items() if found.intersection(wanted)}
        self._tags = tuple(self._kinds)
        self._answer = root == self._contract.response_tag

    def units(self, element: etree._Element) -> Iterator[tuple[str, tuple[etree._Element, ...]]]:
        """The contents of a message that can be judged by their texts alone: kind, and the elements with the texts.

        Kinds: identity and patient (name space, value), coded (code, code system), period (start, end), date, written
        (a date that must not lie in the future), hsa.
        """
        for each in element.iter(*self._tags) if self._tags else ():
            kinds = self._kinds[str(each.tag)]
            parts = {ns.local(str(child.tag)): child for child in each if isinstance(child.tag, str)}
            if not parts:
                kind = next(iter(kinds)) if len(kinds) == 1 else self._kind_here(each)
                if kind in (DATE, HSA):
                    yield WRITTEN if each.tag == self._written else kind, (each,)
            elif IDENTITY in kinds and ("root" in parts or "type" in parts):
                names = ("root", "extension") if "root" in parts else ("type", "id")
                kind = PATIENT if each.tag in self._patients else IDENTITY
                yield kind, tuple(parts[name] for name in names if name in parts)
            elif CODED in kinds and "codeSystem" in parts and "code" in parts:
                yield CODED, (parts["code"], parts["codeSystem"])
            elif PERIOD in kinds:
                ends = tuple(parts[name] for name in ("start", "end") if name in parts)
                if ends:
                    yield (PERIOD if len(ends) > 1 else DATE), ends

    def problems(self, element: etree._Element) -> Iterator[tuple[etree._Element, values.Problem]]:
        """What is wrong in a message's element, and where."""
        for each in element.iter(*self._tags) if self._tags else ():
            yield from self._content(each)

    def _content(self, element: etree._Element) -> values.Found:
        kinds = self._kinds[str(element.tag)]
        if element.tag == self._written and (element.text or "").strip() > self._now:
            return [(element, values.Problem("RIVTA-SEM-007", {"value": quoted(element)}))]
        if len(element) == 0:
            kind = next(iter(kinds)) if len(kinds) == 1 else self._kind_here(element)
            return values.leaf(element, kind)
        parts = {ns.local(str(child.tag)): child for child in element if isinstance(child.tag, str)}
        found: values.Found = []
        if IDENTITY in kinds and ("root" in parts or "type" in parts):
            found = values.identity(element, parts, patient=element.tag in self._patients)
        elif CODED in kinds and parts.keys() & values.CODED_PARTS:
            found = values.coded(element, parts, answer=self._answer)
        elif PERIOD in kinds:
            found = values.period(element, parts)
        return found

    def _kind_here(self, element: etree._Element) -> str:
        declared = self._facts.along(element)
        return self._facts.kind(declared) if declared else ""

    @cached_property
    def _patients(self) -> frozenset[str]:
        """Tags of what identifies a patient."""
        record = self._contract.record.get("patient", "")
        steps = [split(path) for path in (self._contract.patient, record) if path]
        return frozenset(each[-2] for each in steps if len(each) > 1)

    @cached_property
    def _written(self) -> str:
        """Tag of the time when a record was written."""
        path = self._contract.record.get("time", "")
        return split(path)[-1] if path else ""
