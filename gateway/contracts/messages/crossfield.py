"""The contract's own rules: Schematron (``contracts/rules/<Name>_<m.n>.sch``), texts and examples beside it as TOML.

Each assertion has the id of a rule in the TOML file. Whether any fails is asked with one compiled XPath; only then the
whole Schematron runs (``lxml.isoschematron``), which says where.
"""

import re
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.messages.explain import MOST, Place
from gateway.contracts.messages.facts import Facts
from gateway.errors import DataError
from gateway.findings import rules
from gateway.findings.finding import Finding
from gateway.soap import ns

_SCH = "{http://purl.oclc.org/dsdl/schematron}"
_SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_XSL = "http://www.w3.org/1999/XSL/Transform"
RECORD = "record"  # the phase with the patterns that can be judged from one record alone


class Assertion(NamedTuple):
    """One assertion.

    Attributes:
        id: of its rule.
        words: its context and test as they stand there.
        namespaces: the prefixes in them.
        where: the elements of a request or response element where it fails; None when one XPath cannot tell.
    """

    id: str
    words: tuple[str, str]
    namespaces: dict[str, str]
    where: etree.XPath | None


class CrossField:
    """The rules of one contract.

    Attributes:
        fails: on a request or response element, whether any rule can fail.
    """

    def __init__(self, path: Path, contract: Contract, *, across: bool = True) -> None:
        """Read the rules.

        Args:
            across: also those that look at several records at once; not for an answer that is judged piece by piece.

        Raises:
            DataError: the file is wrong, or an assertion has no rule with its id.
        """
        self._path, self._contract, self._across = path, contract, across
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            self._source = etree.parse(str(path), parser)
        except (OSError, etree.XMLSyntaxError) as error:
            raise DataError(path, 0, f"expected a Schematron file: {error}") from None
        if not across:
            self._keep_record_phase()
        self._rules = rules.read(path.with_suffix(".toml"))
        self._check_ids()
        self.fails = self._guard()
        self._schematron: Any = None

    def judge(self, element: etree._Element, document: Place, facts: Facts) -> list[Finding]:
        """What the rules say about a request or response element."""
        if not self.fails(element):
            return []
        report = self._run(element)
        found: list[Finding] = []
        for failed in report.iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report"):
            located = element.getroottree().xpath(failed.get("location", "/.."))
            at = located[0] if located else element
            if at is not element and element not in at.iterancestors():
                continue
            place = {**document.place(at), "about": facts.about(at), "contract": self._contract.key}
            found.append(self._rules[failed.get("id", "")].finding({"name": document.name_of(at)}, **place))
            if len(found) == MOST:
                break
        return found

    def assertions(self) -> list[Assertion]:
        """The assertions one by one."""
        namespaces, simple = self._namespaces(), self._simple()
        found = []
        for each in self._assertions():
            rule = each.getparent()
            context, test = rule.get("context", "") if rule is not None else "", each.get("test", "")
            where = " | ".join(self._wrong(each)) if simple else ""
            xpath = etree.XPath(where, namespaces=namespaces) if where else None
            found.append(Assertion(each.get("id", ""), (context, test), namespaces, xpath))
        return found

    def failing(self, assertion: Assertion, element: etree._Element) -> list[etree._Element]:
        """Where an assertion fails in a request or response element."""
        if assertion.where is not None:
            found: list[etree._Element] = assertion.where(element)
            return found
        report = self._run(element).iter(f"{_SVRL}failed-assert", f"{_SVRL}successful-report")
        tree = element.getroottree()
        failed = (each.get("location", "/..") for each in report if each.get("id") == assertion.id)
        return [at for location in failed for at in tree.xpath(location)[:1]]

    def _run(self, element: etree._Element) -> etree._Element:
        from lxml import isoschematron  # compiles style sheets of its own when imported

        if self._schematron is None:
            try:
                self._schematron = isoschematron.Schematron(self._source, store_report=True)
            except (etree.LxmlError, ValueError) as error:
                raise DataError(self._path, 0, f"expected a valid Schematron: {error}") from None
        self._schematron.validate(element.getroottree())
        report: etree._Element = self._schematron.validation_report.getroot()
        return report

    def _keep_record_phase(self) -> None:
        """Without that phase all patterns can be judged record by record."""
        root = self._source.getroot()
        phase = root.find(f"{_SCH}phase[@id='{RECORD}']")
        active = {each.get("pattern") for each in phase} if phase is not None else set()
        for pattern in root.findall(f"{_SCH}pattern") if phase is not None else ():
            if pattern.get("id") not in active:
                root.remove(pattern)

    def _check_ids(self) -> None:
        for each in self._assertions():
            if each.get("id") not in self._rules:
                line = each.sourceline or 0
                problem = f"the assertion {each.get('id')} has no rule in {self._path.with_suffix('.toml').name}"
                raise DataError(self._path, line, problem)

    def _assertions(self) -> list[etree._Element]:
        return list(self._source.getroot().iter(f"{_SCH}assert", f"{_SCH}report"))

    def _from_root(self, context: str, namespaces: dict[str, str]) -> str:
        """A context as a path from the message's element: the element itself, a record, or anywhere below."""
        first = re.split(r"[/\[]", context, maxsplit=1)[0]
        prefix, _, local = first.rpartition(":")
        tag = ns.clark(namespaces.get(prefix, ""), local)
        if context.startswith("/") or tag == self._contract.record_tag:
            return context
        if tag in (self._contract.request_tag, self._contract.response_tag):
            return f"self::{context}"
        return f"descendant::{context}"

    def _namespaces(self) -> dict[str, str]:
        return {each.get("prefix", ""): each.get("uri", "") for each in self._source.getroot().iter(f"{_SCH}ns")}

    def _simple(self) -> bool:
        """Whether one XPath can ask: not with ``let``, abstract rules or keys."""
        return next(self._source.getroot().iter(f"{_SCH}let", f"{_SCH}extends", f"{{{_XSL}}}key"), None) is None

    def _wrong(self, each: etree._Element) -> list[str]:
        """For each path of an assertion's context an XPath to the elements where it fails."""
        rule, namespaces = each.getparent(), self._namespaces()
        context = rule.get("context", "") if rule is not None else ""
        wrong = f"not({each.get('test')})" if each.tag == f"{_SCH}assert" else f"{each.get('test')}"
        return [f"{self._from_root(path.strip(), namespaces)}[{wrong}]" for path in context.split("|")]

    def _guard(self) -> etree.XPath:
        """Whether any rule can fail. With ``let`` or keys that cannot be asked in one XPath: then always."""
        parts = [f"boolean({path})" for each in self._assertions() for path in self._wrong(each)]
        if not parts:
            return etree.XPath("false()")
        try:
            return etree.XPath(" or ".join(parts) if self._simple() else "true()", namespaces=self._namespaces())
        except etree.XPathSyntaxError as error:
            raise DataError(self._path, 0, f"expected XPath 1.0 in contexts and tests: {error}") from None


def path_of(contract: Contract) -> Path:
    """Where a contract's rules are, if it has any."""
    folder = contract.xsd
    while folder.parent != folder and folder.name != "xsd":
        folder = folder.parent
    return folder.parent / "contracts" / "rules" / f"{contract.key}.sch"
