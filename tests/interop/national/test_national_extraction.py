"""National VP, reading the request: what is extracted (1.1), and what cannot be read (1.5)."""

import gzip
import re

from national_case import Case, check
from national_messages import C1, LOGICAL, TO, child, envelope, message
from national_producer import OK
from national_rows import Row, table
from national_site import Site

from gateway.soap import ns

A, P = LOGICAL % "ok", TO % "bp20"
AT = "\n at [row,col {unknown-source}]: "
NO_ADDRESS = "No receiverId (logical address) found in message header. "


def missing(receiver: str, contract: str = C1, more: str = "") -> str:
    return f"No receiverId (logical address) found for serviceNamespace: {contract}, receiverId: {receiver}{more}"


def read(number: int, says: str, header: str, body: str = "", **expected: object) -> Case:
    """A message with another header; without more expected it reaches the producer as it is."""
    text = envelope(header, body or child())
    if not expected:
        expected = {"body": OK, "sent": text.encode()}
    return Case(row=Row(f"head-{number:02}", says, "VP what is extracted"), ask={"body": text}, **expected)  # type: ignore[arg-type]


WHITE = ". Whitespace detected in incoming request!"
ROOT_SAYS = "the root need not be a SOAP envelope"
HEAD = [
    read(1, "To and LogicalAddress: the last one decides, here LogicalAddress", (TO % "no") + A),
    read(2, "To and LogicalAddress: the last one decides, here To", (LOGICAL % "no") + P),
    read(3, "an address inside another header counts too", f"<x xmlns='urn:x'><y>{A}</y></x>"),
    read(4, "any namespace will do", "<LogicalAddress xmlns='urn:annan'>ok</LogicalAddress>"),
    read(5, "an empty address is none", LOGICAL % "", code="VP003", detail=NO_ADDRESS),
    read(6, "an address of blanks is none", LOGICAL % " \n ", code="VP003", detail=NO_ADDRESS),
    read(7, "an empty To is none", TO % "", code="VP003", detail=NO_ADDRESS),
    read(8, "a blank before the address stays", LOGICAL % " ok", code="VP004", detail=missing(" ok", more=WHITE)),
    read(9, "a blank after the address stays", LOGICAL % "ok ", code="VP004", detail=missing("ok ", more=WHITE)),
    read(
        10, "a line end stays, and is not told as white space", LOGICAL % "ok\n", code="VP004", detail=missing("ok\n")
    ),
    read(11, "a comment in front is taken for the address", LOGICAL % "<!--ok-->no"),
    read(12, "CDATA is read", LOGICAL % "<![CDATA[ok]]>"),
    read(13, "references are read", LOGICAL % "&#111;k"),
    read(14, "no address header: VP003", "", code="VP003", detail=NO_ADDRESS),
    read(15, "an empty Body is looked up as null", A, " ", code="VP004", detail=missing("ok", "null")),
    read(16, "a child without namespace is looked up as nothing", A, "<a/>", code="VP004", detail=missing("ok", "")),
    read(17, "breakage after the first child's start tag goes on", A, child(inner="<a><b></a>")),
    read(18, "a second child of Body goes on", A, child() + "<annan/>"),
    read(
        19,
        "the registry's second namespace counts",
        f'<a:LogicalAddress xmlns:a="{ns.REGISTRY2}">ok</a:LogicalAddress>',
    ),
    Case(
        row=Row("head-20", "no Header at all: VP003", "VP what is extracted"),
        ask={"body": f'<e:Envelope xmlns:e="{ns.SOAP11}"><e:Body>{child()}</e:Body></e:Envelope>'},
        code="VP003",
        detail=NO_ADDRESS,
    ),
    Case(
        row=Row("head-21", "XML that is not SOAP, such as XHTML: VP003", "VP what is extracted"),
        ask={"body": '<html xmlns="http://www.w3.org/1999/xhtml"><head/><body><p>hej</p></body></html>'},
        code="VP003",
        detail=NO_ADDRESS,
    ),
    Case(
        row=Row("head-22", ROOT_SAYS, "VP what is extracted"),
        ask={"body": f"<rot><Header>{A}</Header><Body>{child()}</Body></rot>"},
        body=OK,
    ),
    Case(
        row=Row("head-23", "a document type is accepted and sent on", "VP what is extracted", "DOCTYPE"),
        ask={"body": message(before="<!DOCTYPE a>")},
        code="VP015",
        detail="a document type declaration (DOCTYPE) is not allowed in a SOAP message",
    ),
    Case(
        row=Row("head-24", "an entity for an address is none, VP003", "VP what is extracted", "DOCTYPE"),
        ask={"body": message("&e;", before='<!DOCTYPE a [<!ENTITY e "ok">]>')},
        code="VP015",
        detail=re.compile(".*DOCTYPE.*"),
    ),
    Case(
        row=Row("head-25", "SOAP 1.2 is read as SOAP 1.1 is", "VP what is extracted"),
        ask={"body": message(soap=ns.SOAP12), "headers": {"Content-Type": "application/soap+xml"}},
        body=OK,
        sent=message(soap=ns.SOAP12).encode(),
    ),
    Case(
        row=Row("head-26", "a SOAP 1.2 request gets faults in SOAP 1.1, HTTP 500", "VP fault format"),
        ask={"body": message("", soap=ns.SOAP12), "headers": {"Content-Type": "application/soap+xml"}},
        code="VP003",
        status=500,
    ),
    Case(
        row=Row("head-27", "prefixes do not matter", "RequestReaderProcessorTest, namespaces"),
        ask={
            "body": envelope(A, child(), prefix="e").replace("<p:", "<q:").replace("</p:", "</q:").replace(":p=", ":q=")
        },
        body=OK,
    ),
    Case(
        row=Row("head-28", "the contract's namespace may be declared on Envelope", "RequestReaderProcessorTest"),
        ask={"body": envelope(A, "<p:GetNote/>").replace("<soapenv:Envelope ", f'<soapenv:Envelope xmlns:p="{C1}" ')},
        body=OK,
    ),
    Case(
        row=Row("head-29", "the contract's namespace may be declared on Body", "RequestReaderProcessorTest"),
        ask={"body": envelope(A, "<p:GetNote/>").replace("<soapenv:Body>", f'<soapenv:Body xmlns:p="{C1}">')},
        body=OK,
    ),
    Case(
        row=Row("head-30", "foreign headers before the address are passed over", "VP load tests, ArgosHeader"),
        ask={"body": envelope(f"<a:ArgosHeader xmlns:a='urn:a'><a:x>Å</a:x></a:ArgosHeader>{A}", child())},
        body=OK,
    ),
    Case(
        row=Row("head-31", "SOAPAction and path do not decide", "VP what is extracted"),
        ask={
            "headers": {"SOAPAction": '"urn:annan:tjänst"'.encode().decode("latin-1")},
            "path": "/vp/annan/Tjanst/1/rivtabp21",
        },
        body=OK,
    ),
]


