"""One message as a document: parsed safely, and able to tell where each of its elements stands."""

import re
from functools import cached_property
from typing import Any
from xml.parsers import expat

from lxml import etree

from gateway.findings import rules
from gateway.findings.finding import Finding
from gateway.observe.mask import mask
from gateway.soap import ns, xml

_EXCERPT = 200  # characters of a long line, about its column
_LIMIT = re.compile(r"huge|[Ee]xcessive depth|too long|[Mm]aximum|limit", re.ASCII)
_DOCTYPE, _DOCTYPE_16 = b"<!DOCTYPE", b"!\0D\0O\0C\0T\0Y\0P\0E"  # the latter is in both orders of UTF-16
_PLAIN = re.compile(rb"<\?xml [^>]*encoding=[\"'](?:UTF-8|utf-8)[\"']|<[^?]")  # UTF-8 at a glance
_WHERE = re.compile(r", line (\d+), column (\d+).*", re.DOTALL)
_ENCODINGS = ("UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "US-ASCII", "ASCII")
_PREFIXES = {
    ns.SOAP11: "soapenv",
    ns.SOAP12: "soapenv",
    ns.REGISTRY: "itr",
    ns.WSA: "wsa",
    ns.INTEROPERABILITY: "interop",
}


class Unusable(Exception):
    """The message cannot be read; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(finding.message.en)


class _Doctype(Exception):
    """Stops the parser."""


class Document:
    """A parsed message.

    Attributes:
        name: as ``Finding.file``.
        data: its bytes.
        root: its root element.
    """

    def __init__(self, name: str, data: bytes) -> None:
        """Parse without DTD, entities or network.

        Raises:
            Unusable: not well-formed, with a DOCTYPE, or beyond the reader's limits.
        """
        self.name, self.data = name, data
        if (_DOCTYPE in data or _DOCTYPE_16 in data) and _has_doctype(data):
            raise Unusable(_message("RIVTA-IN-001").finding(file=name, line=1))
        try:
            self.root: etree._Element = etree.fromstring(data, xml.parser())
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unusable(self.broken(error)) from None

    def place(self, element: etree._Element) -> dict[str, Any]:
        """The fields of a finding that tell where an element stands."""
        line, column = self._position(element)
        path, namespaces = self.path(element)
        return {
            "file": self.name,
            "line": line,
            "column": column,
            "xpath": path,
            "namespaces": namespaces,
            "excerpt": self.excerpt(line, column),
        }

    def path(self, element: etree._Element) -> tuple[str, dict[str, str]]:
        """A readable XPath to an element, and the prefixes in it. Positions stand only where siblings share a name."""
        steps: list[str] = []
        namespaces: dict[str, str] = {}
        at: etree._Element | None = element
        while at is not None:
            tag = str(at.tag)
            space = ns.namespace(tag)
            prefix = self._prefix(at, space)
            if prefix:
                namespaces[prefix] = space
            name = f"{prefix}:{ns.local(tag)}" if prefix else ns.local(tag)
            steps.append(name + self._index(at))
            at = at.getparent()
        return "/" + "/".join(reversed(steps)), dict(sorted(namespaces.items()))

    def name_of(self, element: etree._Element) -> str:
        """An element's name with its prefix."""
        prefix = self._prefix(element, ns.namespace(str(element.tag)))
        local = ns.local(str(element.tag))
        return f"{prefix}:{local}" if prefix else local

    def excerpt(self, line: int, column: int) -> str:
        """A line of the source, person ids masked; of a long one what stands about the column."""
        if not 0 < line <= len(self._lines):
            return ""
        text = self._lines[line - 1].decode(self._codec, "replace").rstrip("\r\n")
        if len(text) > _EXCERPT:
            start = max(0, column - 1)
            text = text[start : start + _EXCERPT]
        return mask(text)

    @cached_property
    def _aliases(self) -> dict[str, str]:
        """Prefixes made up for namespaces that have none, by namespace."""
        return {}

    def _prefix(self, element: etree._Element, space: str) -> str:
        if element.prefix or not space:
            return element.prefix or ""
        if space not in self._aliases:
            used = {*element.nsmap, *self._aliases.values()}
            wanted = _PREFIXES.get(space, "d")
            name, number = wanted, 1
            while name in used:
                number += 1
                name = f"{wanted}{number}"
            self._aliases[space] = name
        return self._aliases[space]

    def _index(self, element: etree._Element) -> str:
        """``[n]`` where siblings share an element's name."""
        tag = str(element.tag)
        before = len(list(element.itersiblings(tag, preceding=True)))
        if before or next(element.itersiblings(tag), None) is not None:
            return f"[{before + 1}]"
        return ""

    def _position(self, element: etree._Element) -> tuple[int, int]:
        number = self._order.get(element)
        if number is not None and number < len(self._positions):
            return self._positions[number]
        return element.sourceline or 0, 0

    @cached_property
    def _order(self) -> dict[etree._Element, int]:
        return {element: number for number, element in enumerate(self.root.iter("*"))}

    @cached_property
    def _positions(self) -> list[tuple[int, int]]:
        """Line and column of every start tag in document order; none when expat cannot read the encoding."""
        found: list[tuple[int, int]] = []
        parser = expat.ParserCreate()

        def begin(_name: str, _attributes: object) -> None:
            found.append((parser.CurrentLineNumber, parser.CurrentColumnNumber + 1))

        parser.StartElementHandler = begin
        try:
            parser.Parse(self.data, True)
        except (expat.ExpatError, LookupError, ValueError):
            return []
        return found

    @cached_property
    def _lines(self) -> list[bytes]:
        if self._codec.startswith("utf-16"):
            return [line.encode(self._codec) for line in self.data.decode("utf-16", "replace").splitlines()]
        return self.data.splitlines()

    @cached_property
    def _codec(self) -> str:
        encoding = (xml.docinfo(self.root).encoding or "UTF-8").lower() if hasattr(self, "root") else "utf-8"
        return "utf-16-le" if encoding.startswith("utf-16") else encoding

    def encoding(self) -> str:
        """Its encoding when that is not one of those that RIV-TA allows, else blank."""
        if _PLAIN.match(self.data):
            return ""
        found = (xml.docinfo(self.root).encoding or "UTF-8").upper()
        return "" if found in _ENCODINGS else found

    def broken(self, error: Exception) -> Finding:
        """The finding for a message that a parser gave up."""
        where = _WHERE.search(str(error))
        line, column = (int(where[1]), int(where[2])) if where else (0, 0)
        why = mask(_WHERE.sub("", str(error)))
        rule = "RIVTA-IN-002" if _LIMIT.search(why) else "RIVTA-XML-001"
        return _message(rule).finding(
            {"why": why}, file=self.name, line=line, column=column, excerpt=self.excerpt(line, column), key="broken"
        )


def _message(rule: str) -> rules.Rule:
    return rules.area("message")[rule]


def _has_doctype(data: bytes) -> bool:
    """Whether it really is a declaration, not text in a comment or CDATA."""
    parser = expat.ParserCreate()

    def stop(*_: object) -> None:
        raise _Doctype

    parser.StartDoctypeDeclHandler = stop
    try:
        parser.Parse(data, True)
    except _Doctype:
        return True
    except (expat.ExpatError, LookupError, ValueError):
        return True  # it cannot be told, so it is not let in
    return False
