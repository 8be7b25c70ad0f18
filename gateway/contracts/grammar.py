"""What the schema allows in one record, as a regular expression over the record's bytes.

The expression is narrower than the schema: what matches is surely well-formed and valid, and costs a sixth of what
libxml2 takes; about anything else it says nothing, and libxml2 has to judge. It knows records as nearly all programs
write them: no attributes, no comments, one prefix for each namespace. That a greedy expression suffices is due to XSD's
rule that an element's place must be clear without looking ahead (Unique Particle Attribution).
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from lxml import etree

from gateway.contracts import closure
from gateway.contracts.contract import Contract
from gateway.contracts.lexical import NEVER, PLAIN, REFERRING, Lexical
from gateway.contracts.particles import XS, Particles, occurs
from gateway.contracts.schemaset import SchemaSet
from gateway.soap import ns

PERSON, IDENTITY = "person", "identity"
_DEEPEST = 32  # types that derive from each other
_MOST = 4_000  # elements in an expression; larger ones take too long to compile
_BLANK = rb"\s*+"
_TIMES: dict[tuple[int, int | None], bytes] = {(0, None): b"*", (1, None): b"+"}
_UNIQUE = (XS + "unique", XS + "key", XS + "keyref")


class Grammar:
    """A contract's records."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        files = closure.files(contract.xsd)
        top = Path(os.path.commonpath([path.parent for path in files]))
        documents = SchemaSet({path.relative_to(top).as_posix(): data for path, data in files.items()})
        self._particles = Particles(documents.view(contract.xsd.resolve().relative_to(top).as_posix()))
        related = any(next(each.root.iter(*_UNIQUE), None) is not None for each in documents.documents.values())
        self._record = None if related else self._first_in_response()

    def record(self, prefixes: Mapping[str, str], *, spaced: bool, references: bool) -> re.Pattern[bytes] | None:
        """The expression for a record with the white space before it, None when this schema is not for expressions.

        Its groups ``person`` and ``identity`` are the texts that stand where the descriptor says.

        Args:
            prefixes: of the namespaces that are written.
            spaced: whether white space may stand between tags.
            references: whether characters may be written as ``&amp;`` and the like.
        """
        if self._record is None:
            return None
        writer = _Writer(self._contract, self._particles, prefixes, spaced=spaced, references=references)
        try:
            return re.compile(rb"\s*+" + writer.element(self._record, ""))
        except (_UnfitError, re.error, RecursionError):
            return None

    def _first_in_response(self) -> etree._Element | None:
        """The record's declaration, when any number of records may stand first in the response."""
        response = self._particles.root(self._contract.response_tag)
        kind = self._particles.type_of(response.node) if response is not None else None
        groups = self._particles.content(kind) if kind is not None else []
        group = groups[0] if groups else None
        if group is None or group.tag != XS + "sequence" or occurs(group) != (1, 1):
            return None
        first = next((each for each in group.iterchildren(XS + "*") if each.tag != XS + "annotation"), None)
        if first is None or first.tag != XS + "element" or occurs(first) != (0, None):
            return None
        declared = self._particles.declared(first)
        return declared if self._particles.tag(declared) == self._contract.record_tag else None


class _UnfitError(Exception):
    """There can be no expression."""


