"""Messages that are too large to be held as a tree: read piece by piece, each piece judged and forgotten.

A piece is a child of the message's element that may occur any number of times, such as a record of an answer. It is
judged by the type that the schema gives it; what is left at the end, with the last piece in its place, by the whole
schema. Rules that look at several records at once are left out; that there is one patient, that identities are unique
and that links lead somewhere is followed throughout.
"""

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol
from xml.parsers import expat

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.messages import envelope
from gateway.contracts.messages.checker import LAYERS, Checked, Checker, besides
from gateway.contracts.messages.document import Document
from gateway.contracts.messages.explain import MOST, Explainer
from gateway.contracts.messages.facts import Facts
from gateway.contracts.messages.meaning import Run
from gateway.findings import rules
from gateway.findings.finding import Finding
from gateway.soap import ns

LARGE = 8_388_608  # bytes; a tree takes about five times as many
_PEEK = 1_048_576  # bytes in which the message's element must begin
_BODY_DEPTH = 2


class Readable(Protocol):
    """What a large message is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """At most so many bytes, all that are left when negative; none at the end."""
        ...


class _Found(Exception):
    """Stops the parser."""


class _Pieces(Document):
    """A document of which only what is being judged is in memory. Lines are known, columns are not."""

    def __init__(self, name: str) -> None:
        self.name, self.data = name, b""
        self.tags: frozenset[str] = frozenset()
        self.count = 0
        self.above: etree._Element | None = None

    def path(self, element: etree._Element) -> tuple[str, dict[str, str]]:
        """As in the whole message, for what stands in a piece on its own."""
        path, namespaces = super().path(element)
        if element.getroottree().getroot() is self.root:
            return path, namespaces
        return self._above[0] + path, {**self._above[1], **namespaces}

    @cached_property
    def _above(self) -> tuple[str, dict[str, str]]:
        return super().path(self.above) if self.above is not None else ("", {})

    def excerpt(self, line: int, column: int) -> str:
        return ""

    def encoding(self) -> str:
        return ""

    def _position(self, element: etree._Element) -> tuple[int, int]:
        return element.sourceline or 0, 0

    def _index(self, element: etree._Element) -> str:
        return f"[{self.count}]" if element.tag in self.tags else super()._index(element)


def check(checker: Checker, name: str, file: Readable, request: bytes | None = None) -> Checked:
    """Check one large message.

    Args:
        file: open for reading, at its start.
        request: the request that it answers, if known.

    Raises:
        DataError: the contract's own files are wrong.
        OSError: the file cannot be read.
    """
    head = file.read(_PEEK)
    document = _Pieces(name)
    try:
        tag = _peek(head)
    except _Found:
        return checker.unusable(rules.area("message")["RIVTA-IN-001"].finding(file=name, line=1))
    contract = checker.library.by_tag(tag)
    if contract is None:
        return checker.check(name, head)  # what it is can be told from its head
    return _Reading(checker, document, contract, tag, request).run(_Chained(head, file))


class _Reading:
    def __init__(
        self, checker: Checker, document: _Pieces, contract: Contract, tag: str, request: bytes | None
    ) -> None:
        self.checker, self.document, self.contract, self.tag = checker, document, contract, tag
        self.judge = checker.judge(contract)
        facts = self.judge.facts
        self.schema = _piece_schema(facts, tag)
        document.tags = frozenset(self.schema[1])
        answer = tag == contract.response_tag
        self.state = Run(
            reader=checker.options.reader,
            wanted=checker.patient(request) if answer else "",
            piecewise=True,
        )
        self.explainer = Explainer(document, facts)
        self.found: list[Finding] = []
        self.later: list[Finding] = []  # about what is no piece; the schema speaks first

    def run(self, file: Readable) -> Checked:
        events = etree.iterparse(
            file, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        kind = "request" if self.tag == self.contract.request_tag else "response"
        try:
            self._read(events)
        except OverflowError:
            return self.checker.unusable(self.checker.too_large(self.document.name, self.checker.options.max_bytes + 1))
        except etree.XMLSyntaxError as error:
            self.found.append(self.document.broken(error))
            return self.checker.done(self.document.name, self.found, self.contract, kind)
        message = envelope.opened(self.document)
        self.found = [*message.findings, *self.found]
        if message.child is None:
            return self.checker.done(self.document.name, message.findings, skipped=LAYERS[2:])
        self.found += self.checker.headers(self.document, message, message.child, self.contract)
        self.found += self._rest(message.child)
        self.found += besides(self.found, self.later)
        self.found += self.judge.meanings[self.tag].close(self.state)
        return self.checker.done(self.document.name, self.found[:MOST], self.contract, kind)

    def _read(self, events: Any) -> None:
        whole: etree._Element | None = None
        for event, element in events:
            if event == "start":
                if element.getparent() is None:
                    self.document.root = element
                if whole is None and element.tag == self.tag:
                    whole, self.document.above = element, element.getparent()
            elif whole is not None and element.getparent() is whole:
                self._before(whole, element)
        if whole is not None:
            self._end(whole)

    def _before(self, whole: etree._Element, element: etree._Element) -> None:
        """Judge the pieces before an element, and forget them. The parser may still add to the element itself."""
        if element.tag in self.document.tags:
            for piece in reversed(list(element.itersiblings(*self.document.tags, preceding=True))):
                self._piece(whole, piece)

    def _end(self, whole: etree._Element) -> None:
        """Judge the last piece, and by meaning what is none."""
        last = self._last(whole)
        place = whole.index(last) if last is not None else 0
        if last is not None:
            self._piece(whole, last)
        self.later = self._meaning(whole)
        if last is not None:
            whole.insert(place, last)  # it stands for all pieces when the rest is judged by the schema

    def _last(self, whole: etree._Element) -> etree._Element | None:
        return next(whole.iterchildren(*self.document.tags), None) if self.document.tags else None

    def _piece(self, whole: etree._Element, piece: etree._Element) -> None:
        """Judge one piece, taken out and put alone into an element like the whole message's."""
        self.document.count += 1
        alone = etree.Element(whole.tag, nsmap=whole.nsmap)
        alone.append(piece)
        if len(self.found) < MOST:
            self.found += self.explainer.breaches(self.schema[0], piece)
        self.found += self._meaning(alone)

    def _meaning(self, element: etree._Element) -> list[Finding]:
        found: list[Finding] = []
        room, rules_of = MOST - len(self.found), self.judge.piecewise
        if room > 0 and rules_of is not None and rules_of.fails(element):
            found += rules_of.judge(element, self.document, self.judge.facts)
        found += self.judge.meanings[self.tag].judge(element, self.document, self.state)
        return found[: max(0, room)]

    def _rest(self, child: etree._Element) -> Iterator[Finding]:
        """What the whole schema says about what is not a piece."""
        pieces = child.iterchildren(*self.document.tags) if self.document.tags else ()
        inside = {self.document.path(each)[0] for piece in pieces for each in piece.iter("*")}
        for finding in self.explainer.breaches(self.contract.schema, child):
            if finding.xpath not in inside:
                yield finding


