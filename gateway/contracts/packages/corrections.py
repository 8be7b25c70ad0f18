"""What is put right in a package's documents when it is taken in, and told, since nobody could use them otherwise."""

import posixpath
import re
from collections.abc import Callable, Iterator

from lxml import etree

from gateway.contracts.particles import XS
from gateway.contracts.schemaset import Document, SchemaSet, qualified
from gateway.soap import ns
from gateway.soap.xml import parse

_ATTRIBUTE = re.compile(rb"""(\b(?:schemaLocation|location)\s*=\s*)("[^"]*"|'[^']*')""")
_REFERENCE = re.compile(rb"""\bref\s*=""")
_ANY = f"{XS}any"
_ANCHORED = re.compile(rb"""(<(?:[\w.-]+:)?pattern\s[^>]*?\bvalue\s*=\s*["'])\^([^"'<>|]*)\$(["'])""")


def corrected(documents: SchemaSet) -> dict[str, bytes]:
    """All files, as every reader understands them alike.

    * Where a location was found only by overlooking case, ``\\`` or escapes, it says now what was meant.
    * ``^`` and ``$`` around a pattern go: several national schemas have them, meaning begin and end as in .NET; by XML
      Schema they are letters, and no person id would be valid.
    * An optional element of a minor version (``ref`` into an ``_ext`` schema) right ahead of ``xs:any ##other`` goes
      from the list, where Service Schema 2.1 #9 wants it: XML Schema forbids that, because the wildcard allows the
      element already ("unique particle attribution"). It stays allowed, and is still judged by its declaration.
    """
    files = dict(documents.files)
    for path, document in documents.documents.items():
        if not document.is_wsdl:
            files[path] = _ANCHORED.sub(rb"\1\2\3", files[path])
            files[path] = _without_doubles(files[path])
        inexact = {link.written: link.target for link in document.links if link.target and not link.exact}
        if inexact:
            files[path] = rewritten(document, files[path], lambda written, into=inexact, at=path: (  # type: ignore[misc]
                posixpath.relpath(into[written], posixpath.dirname(at) or ".") if written in into else written
            ))  # fmt: skip
    return files


def rewritten(document: Document, data: bytes, place: Callable[[str], str]) -> bytes:
    """A document's bytes with other locations; all else stays as it is.

    Args:
        place: from a location as the parser reads it, to the one that is to stand there.
    """
    encoding = document.root.getroottree().docinfo.encoding or "UTF-8"
    known = {link.written for link in document.links}

    def replaced(match: "re.Match[bytes]") -> bytes:
        quote, written = match[2][:1], match[2][1:-1].decode(encoding)
        plain = written.replace("&amp;", "&")
        if plain not in known:
            return match[0]  # the address of the service, or white space that the parser makes one
        return match[1] + quote + place(plain).replace("&", "&amp;").encode(encoding) + quote

    return _ATTRIBUTE.sub(replaced, data)


def _without_doubles(data: bytes) -> bytes:
    """A schema without optional elements of other namespaces that the wildcard after them allows too."""
    if b"##other" not in data or not _REFERENCE.search(data):
        return data
    root = parse(data)
    doubles = [each for wildcard in root.iter(_ANY) if _is_open(wildcard) for each in _ahead(wildcard, root)]
    for node in doubles:
        comment = etree.Comment(f" {node.get('ref')}: see xs:any ")
        comment.tail = node.tail
        parent = node.getparent()
        if parent is not None:
            parent.replace(node, comment)
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True) if doubles else data


def _is_open(wildcard: etree._Element) -> bool:
    allows = wildcard.get("namespace") == "##other" and wildcard.get("maxOccurs") == "unbounded"
    return allows and wildcard.get("processContents") in ("lax", "skip")


def _ahead(wildcard: etree._Element, root: etree._Element) -> Iterator[etree._Element]:
    """The optional elements of other namespaces that stand right ahead of a wildcard."""
    for node in wildcard.itersiblings(f"{XS}*", preceding=True):
        foreign = ns.namespace(qualified(node, node.get("ref", ""))) != root.get("targetNamespace", "")
        if node.tag != f"{XS}element" or not node.get("ref") or not foreign or node.get("minOccurs") != "0":
            return
        yield node