class _Writer:
    """Writes an expression."""

    def __init__(
        self,
        contract: Contract,
        particles: Particles,
        prefixes: Mapping[str, str],
        *,
        spaced: bool,
        references: bool,
    ) -> None:
        self._particles, self._prefixes = particles, prefixes
        self._blank = _BLANK if spaced else b""
        self._any = Lexical(particles, REFERRING if references else PLAIN)
        self._plain = Lexical(particles, rb"[^<&]*+")
        start = f"/{contract.record_tag}"
        wanted = {PERSON: contract.record["patient"], IDENTITY: contract.record["id"]}
        self._groups = {f"{start}/{path}": name for name, path in wanted.items() if path}
        self._number = 0

    def element(self, declared: etree._Element, path: str, above: tuple[etree._Element, ...] = ()) -> bytes:
        """A declared element; ``path`` and ``above`` are what it stands in: tags, types."""
        self._number += 1
        if self._number > _MOST:
            raise _UnfitError
        tag = self._particles.tag(declared)
        name, path = self._written(tag), f"{path}/{tag}"
        if not name or declared.get("abstract") == "true":
            return NEVER
        kind = self._particles.type_of(declared)
        if self._particles.is_simple(declared):
            content = self._text(declared, kind, path)
        elif kind is None or kind in above or not self._without_attributes(kind):
            return NEVER
        else:
            parts = self._particles.content(kind)
            inner = [self._particle(each, path, (*above, kind)) for each in parts]
            content = self._blank + b"".join(inner)
            if all(map(self._empty, parts)):
                return b"<%b(?:>%b</%b>|/>)" % (name, content, name)
        return b"<%b>%b</%b>" % (name, content, name)

    def _without_attributes(self, kind: etree._Element) -> bool:
        """Whether a type, with all that it derives from, can do without attributes."""
        waiting: etree._Element | None = kind
        for _ in range(_DEEPEST):
            if waiting is None:
                return True
            derived = self._particles.derivation(waiting)
            for holder in (waiting, waiting if derived is None else derived):
                if holder.get("abstract") == "true" and holder is kind:
                    return False
                for each in holder.iterchildren(XS + "attribute", XS + "attributeGroup"):
                    if each.tag == XS + "attributeGroup" or each.get("use") == "required":
                        return False
            waiting = None if derived is None else self._particles.type_of(derived, "base")
        return False

    def _empty(self, node: etree._Element) -> bool:
        """Whether a particle may be left out."""
        if occurs(node)[0] == 0:
            return True
        parts = map(self._empty, _particles(self._particles.group(node)))
        return (all(parts) and node.tag == XS + "sequence") or (any(parts) and node.tag == XS + "choice")

    def _written(self, tag: str) -> bytes:
        space = ns.namespace(tag)
        if not space:
            return re.escape(tag.encode())
        prefix = self._prefixes.get(space)
        return re.escape(f"{prefix}:{ns.local(tag)}".encode()) if prefix else b""

    def _text(self, declared: etree._Element, kind: etree._Element | None, path: str) -> bytes:
        if kind is not None and not self._without_attributes(kind):
            return NEVER
        group = self._groups.get(path)
        return self._any.of(declared) if group is None else b"(?P<%b>%b)" % (group.encode(), self._plain.of(declared))

    def _particle(self, node: etree._Element, path: str, above: tuple[etree._Element, ...]) -> bytes:
        least, most = occurs(node)
        node = self._particles.group(node)
        if most == 0 or (least == 0 and node.tag == XS + "any"):
            return b""
        if node.tag == XS + "element":
            declared = self._particles.declared(node)
            found = self.element(declared, path, above) + self._blank
        elif node.tag in (XS + "sequence", XS + "choice"):
            parts = [self._particle(each, path, above) for each in _particles(node)]
            found = b"".join(parts) if node.tag == XS + "sequence" else b"(?:%b)" % b"|".join(parts)
        else:
            found = NEVER
        if most != 1 and b"(?P<" in found:
            raise _UnfitError  # of several, the group would be the last
        return _repeated(found, least, most)


def _repeated(found: bytes, least: int, most: int | None) -> bytes:
    if (least, most) == (1, 1):
        return found
    if (least, most) == (0, 1):
        return b"(?:%b|)" % found  # a branch is cheaper than a repetition
    times = _TIMES.get((least, most)) or b"{%d,%b}" % (least, b"" if most is None else b"%d" % most)
    return b"(?:%b)%b" % (found, times)


def _particles(group: etree._Element) -> Iterable[etree._Element]:
    return (each for each in group.iterchildren(XS + "*") if each.tag != XS + "annotation")