class _Chained:
    """The head that was read already, and the rest."""

    def __init__(self, head: bytes, file: Readable) -> None:
        self._head, self._file = head, file

    def read(self, size: int = -1, /) -> bytes:
        """As a file."""
        if not self._head:
            return self._file.read(size)
        part, self._head = (self._head, b"") if size < 0 else (self._head[:size], self._head[size:])
        return part


def _piece_schema(facts: Facts, tag: str) -> tuple[etree.XMLSchema, list[str]]:
    """A schema with each piece as an element of its own, and the tags of the pieces."""
    root = facts.model.root(tag)
    pieces = [each for each in facts.model.children(root) if each.maximum is None and each.type_name]
    pieces = [each for each in pieces if ns.namespace(each.tag) == ns.namespace(tag)]
    xs = f"{{{ns.XS}}}"
    schema = etree.Element(xs + "schema", targetNamespace=ns.namespace(tag), elementFormDefault="qualified")
    etree.SubElement(schema, xs + "include", schemaLocation=facts.contract.xsd.as_uri())
    imported = {ns.namespace(each.type_name) for each in pieces} - {ns.namespace(tag), ns.XS}
    for space in sorted(imported):
        etree.SubElement(schema, xs + "import", namespace=space)
    for each in pieces:
        space, local = ns.namespace(each.type_name), ns.local(each.type_name)
        element = etree.SubElement(schema, xs + "element", nsmap={"t": space}, name=ns.local(each.tag))
        element.set("type", f"t:{local}")
    return etree.XMLSchema(schema), [each.tag for each in pieces]


def _peek(head: bytes) -> str:
    """The tag of the message's element; blank when it cannot be told.

    Raises:
        _Found: there is a DOCTYPE.
    """
    parser = expat.ParserCreate(None, "}")
    depth, found = 0, ""

    def begin(name: str, _attributes: object) -> None:
        nonlocal depth, found
        tag = f"{{{name}" if "}" in name else name
        bare = depth == 0 and tag not in envelope.ENVELOPES
        if not found and (bare or (depth == _BODY_DEPTH and inside == "Body")):
            found = tag
        elif depth == 1:
            part(ns.local(tag))
        depth += 1

    inside = ""

    def part(name: str) -> None:
        nonlocal inside
        inside = name

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_: object) -> None:
        raise _Found

    parser.StartElementHandler, parser.EndElementHandler, parser.StartDoctypeDeclHandler = begin, end, doctype
    try:
        parser.Parse(head, False)
    except (expat.ExpatError, LookupError, ValueError):
        return found
    return found
