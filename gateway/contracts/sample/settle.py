"""Gives a grown message its meaning: identities, codes with names, ordered periods, one patient, records apart."""

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.instance import InstanceError
from gateway.contracts.messages import identities
from gateway.contracts.messages.contents import Contents
from gateway.contracts.messages.facts import CODED, DATE, HSA, IDENTITY, PERIOD
from gateway.contracts.messages.meaning import Meaning
from gateway.contracts.messages.paths import split
from gateway.contracts.pattern import PatternError
from gateway.contracts.sample import words
from gateway.contracts.sample.edit import Editor, walk
from gateway.contracts.sample.supply import Supply
from gateway.soap import ns

PERSONNUMMER: Final = "1.2.752.129.2.1.3.1"
HSA_ROOT: Final = "1.2.752.129.2.1.4.1"
LOCAL_ROOT: Final = "1.2.752.129.2.1.2.1"
FUTURE: Final = "99991231235959"
SNOMED: Final = "1.2.752.116.2.1.1"
_HSA: Final = re.compile(
    r"hsa|unit|giver|provider|sourcesystem|practitioner|professional|organi|performer|author", re.I
)


class Settler:
    """Settles the messages of one contract."""

    def __init__(self, contract: Contract, editor: Editor, supply: Supply) -> None:
        self._contract, self._editor, self._supply = contract, editor, supply
        self._facts = editor.facts
        paths = (contract.patient, contract.record.get("patient", ""))
        self._patients = {split(path)[-2] for path in paths if path and len(split(path)) > 1}

    def settle(self, root: etree._Element) -> None:
        """Settle a request or response element."""
        for element in list(walk(root)):
            self._one(element)
        self._asked(root)
        self._records(root)

    def mend(self, root: etree._Element) -> None:
        """Settle what a change has put into a settled message, and leave the rest as it is."""
        self._code_again(root)
        wrong = [at for at, _ in Contents(self._facts, str(root.tag), FUTURE).problems(root)]
        wrong += [each for each in walk(root) if not len(each) and not (each.text or "").strip()]
        for element in wrong:
            for each in (element.getparent(), element):
                if each is not None and (each is element or len(each)):
                    self._one(each)

    def _one(self, element: etree._Element) -> None:
        declared = self._facts.along(element)
        kind = self._facts.kind(declared) if declared else ""
        if kind == IDENTITY:
            self._identity(element)
        elif kind == CODED:
            self._code(element)
        elif kind == PERIOD:
            self._period(element)
        elif kind in (DATE, HSA) or not len(element):
            self._leaf(element, kind)

    def _code_again(self, root: etree._Element) -> None:
        """Give codes of a known code system a code that is in it."""
        for element in walk(root):
            code, system = _part(element, "code"), _part(element, "codeSystem")
            if code is None or system is None:
                continue
            known = identities.known().get(system.text or "")
            if known is not None and known.codes and code.text not in known.codes:
                self._editor.write(code, self._supply.pick(known.codes, "codes"))
                for part, told in (("displayName", f"{known.name.sv} {code.text}"), ("codeSystemName", known.name.sv)):
                    if (at := _part(element, part)) is not None:
                        self._editor.write(at, told)

    def _identity(self, element: etree._Element) -> None:
        names = ("root", "extension") if "root" in self._names(element) else ("type", "id")
        space = ns.namespace(next(tag for tag in self._editor.children(element) if ns.local(tag) == names[0]))
        parts = [self._editor.sure(element, ns.clark(space, name) if space else name) for name in names]
        if parts[0] is None or parts[1] is None:
            return
        system, value = parts[0], parts[1]
        name = ns.local(str(element.tag))
        for root, given in self._systems(element, name):
            kept = system.text
            if self._editor.write(system, root):
                if self._editor.write(value, given):
                    return
                system.text = kept
        self._allowed(system, value)

    def _systems(self, element: etree._Element, name: str) -> Iterator[tuple[str, str]]:
        """What an identity may be, the likeliest first."""
        if element.tag in self._patients or words.PERSON.search(name):
            yield PERSONNUMMER, self._supply.resident
        if element.tag in self._patients:
            return
        if _HSA.search(name):
            yield HSA_ROOT, self._supply.hsa()
        yield LOCAL_ROOT, self._supply.local_id()
        yield HSA_ROOT, self._supply.hsa()
        yield PERSONNUMMER, self._supply.resident

    def _allowed(self, system: etree._Element, value: etree._Element) -> None:
        """A value for a name space that the schema prescribes."""
        known = identities.known().get(system.text or "")
        if known is None:
            return
        given = {"hsa": self._supply.hsa(), "organisation": "2321000016", "personnummer": self._supply.resident}
        self._editor.write(value, given.get(known.kind, self._supply.local_id()))

    def _code(self, element: etree._Element) -> None:
        """A code with its system and, in an answer, its name."""
        known = {ns.local(tag): tag for tag in self._editor.children(element)}
        code, system = (self._editor.sure(element, known[name]) for name in ("code", "codeSystem"))
        if code is None or system is None:
            return
        turn = self._supply.pick(range(len(words.CODES)), "snomed")
        if self._editor.write(system, SNOMED):
            self._editor.write(code, words.CODES[turn])
        top = next(iter(element.iterancestors(self._contract.response_tag)), None)
        if "displayName" in known and (top is not None or element.find(known["displayName"]) is not None):
            shown = self._editor.sure(element, known["displayName"])
            if shown is not None:
                self._editor.write(shown, words.CODE_NAMES[turn])
        if (named := _part(element, "codeSystemName")) is not None:
            self._editor.write(named, "SNOMED CT SE")

    def _period(self, element: etree._Element) -> None:
        """In order, and with a beginning where it would be empty."""
        if not len(element):
            first = next((tag for tag in self._editor.children(element) if ns.local(tag) == "start"), "")
            self._editor.put(element, first)
        start, end = _part(element, "start"), _part(element, "end")
        if start is not None and end is not None and (start.text or "") > (end.text or ""):
            start.text, end.text = end.text, start.text

    def _leaf(self, element: etree._Element, kind: str) -> None:
        """An HSA-id, a text where there is none; an element that could hold others gets one."""
        if kind == HSA:
            self._editor.write(element, self._supply.hsa())
        elif not (element.text or "").strip():
            simple = self._editor.type_of(element)
            if simple is not None:
                try:
                    element.text = self._supply.value(simple, _name(element))
                except PatternError as error:
                    raise InstanceError(str(error)) from None
            else:
                self._fill(element)

    def _fill(self, element: etree._Element) -> None:
        """An element whose children are all optional gets the first one that can be put there."""
        if element.tag == self._contract.response_tag and self._contract.record_tag:
            return  # an answer without records
        for tag in self._editor.children(element):
            new = self._editor.put(element, tag)
            if new is not None:
                if not len(new) and self._editor.type_of(new) is None:
                    self._fill(new)
                return

    def _asked(self, root: etree._Element) -> None:
        if root.tag == self._contract.request_tag and self._contract.patient:
            self._patient(root, self._contract.patient)
        source = self._contract.source_filter
        if root.tag == self._contract.request_tag and source and (at := root.find(source)) is not None:
            self._editor.write(at, self._supply.source)

    def _patient(self, below: etree._Element, path: str) -> None:
        at: etree._Element | None = below
        for tag in split(path):
            at = self._editor.sure(at, tag) if at is not None else None
        if at is not None and not self._editor.write(at, self._supply.resident):
            at.text = self._supply.resident

    def _records(self, root: etree._Element) -> None:
        paths = self._contract.record
        if root.tag != self._contract.response_tag or not self._contract.record_tag:
            return
        records = list(root.iterchildren(self._contract.record_tag))
        seen: set[str] = set()
        for record in records:
            self._patient(record, paths["patient"])
            if paths["source_system"] and (at := record.find(paths["source_system"])) is not None:
                self._editor.write(at, self._supply.source)
            at = record.find(paths["id"]) if paths["id"] else None
            if at is not None:
                for _ in range(50):
                    if (at.text or "") not in seen:
                        break
                    self._leaf_again(at)
                seen.add(at.text or "")
        self._links(root, records)

    def _leaf_again(self, element: etree._Element) -> None:
        kind = self._editor.type_of(element)
        if kind is not None and not self._editor.write(element, self._supply.local_id()):
            try:
                element.text = self._supply.value(kind, _name(element))
            except PatternError as error:
                raise InstanceError(str(error)) from None

    def _links(self, root: etree._Element, records: list[etree._Element]) -> None:
        """A link to a record of the same kind leads to a record that is there, an earlier one or the first."""
        link = Meaning(self._facts, str(root.tag), "").link
        if link is None:
            return
        path, kind, own, target, source = link
        paths = self._contract.record
        for number, record in enumerate(records):
            other = records[max(0, number - 1)]
            for relation in record.iterfind(path):
                if relation.findtext(kind) != own:
                    continue
                at, system = relation.find(target), relation.find(source) if source else None
                if at is not None and paths["id"]:
                    at.text = other.findtext(paths["id"])
                if system is not None and paths["source_system"]:
                    system.text = other.findtext(paths["source_system"])

    def _names(self, element: etree._Element) -> set[str]:
        return {ns.local(tag) for tag in self._editor.children(element)}


def _part(element: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in element if ns.local(str(child.tag)) == name), None)


def _name(element: etree._Element) -> str:
    parent = element.getparent()
    return f"{ns.local(str(parent.tag)) if parent is not None else ''}/{ns.local(str(element.tag))}"
