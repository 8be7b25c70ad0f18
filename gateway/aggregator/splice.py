"""Where the records stand in an answer's bytes, when that can be told for sure without a tree.

Cutting is safe only when the bytes mean the same in their new place. In well-formed bytes without comments, CDATA
sections and processing instructions every ``<name>`` is a start tag and every ``</name>`` an end tag. When all start
tags of the records' name are written alike, and each but the first stands directly after an end tag, then the records
follow each other, none inside another and nothing between them. What stands before the first one, the opening, is the
same in most answers of a source and is read only once.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple
from xml.parsers import expat

from gateway.contracts.contract import Contract
from gateway.soap import ns

_UTF8 = frozenset((None, "UTF-8", "ASCII", "US-ASCII"))
_OTHERWISE = (b" ", b"\n", b"/", b"\t", b"\r")  # what may follow a start tag's name in place of ``>``
_TWO_ENDS = re.compile(rb"\s*</[^<>]+>\s*</[^<>]+>\s*")
_OPENINGS = 4096  # bytes; longer ones are not remembered
_LEVEL = 3  # elements that are open where records stand: Envelope, Body, and the response


@dataclass(frozen=True, slots=True)
class Cut:
    """A run of records.

    Attributes:
        start, end: byte offsets.
        count: how many records.
        prefixes: the namespaces in scope there, prefix and URI.
    """

    start: int
    end: int
    count: int
    prefixes: tuple[tuple[str, str], ...]


class Begin(NamedTuple):
    """The first record: its offset and name, the namespaces in scope, and the response's name."""

    at: int
    name: bytes
    prefixes: tuple[tuple[str, str], ...]
    response: bytes


class _Opening(NamedTuple):
    """What stands before the first record: the namespaces in scope, and the response's name as written."""

    prefixes: tuple[tuple[str, str], ...]
    response: bytes


class _Unfit(Exception):
    """The opening is written in a way that is left to a tree."""


def find(contract: Contract, data: bytes) -> Cut | None:
    """The records of an answer; None when there are none, or when only a tree can tell.

    Args:
        contract: whose response it is.
        data: well-formed, namespaces included; nothing else is taken for granted.
    """
    first = begin(contract, data)
    if first is None or not plain(data):
        return None
    start, name = first.at, first.name
    starting, ending = b"<%b" % name, b"</%b>" % name
    next_one = _next(name).match
    at, count = data.find(ending, start), 0
    end = -1
    while at >= 0:
        count, end = count + 1, at + len(ending)
        following = next_one(data, end)
        at = data.find(ending, following.end()) if following else -1
    record = ns.local(contract.record_tag).encode()
    if not count or not _all_alike(data, starting, count) or not _closed(data, end, record, first.response):
        return None
    return Cut(start, end, count, first.prefixes)


def begin(contract: Contract, data: bytes) -> Begin | None:
    """Where the first record begins; None when there is none, or when only a tree can tell.

    Args:
        contract: whose response it is.
        data: nothing is taken for granted.
    """
    first = _first(ns.local(contract.record_tag)).search(data)
    if first is None or not data.startswith(b"<"):
        return None
    start = first.start()
    read = _remembered if start <= _OPENINGS else _begin
    return read(data[:start], first[1], contract.response_tag, contract.record_tag)


def _begin(opening: bytes, name: bytes, response_tag: str, record_tag: str) -> Begin | None:
    found = _read(opening, response_tag)
    prefix = name.partition(b":")[0].decode("utf-8", "replace")
    if found is None or dict(found.prefixes).get(prefix) != ns.namespace(record_tag):
        return None
    return Begin(len(opening), name, found.prefixes, found.response)


def _all_alike(data: bytes, starting: bytes, count: int) -> bool:
    """Whether there are ``count`` start tags of the name, none of them with attributes or the like."""
    if data.count(starting) == count:
        return True  # and no longer name begins like it
    others = any(data.find(starting + other) >= 0 for other in _OTHERWISE)
    return not others and data.count(starting + b">") == count


def _closed(data: bytes, end: int, record: bytes, response: bytes) -> bool:
    """Whether no other record stands after ``end``, and nothing beside the response in Body."""
    closing = b"</%b>" % response
    at = data.find(closing, end)
    return (
        at >= 0
        and data.find(b":%b" % record, end) < 0
        and data.find(b"<%b" % record, end) < 0
        and data.find(b"<%b" % response, end) < 0
        and _TWO_ENDS.fullmatch(data, at + len(closing)) is not None
    )


def plain(data: bytes) -> bool:
    """Whether no comment, CDATA section, document type or processing instruction stands after the XML declaration.

    Looks for one character first: that is ten times as fast, and it seldom occurs.
    """
    start = data.find(b"?>") + 2 if data.startswith(b"<?xml") else 0
    return (b"!" not in data or b"<!" not in data) and (data.find(b"?", start) < 0 or data.find(b"<?", start) < 0)


@cache
def _first(record: str) -> re.Pattern[bytes]:
    """A record's start tag with a prefix and nothing else; its name."""
    return re.compile(rb"<([^\s<>/:=\"']+:%b)>" % re.escape(record.encode()))


@lru_cache(maxsize=1024)
def _next(name: bytes) -> re.Pattern[bytes]:
    """The start tag of the next record, directly after the end of one."""
    return re.compile(rb"\s*<%b>" % re.escape(name))


def _read(opening: bytes, response_tag: str) -> _Opening | None:
    """Read an opening, None when it is written in a way that is left to a tree."""
    scopes: list[tuple[str, str]] = []
    names: list[str] = []
    bodies = 0

    def begin(name: str, _attributes: object) -> None:
        nonlocal bodies
        if len(names) == 1 and name.startswith(_BODIES):
            bodies += 1
        if bodies > 1 or (bodies and len(names) >= _LEVEL):  # another Body, or something before the first record
            raise _Unfit
        names.append(name)

    def declared(prefix: str | None, uri: str | None) -> None:
        scopes.append((prefix or "", uri or ""))

    def encoded(_version: str, encoding: str | None, _standalone: int) -> None:
        if (encoding and encoding.upper()) not in _UTF8:
            raise _Unfit

    def ended(_name: str) -> None:
        if bodies:  # nothing is complete yet that counts
            raise _Unfit
        names.pop()

    def undeclared(_prefix: str | None) -> None:
        scopes.pop()

    parser = expat.ParserCreate(None, " ")
    parser.namespace_prefixes = True
    parser.StartElementHandler, parser.EndElementHandler = begin, ended
    parser.StartNamespaceDeclHandler, parser.EndNamespaceDeclHandler = declared, undeclared
    parser.XmlDeclHandler = encoded
    try:
        parser.Parse(opening, False)
    except (_Unfit, expat.ExpatError):
        return None
    prefixes, uri = dict(scopes), ns.namespace(response_tag)
    if len(names) != _LEVEL or "" in prefixes or not names[0].startswith(_ENVELOPES.get(names[1].split(" ")[0], "-")):
        return None
    local, space, prefix = names[-1].removeprefix(f"{uri} ").partition(" ")
    if not bodies or not space or f"{{{uri}}}{local}" != response_tag:
        return None
    return _Opening(tuple(prefixes.items()), f"{prefix}:{local}".encode())


_BODIES = tuple(f"{uri} Body " for uri in (ns.SOAP11, ns.SOAP12))
_ENVELOPES = {uri: f"{uri} Envelope " for uri in (ns.SOAP11, ns.SOAP12)}
_remembered = lru_cache(maxsize=1024)(_begin)
