"""Whether two sets of schemas say the same: comments, prefixes' order and file locations do not matter."""

import hashlib
from collections.abc import Iterable
from copy import deepcopy

from lxml import etree

from gateway.contracts.schemaset import Document
from gateway.soap import ns

_LOCATIONS = ("schemaLocation", "location")
_SERVED = ns.clark(ns.XS, "annotation")


def content(files: Iterable[tuple[str, bytes]]) -> str:
    """SHA-256 over file names and contents, hexadecimal; the order does not matter."""
    whole = hashlib.sha256()
    for path, data in sorted(files):
        whole.update(f"{path}\0{len(data)}\0".encode())
        whole.update(data)
    return whole.hexdigest()


def meaning(documents: Iterable[Document]) -> str:
    """SHA-256 over what documents say, hexadecimal: their canonical form without comments, texts, locations."""
    forms = sorted({_canonical(document) for document in documents})
    return hashlib.sha256(b"\0".join(forms)).hexdigest()


def _canonical(document: Document) -> bytes:
    root = deepcopy(document.root)
    for node in list(root.iter(_SERVED, ns.clark(ns.WSDL, "documentation"))):
        parent = node.getparent()
        if parent is not None:
            parent.remove(node)
    for node in root.iter("*"):
        for name in _LOCATIONS:
            node.attrib.pop(name, None)
        node.text = (node.text or "").strip() or None
        node.tail = None
    form: bytes = etree.tostring(root, method="c14n", with_comments=False)
    return form
