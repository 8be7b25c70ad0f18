"""Faults: in SOAP 1.1 the way the national platform writes them, in SOAP 1.2 for those who ask in it."""

import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from lxml import etree

from gateway.soap import ns

CLIENT, SERVER, VERSION = "Client", "Server", "VersionMismatch"
XML, SOAP12_XML = b"text/xml; charset=UTF-8", b"application/soap+xml; charset=UTF-8"
ROUTER, SERVICE = "SOAP-ENV", "soap"  # prefixes, by which consumers tell the national platform's parts apart
_ROLES = {CLIENT: "Sender", SERVER: "Receiver", VERSION: "VersionMismatch"}
_STATUSES = {CLIENT: 400, SERVER: 500, VERSION: 500}  # SOAP 1.2 Part 2, table 20
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Fault:
    """A refusal.

    Attributes:
        code: stable code, ``VP004`` and the like.
        side: ``Client`` or ``Server``, who has to act; ``VersionMismatch`` for the wrong SOAP.
        text: faultstring, Swedish, starts with the code.
        detail: ``detailString``, English.
        hints: what to do, by language (``sv``, ``en``).
        correlation_id: the call's id, for the support desk.
        prefix: ``ROUTER``, or ``SERVICE`` for a service behind the router, whose faults have no ``detailString``.
    """

    code: str
    side: str
    text: str
    detail: str
    hints: dict[str, str] = field(default_factory=dict)
    correlation_id: str = ""
    prefix: str = ROUTER


def render(fault: Fault, *, national: bool = False) -> bytes:
    """The fault as a message, UTF-8, one line, without XML declaration.

    ``national`` leaves out what the national platform does not send: hints and correlation id.
    """
    more = "" if national else _more(fault)
    if fault.prefix != ROUTER:
        return _of_service(fault, more)
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ns.SOAP11}"><SOAP-ENV:Header/><SOAP-ENV:Body><SOAP-ENV:Fault>'
        f"<faultcode>SOAP-ENV:{fault.side}</faultcode><faultstring>{escaped(fault.text)}</faultstring>"
        f"<detail>{_element('detailString', fault.detail)}{more}</detail>"
        f"</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()


def _of_service(fault: Fault, more: str) -> bytes:
    prefix, detail = fault.prefix, f"<detail>{more}</detail>" if more else ""
    return (
        f'<{prefix}:Envelope xmlns:{prefix}="{ns.SOAP11}"><{prefix}:Body><{prefix}:Fault>'
        f"<faultcode>{prefix}:{fault.side}</faultcode><faultstring>{escaped(fault.text)}</faultstring>{detail}"
        f"</{prefix}:Fault></{prefix}:Body></{prefix}:Envelope>"
    ).encode()


def render12(fault: Fault) -> bytes:
    """The same in SOAP 1.2 (Part 1, section 5.4), for a consumer that speaks it; Content-Type is ``SOAP12_XML``."""
    role = _ROLES[fault.side]
    return (
        f'<env:Envelope xmlns:env="{ns.SOAP12}"><env:Header/><env:Body><env:Fault>'
        f"<env:Code><env:Value>env:{role}</env:Value></env:Code>"
        f'<env:Reason><env:Text xml:lang="sv">{escaped(fault.text)}</env:Text></env:Reason>'
        f"<env:Detail>{_element('detailString', fault.detail)}{_more(fault)}</env:Detail>"
        f"</env:Fault></env:Body></env:Envelope>"
    ).encode()


def status12(fault: Fault) -> int:
    """The HTTP status that goes with a SOAP 1.2 fault (Part 2, table 20): 400 for Sender, 500 for Receiver."""
    return _STATUSES[fault.side]


def _more(fault: Fault) -> str:
    hints = "".join(f'<g:hint xml:lang="{language}">{escaped(text)}</g:hint>' for language, text in fault.hints.items())
    identity = f"<g:correlationId>{escaped(fault.correlation_id)}</g:correlationId>" if fault.correlation_id else ""
    return f'<g:help xmlns:g="{ns.GATEWAY}"><g:code>{fault.code}</g:code>{identity}{hints}</g:help>'


def _element(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>" if text else f"<{name}/>"


def escaped(value: str) -> str:
    """A text as element content: escaped, and without the characters that XML 1.0 forbids (production 2, Char)."""
    return escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value))


def read(element: etree._Element) -> tuple[str, str]:
    """faultcode (without prefix) and faultstring of a SOAP 1.1 or 1.2 Fault element; blank when absent."""
    if element.tag == ns.clark(ns.SOAP12, "Fault"):
        code = element.findtext(f"{{{ns.SOAP12}}}Code/{{{ns.SOAP12}}}Value", "")
        text = element.findtext(f"{{{ns.SOAP12}}}Reason/{{{ns.SOAP12}}}Text", "")
    else:
        code, text = element.findtext("faultcode", ""), element.findtext("faultstring", "")
    return code.rpartition(":")[2].strip(), text.strip()
