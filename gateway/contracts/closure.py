"""A schema file with all that it imports and includes, as files."""

from pathlib import Path

from lxml import etree

from gateway.soap import ns, xml

_LINKS = [ns.clark(ns.XS, name) for name in ("import", "include", "redefine")]


def files(xsd: Path) -> dict[Path, bytes]:
    """The contents by absolute path, the schema itself first.

    Args:
        xsd: a file that has been compiled, so that all its links lead somewhere.
    """
    waiting, found = [xsd.resolve()], dict[Path, bytes]()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = path.read_bytes()
            root = etree.fromstring(found[path], xml.parser())
            places = (link.get("schemaLocation") for link in root.iter(*_LINKS))
            waiting += ((path.parent / place).resolve() for place in places if place)
    return found
