"""Ask as a consumer: write the question, send it, read the answer."""

import http.client
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.router.call import CORRELATION_ID, EXPLAIN, INSTANCE_ID, ORIGINAL_CONSUMER, SENDER_ID, new_id
from gateway.soap import fault, ns, xml

PERSONNUMMER = "1.2.752.129.2.1.3.1"
SAMORDNINGSNUMMER = "1.2.752.129.2.1.3.3"
NATIONAL_RESERVE = "1.2.752.74.9.1"
STOCKHOLM_RESERVE = "1.2.752.97.3.1.3"
_STOCKHOLM = "99"  # in place of a century
_DAY = slice(6, 8)
_COORDINATION = 60  # is added to the day of birth
_TYPE_SIBLING = {"extension": "root", "id": "type"}


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One row of the ProcessingStatus header."""

    source: str
    status: str
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        seconds: from question to the last byte of the answer.
        envelope: the answer's tree.
        response: Body's child; a Fault element when the question was refused.
        statuses: the ProcessingStatus rows, empty when a source was asked directly.
    """

    seconds: float
    envelope: etree._Element
    response: etree._Element
    statuses: tuple[SourceStatus, ...]

    @property
    def refused(self) -> tuple[str, str] | None:
        """faultcode and faultstring when the answer is a fault."""
        return fault.read(self.response) if xml.is_fault(self.response) else None

    @property
    def explanation(self) -> dict[str, Any] | None:
        """How the answer came about, when that was asked for and told (``gateway.aggregator.explanation``)."""
        told = self.envelope.findtext(f"*/{{{ns.GATEWAY}}}explanation")
        return json.loads(told) if told else None


def id_type(person: str) -> str:
    """The OID of the kind of person id (domain facts: RIV-TA code systems).

    Args:
        person: 12 characters without separator.
    """
    if person.startswith(_STOCKHOLM):
        return STOCKHOLM_RESERVE
    if not person.isdigit():
        return NATIONAL_RESERVE
    return SAMORDNINGSNUMMER if int(person[_DAY] or "0") >= _COORDINATION else PERSONNUMMER


def question(contract: Contract, person: str, logical_address: str) -> bytes:
    """A request of the contract about a person and nothing else, UTF-8."""
    envelope = etree.Element(ns.clark(ns.SOAP11, "Envelope"), nsmap={"soapenv": ns.SOAP11, "itr": ns.REGISTRY})
    header = etree.SubElement(envelope, ns.clark(ns.SOAP11, "Header"))
    etree.SubElement(header, ns.clark(ns.REGISTRY, "LogicalAddress")).text = logical_address
    body = etree.SubElement(envelope, ns.clark(ns.SOAP11, "Body"))
    request = etree.SubElement(body, contract.request_tag, nsmap={"req": ns.namespace(contract.request_tag)})
    *parents, leaf = contract.patient.replace("/{", "\n{").split("\n")
    holder = request
    for tag in parents:
        holder = etree.SubElement(holder, tag, nsmap={"core": ns.namespace(leaf)})
    kind = ns.clark(ns.namespace(leaf), _TYPE_SIBLING[ns.local(leaf)])
    for tag, value in sorted(((kind, id_type(person)), (leaf, person)), key=_schema_order):
        etree.SubElement(holder, tag).text = value
    return etree.tostring(envelope, encoding="utf-8", xml_declaration=True, pretty_print=True).rstrip()


def _schema_order(item: tuple[str, str]) -> int:
    """IIType is root, extension; PersonIdType is id, type."""
    return ("root", "extension", "id", "type").index(ns.local(item[0]))


def ask(
    url: str,
    contract: Contract,
    person: str,
    *,
    sender: str,
    instance_id: str,
    logical_address: str,
    timeout: float = 60.0,
    explain: bool = False,
) -> Reply:
    """Ask the gateway at ``url``.

    Args:
        url: the gateway's address, ``http://host:port/…``.
        contract: which question.
        person: about whom, 12 characters.
        sender: HSA-id of the consumer.
        instance_id: the platform's id that makes it believe the sender.
        logical_address: whom to ask; the national aggregating service asks everyone.
        timeout: seconds.
        explain: ask for an account of how the answer came about too.

    Raises:
        OSError: no contact with a gateway.
        MessageError: what came back is not SOAP.
    """
    parts = urlsplit(url)
    responder = contract.descriptor.responder
    headers = {
        "Content-Type": "text/xml; charset=UTF-8",
        "SOAPAction": f'"{responder}:{contract.descriptor.name}"',
        SENDER_ID.decode(): sender,
        INSTANCE_ID.decode(): instance_id,
        ORIGINAL_CONSUMER.decode(): sender,
        CORRELATION_ID.decode(): new_id(),
    }
    if explain:
        headers[EXPLAIN.decode()] = "true"
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=timeout)
    started = time.perf_counter()
    try:
        connection.request("POST", parts.path or "/", question(contract, person, logical_address), headers)
        data = connection.getresponse().read()
    except http.client.HTTPException as error:
        raise OSError(f"what answers there is not HTTP: {error!r}") from None
    finally:
        connection.close()
    seconds = time.perf_counter() - started
    envelope = xml.parse(data)
    return Reply(seconds, envelope, xml.body_child(envelope), tuple(_statuses(envelope)))


def _statuses(envelope: etree._Element) -> list[SourceStatus]:
    space = f"{{{ns.INTEROPERABILITY}}}"
    return [
        SourceStatus(
            row.findtext(f"{space}logicalAddress", ""),
            row.findtext(f"{space}statusCode", ""),
            row.findtext(f"{space}lastUnsuccessfulSynchError/{space}code", ""),
            row.findtext(f"{space}lastUnsuccessfulSynchError/{space}text", ""),
        )
        for row in envelope.iter(f"{space}ProcessingStatusList")
    ]