def unread(number: int, says: str, body: bytes | str, detail: object, **ask: object) -> Case:
    """A message that cannot be read; the parser's own words are the detail."""
    row = Row(f"unread-{number:02}", says, "VP malformed, empty and non-XML")
    return Case(row=row, ask={"body": body, **ask}, code="VP015", detail=detail)  # type: ignore[arg-type]


UNREAD = [
    unread(1, "an empty body", "", f"Unexpected EOF in prolog{AT}[1,0]"),
    unread(2, "GET without wsdl or xsd", "", f"Unexpected EOF in prolog{AT}[1,0]", method="GET"),
    unread(
        3,
        "an attribute without a value",
        "<felaktigt format soapenv:Envelope x='y'>",
        f"Unexpected character 's' (code 115) expected '='{AT}[1,19]",
    ),
    unread(4, "a name cut off", "<Soap", f"Unexpected end of input block; expected an identifier{AT}[1,5]"),
    unread(5, "JSON", '{"a": 1}', f"Unexpected character '{{' (code 123) in prolog; expected '<'{AT}[1,1]"),
    unread(
        6,
        "a line end before the XML declaration",
        '\n<?xml version="1.0"?><a/>',
        f'Illegal processing instruction target ("xml"); xml (case insensitive) is reserved by the specs.{AT}[2,5]',
    ),
    unread(
        7,
        "a compressed body is not understood",
        gzip.compress(message().encode()),
        "Invalid UTF-8 start byte 0x8b (at char #2, byte #-1)",
        headers={"Content-Encoding": "gzip"},
    ),
    unread(8, "a broken tag before Body", envelope(A, child()).replace("</soapenv:Header>", "</soapenv:Huvud>"), None),
    unread(
        9,
        "Latin-1 that nothing declares, in the part that is read",
        envelope(LOGICAL % "å", child()).encode("latin-1"),
        re.compile(r"Invalid UTF-8 (start|middle) byte 0x[0-9a-f]{2} \(at char #\d+, byte #-1\)"),
    ),
    unread(
        10,
        "a multipart message that is not XOP",
        b"--b\r\n\r\n" + message().encode() + b"\r\n--b--",
        f"Unexpected character '-' (code 45) in prolog; expected '<'{AT}[1,1]",
        headers={"Content-Type": "multipart/related; boundary=b; type=text/xml"},
    ),
]


@table(HEAD)
def test_what_is_extracted(site: Site, case: Case) -> None:
    check(site, case)


@table(UNREAD)
def test_what_cannot_be_read(site: Site, case: Case) -> None:
    check(site, case)
