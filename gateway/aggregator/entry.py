"""The aggregating service's own entry: a path for each contract, for who does not come by the router (national AgP).

There the logical address in the message does not matter. What the router states of its caller must be stated in HTTP
headers, and is believed: whoever may call the plain listener speaks for a router here.
"""

from collections.abc import Awaitable, Iterable
from dataclasses import replace
from functools import partial

from lxml import etree

from gateway.aggregator.refusals import headers_missing, unknown_part
from gateway.contracts.contract import Contract
from gateway.message import Answer, Request
from gateway.router.call import CORRELATION_ID, INSTANCE_ID, ORIGINAL_CONSUMER, SENDER_ID, Call
from gateway.router.refusal import Refusal
from gateway.router.router import Router
from gateway.soap import ns, xml
from gateway.soap.head import MessageError, scan

_MANDATORY = (SENDER_ID, ORIGINAL_CONSUMER, CORRELATION_ID)
_PLAIN = "http"
_ADDRESSES = (ns.clark(ns.REGISTRY, "LogicalAddress"), ns.clark(ns.REGISTRY2, "LogicalAddress"), ns.clark(ns.WSA, "To"))


class OwnEntry:
    """Answers questions at the service's own paths.

    Attributes:
        documents: where each path's WSDL file is in the library: paths below ``/``, lower case.
    """

    def __init__(self, contracts: Iterable[Contract], router: Router) -> None:
        """``contracts``: those that are aggregated. Contracts of the same name in two domains share a path."""
        self._router = router
        self._expected: dict[bytes, list[str]] = {}
        self.documents: dict[str, str] = {}
        for contract in contracts:
            descriptor = contract.descriptor
            self._expected.setdefault(descriptor.entry.encode(), []).append(contract.request_tag)
            named = descriptor.responder.replace("Responder", "").removeprefix("urn:").removeprefix("riv:")
            place = f"vp/{named}:{ns.BP21}".replace(":", "/").lower()
            self.documents.setdefault(descriptor.entry.lower().lstrip("/"), place)

    def __call__(self, request: Request) -> Awaitable[Answer] | None:
        """The answer to a message at one of the paths; None for everything else.

        Not over TLS: there the certificate says who calls, and headers say nothing.
        """
        expected = self._expected.get(request.target)
        if expected is None or request.scheme != _PLAIN:
            return None
        return self._router.handle(request, partial(self._admit, expected))

    def has(self, target: bytes) -> bool:
        """Whether a target, with or without a query, is one of the paths."""
        return target.partition(b"?")[0] in self._expected

    def _admit(self, expected: list[str], call: Call) -> None:
        """Take who calls from the headers.

        Raises:
            ServiceRefusal: Body holds something else than the path's contract, or a header is missing; a blank one is
                there nationally, in strict mode it is not.
        """
        head, request, settings = call.head, call.request, self._router.settings
        assert head is not None
        tag = ns.clark(head.contract, head.operation) if head.contract else head.operation
        if tag not in expected:
            raise unknown_part(tag, " / ".join(expected))
        values, national = request.values, settings.mode == "national"
        missing = [name.decode() for name in _MANDATORY if not (name in values if national else values.get(name))]
        if missing:
            raise headers_missing(missing, settings.aggregate_address)
        call.sender, call.original_consumer = request.header(SENDER_ID), request.header(ORIGINAL_CONSUMER)
        call.internal = request.header(INSTANCE_ID) == settings.instance_id
        call.address = "aggregate:"
        if head.address_span is None:
            call.body, span = _with_address(call.body)
            call.head = replace(head, address_span=span)


def _with_address(message: bytes) -> tuple[bytes, tuple[int, int] | None]:
    """The message with a place for the address that each source gets, and where that is.

    Raises:
        Refusal: VP015, it is not well-formed, which nationally nobody has found out yet.
    """
    try:
        envelope = xml.parse(message)
    except MessageError as error:
        raise Refusal("VP015", why=str(error)) from None
    soap = ns.namespace(str(envelope.tag))
    header = envelope.find(ns.clark(soap, "Header"))
    if header is None:
        header = etree.Element(ns.clark(soap, "Header"))
        envelope.insert(0, header)
    for blank in list(header.iterchildren(*_ADDRESSES)):
        header.remove(blank)
    etree.SubElement(header, _ADDRESSES[0]).text = "-"
    written = etree.tostring(envelope, encoding="utf-8")
    return written, scan(written).address_span
