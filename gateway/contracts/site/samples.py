"""The samples on a contract's page: those that the project's rules are tested by, else one that is made."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from lxml import etree

from gateway.contracts.instance import Builder, InstanceError
from gateway.contracts.schemaset import View
from gateway.contracts.site.subject import Subject
from gateway.findings.rules import everything
from gateway.soap import ns
from gateway.soap.head import MessageError
from gateway.soap.xml import parse

Part = Literal["request", "response"]
_ENVELOPE, _BODY = ns.clark(ns.SOAP11, "Envelope"), ns.clark(ns.SOAP11, "Body")
_NAME = re.compile(r"[\w.-]+\.xml")


class Sample(NamedTuple):
    """One message.

    Attributes:
        made: whether it is made of the schema, and nobody has written it.
        text: as XML.
        root: the element in Body.
    """

    part: Part
    made: bool
    text: str
    root: etree._Element


class Examples:
    """The messages in the folder of examples that keep every rule."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _by_tag(self) -> dict[str, tuple[str, etree._Element]]:
        found: dict[str, tuple[str, etree._Element]] = {}
        good = {each.file for rule in everything().values() for each in rule.good if _NAME.fullmatch(each.file)}
        for path in sorted(self._folder / name for name in good):
            if not path.is_file():
                continue
            content = path.read_bytes()
            try:
                root = parse(content)
            except MessageError:  # some examples are there to be refused
                continue
            body = root.find(_BODY)
            if root.tag == _ENVELOPE and body is not None and len(body) == 1:
                found.setdefault(str(body[0].tag), (content.decode("utf-8", "replace"), body[0]))
        return found

    def of(self, subject: Subject) -> list[Sample]:
        """A request and a response; fewer where the schema allows none that can be made."""
        found: list[Sample] = []
        wanted: tuple[tuple[Part, str], ...] = (("request", subject.request), ("response", subject.response))
        made: dict[str, etree._Element] | None = None
        for part, tag in wanted:
            written = self._by_tag.get(tag)
            if written is not None and (subject.contract is None or subject.contract.schema.validate(written[1])):
                found.append(Sample(part, False, *written))
                continue
            made = _made(subject) if made is None else made
            if part in made:
                found.append(Sample(part, True, _enveloped(made[part], part), made[part]))
        return found


def _made(subject: Subject) -> dict[str, etree._Element]:
    """A request and its answer by the contract's rules, else the smallest that the schema allows."""
    if subject.contract is not None:
        from gateway.contracts.sample.sampler import Recipe, Sampler

        try:
            pair = Sampler(subject.contract).pair(Recipe("full" if not subject.contract.record_tag else "minimal"))
        except InstanceError:
            return _smallest(subject.view, subject)
        return {"request": pair.request, "response": pair.response}
    return _smallest(subject.view, subject)


def _smallest(view: View, subject: Subject) -> dict[str, etree._Element]:
    found: dict[str, etree._Element] = {}
    for part, tag in (("request", subject.request), ("response", subject.response)):
        try:
            if tag:
                found[part] = Builder(view).build(tag)
        except InstanceError:
            continue
    return found


def _enveloped(root: etree._Element, part: Part) -> str:
    envelope = etree.Element(_ENVELOPE, nsmap={"soapenv": ns.SOAP11})
    if part == "request":
        header = etree.SubElement(envelope, ns.clark(ns.SOAP11, "Header"))
        address = etree.SubElement(header, ns.clark(ns.REGISTRY, "LogicalAddress"), nsmap={"itr": ns.REGISTRY})
        address.text = "5565594230"
    body = etree.SubElement(envelope, _BODY)
    body.append(etree.fromstring(etree.tostring(root)))  # a copy that keeps the prefixes of its own
    etree.indent(envelope)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(envelope, encoding="unicode") + "\n"


def by_path(samples: list[Sample]) -> Mapping[str, str]:
    """The texts of the samples by path of local names, the first at each place."""
    found: dict[str, str] = {}
    for sample in samples:
        _gather(sample.root, "", found)
    return found


def _gather(element: etree._Element, above: str, found: dict[str, str]) -> None:
    path = f"{above}{ns.local(str(element.tag))}"
    children = list(element.iterchildren("*"))
    if not children and (text := " ".join((element.text or "").split())):
        found.setdefault(path, text)
    for child in children:
        _gather(child, f"{path}/", found)
