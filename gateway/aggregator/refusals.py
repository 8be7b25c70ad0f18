"""What the aggregating service refuses, in the words of the national one (AgP, request flow).

Its faults are a service's, without VP code in the text; the code beside it is for programs.
"""

from collections.abc import Sequence

from gateway import texts
from gateway.router.refusal import ServiceRefusal
from gateway.soap.fault import CLIENT, SERVER, VERSION

_UNIDENTIFIED, _UNREADABLE = "VP002", "VP015"


def headers_missing(names: Sequence[str], address: str) -> ServiceRefusal:
    """The service's own entry was called without HTTP headers that a router sets; ``address`` is where a router is."""
    entry = texts.entry("aggregator", "header")
    text = "".join(f"{entry['text'].format(name=name)}\n" for name in names)
    hints = texts.both_fields(entry, names=", ".join(names), address=address)
    return ServiceRefusal(_UNIDENTIFIED, text, hints, SERVER)


def unknown_part(tag: str, expected: str) -> ServiceRefusal:
    """Body holds another element than the contract's request; both ``{namespace}local``."""
    entry = texts.entry("aggregator", "part")
    values = {"tag": tag, "expected": expected}
    return ServiceRefusal(_UNREADABLE, entry["text"].format(**values), texts.both_fields(entry, **values), CLIENT)


def wrong_version() -> ServiceRefusal:
    """A question in SOAP 1.2, as the service's own SOAP stack (Apache CXF) refuses it."""
    entry = texts.entry("aggregator", "soap12")
    return ServiceRefusal(_UNREADABLE, entry["text"], texts.both_fields(entry), VERSION)


def refused_element(path: str, text: str) -> ServiceRefusal:
    """An element that makes no sense in an aggregated question; ``text`` is the descriptor's."""
    return ServiceRefusal(_UNREADABLE, text, texts.both("aggregator", "element", path=path), SERVER)
