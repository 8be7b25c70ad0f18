"""``gateway.soap.head.scan``: what is read from a message, and what is refused."""

import time

import pytest
from gateway_samples import address_header, envelope

from gateway.soap import ns
from gateway.soap.head import MessageError, scan

PING = "urn:riv:itintegration:monitoring:PingForConfigurationResponder:1"
CHILD = f'<p:PingForConfiguration xmlns:p="{PING}"/>'
ADDRESS = address_header("SE2321000016-RIVTA01")
TO = f'<wsa:To xmlns:wsa="{ns.WSA}">SE2321000024-RIVTA03</wsa:To>'


def message(header: str = ADDRESS, body: str = CHILD) -> bytes:
    return envelope(body, header)


def test_the_head_of_an_ordinary_message() -> None:
    head = scan(message())
    assert (head.soap, head.profile) == (ns.SOAP11, ns.BP21)
    assert head.logical_address == "SE2321000016-RIVTA01"
    assert (head.contract, head.operation) == (PING, "PingForConfiguration")


def test_soap_12_is_read_too() -> None:
    """National VP: the envelope's version is not looked at."""
    assert scan(envelope(CHILD, ADDRESS, soap=ns.SOAP12)).soap == ns.SOAP12


def test_the_profile_of_an_address_in_ws_addressing() -> None:
    """RIV-TA Basic Profile 2.0: the logical address stands in WS-Addressing's To."""
    head = scan(message(TO))
    assert (head.profile, head.logical_address) == (ns.BP20, "SE2321000024-RIVTA03")


def test_the_newer_registry_namespace_is_an_address_too() -> None:
    """National VP, profile transformation: such a LogicalAddress is read as rivtabp21."""
    header = f'<r:LogicalAddress xmlns:r="{ns.REGISTRY2}">X</r:LogicalAddress>'
    assert (scan(message(header)).profile, scan(message(header)).logical_address) == (ns.BP21, "X")


@pytest.mark.parametrize(
    ("header", "profile", "address"),
    [(TO + ADDRESS, ns.BP21, "SE2321000016-RIVTA01"), (ADDRESS + TO, ns.BP20, "SE2321000024-RIVTA03")],
)
def test_of_two_addresses_the_last_counts(header: str, profile: str, address: str) -> None:
    """National VP: the last one in document order wins, for profile and receiver."""
    head = scan(message(header))
    assert (head.profile, head.logical_address) == (profile, address)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ('<LogicalAddress xmlns="urn:riv:itintegration:registry:1">', "</LogicalAddress>"),
        ('<x:LogicalAddress xmlns:x="urn:riv:itintegration:registry:1">', "</x:LogicalAddress>"),
        ("<x:LogicalAddress xmlns:x='urn:riv:itintegration:registry:1'\n>", "</x:LogicalAddress >"),
        ('<å:LogicalAddress xmlns:å="urn:riv:itintegration:registry:1" id="1">', "</å:LogicalAddress>"),
    ],
)
def test_prefixes_are_the_senders_own_business(opening: str, closing: str) -> None:
    assert scan(message(f"{opening}A{closing}")).logical_address == "A"


def test_the_envelope_may_use_the_default_namespace() -> None:
    text = f'<Envelope xmlns="{ns.SOAP11}"><Header>{ADDRESS}</Header><Body><Ping xmlns="{PING}"/></Body></Envelope>'
    head = scan(text.encode(), whole=True)
    assert (head.contract, head.operation, head.logical_address) == (PING, "Ping", "SE2321000016-RIVTA01")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<![CDATA[A&B]]>", "A&B"),
        ("A&amp;B", "A&B"),
        ("SE&#45;1", "SE-1"),
        ("SE&#x2d;1", "SE-1"),
        ("&lt;A&gt;", "<A>"),
        ("<!--c-->A<!--d-->B", "AB"),
        ("A<?p q?>", "A"),
        (" A", " A"),
        ("A ", "A "),
        ("\n A\n", "\n A\n"),
        ("Å", "Å"),
        ("A <![CDATA[]]>", "A "),
    ],
)
def test_the_address_is_the_text_that_xml_means(written: str, read: str) -> None:
    """National VP: CDATA and references are resolved, nothing is trimmed (VP004 tells about the blank)."""
    assert scan(message(address_header(written))).logical_address == read


@pytest.mark.parametrize("blank", ["", " ", "\n\t ", "<!--X-->", "&#32;", "<![CDATA[ ]]>"])
def test_a_blank_address_is_none_but_has_a_profile(blank: str) -> None:
    """National VP: blank gives no receiver (VP003), the profile is set all the same."""
    head = scan(message(address_header(blank)))
    assert (head.logical_address, head.address_span, head.profile) == (None, None, ns.BP21)


def test_an_empty_address_tag_has_no_span() -> None:
    head = scan(message(f'<itr:LogicalAddress xmlns:itr="{ns.REGISTRY}"/>'))
    assert (head.logical_address, head.address_span, head.profile) == (None, None, ns.BP21)


@pytest.mark.parametrize("header", [None, "", "<x xmlns='urn:x'>A</x>", "<LogicalAddress>A</LogicalAddress>"])
def test_without_an_address_header_there_is_neither_address_nor_profile(header: str | None) -> None:
    head = scan(envelope(CHILD, header))
    assert (head.logical_address, head.profile, head.address_span) == (None, None, None)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (f"<x xmlns='urn:x'>{ADDRESS}</x>", CHILD),
        (f"<x xmlns='urn:x'><y>{ADDRESS}</y></x>", CHILD),
        ("", f'<p:Ping xmlns:p="{PING}">{ADDRESS}</p:Ping>'),
        ("", f'<p:Ping xmlns:p="{PING}"><soapenv:Header>{ADDRESS}</soapenv:Header></p:Ping>'),
    ],
)
def test_look_alikes_elsewhere_are_not_the_address(header: str, body: str) -> None:
    """Stricter than the national VP, which counts any element called LogicalAddress anywhere in Header."""
    assert scan(message(header, body), whole=True).logical_address is None


def test_a_look_alike_after_the_address_does_not_replace_it() -> None:
    header = f"{ADDRESS}<x xmlns='urn:x'>{address_header('FALSE')}</x>"
    assert scan(message(header)).logical_address == "SE2321000016-RIVTA01"


def test_an_address_as_body_child_is_a_contract_and_not_an_address() -> None:
    head = scan(message("", ADDRESS))
    assert (head.logical_address, head.operation) == (None, "LogicalAddress")


def test_an_element_inside_the_address_is_refused() -> None:
    """The header's type is a string: text of a nested element is no address."""
    with pytest.raises(MessageError, match="expected text only"):
        scan(message(address_header("<x>A</x>")))


@pytest.mark.parametrize("odd", ["<!--c-->", "<?p q?>", "\n", "<!--<soapenv:Body><fel/></soapenv:Body>-->"])
def test_comments_and_instructions_may_stand_anywhere(odd: str) -> None:
    text = (
        f'{odd.strip()}<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}">{odd}<soapenv:Header>{odd}{ADDRESS}{odd}'
        f"</soapenv:Header>{odd}<soapenv:Body>{odd}{CHILD}{odd}</soapenv:Body>{odd}</soapenv:Envelope>{odd}"
    )
    head = scan(text.encode(), whole=True)
    assert (head.operation, head.logical_address) == ("PingForConfiguration", "SE2321000016-RIVTA01")


def test_text_in_body_before_the_child_is_ignored() -> None:
    assert scan(message(body=f"text{CHILD}"), whole=True).operation == "PingForConfiguration"


def test_the_child_may_have_no_namespace() -> None:
    """National VP: a child without namespace is looked up with an empty contract (VP004)."""
    head = scan(message(body="<Ping/>"))
    assert (head.contract, head.operation) == ("", "Ping")


@pytest.mark.parametrize("body", ["", " ", "text", "<!--c-->", "<![CDATA[<a/>]]>"])
def test_an_empty_body_is_refused(body: str) -> None:
    """RIV-TA Basic Profile 2.1 #7: Body holds exactly one element."""
    with pytest.raises(MessageError, match="no Body with a request"):
        scan(message(body=body))


@pytest.mark.parametrize(
    "text",
    [
        f'<s:Envelope xmlns:s="{ns.SOAP11}"/>',
        f'<s:Envelope xmlns:s="{ns.SOAP11}"><s:Header/></s:Envelope>',
        f'<s:Envelope xmlns:s="{ns.SOAP11}"><Body><a/></Body></s:Envelope>',
        f'<s:Envelope xmlns:s="{ns.SOAP11}"><b><s:Body><a/></s:Body></b></s:Envelope>',
        f'<s:Envelope xmlns:s="{ns.SOAP11}" xmlns:t="{ns.SOAP12}"><t:Body><a/></t:Body></s:Envelope>',
        f'<s:Envelope xmlns:s="{ns.SOAP11}"><s:Body/><s:Body><a/></s:Body></s:Envelope>',
    ],
)
def test_an_envelope_without_a_body_child_is_refused(text: str) -> None:
    with pytest.raises(MessageError, match="no Body with a request"):
        scan(text.encode(), whole=True)


def test_an_address_in_a_header_of_another_soap_version_does_not_count() -> None:
    text = (
        f'<s:Envelope xmlns:s="{ns.SOAP11}" xmlns:t="{ns.SOAP12}"><t:Header>{ADDRESS}</t:Header>'
        f"<s:Body>{CHILD}</s:Body></s:Envelope>"
    )
    assert scan(text.encode()).logical_address is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "{http://www.w3.org/1999/xhtml}html"),
        ("<Envelope/>", "root element is Envelope"),
        ("<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope'/>", "expected a SOAP Envelope"),
    ],
)
def test_other_xml_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(MessageError, match="expected a SOAP Envelope") as caught:
        scan(text.encode())
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [b"", b" ", b"{}", b"hej", b"<", b"<Soap", b"\x1f\x8b\x08\x00", b"\n<?xml version='1.0'?><a/>", b"<a b/>", b"\x00"],
)
def test_what_is_not_xml_is_refused(data: bytes) -> None:
    """National VP, step 3 (VP015): empty, JSON, gzip, text before the declaration."""
    with pytest.raises(MessageError, match="not well-formed XML"):
        scan(data)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("header", ["<x>", "&nbsp;", "<p:x/>", "<x a='1' a='2'/>"])
def test_breakage_before_the_child_is_always_found(header: str, whole: bool) -> None:
    with pytest.raises(MessageError, match="not well-formed"):
        scan(message(header), whole=whole)


AFTER = [
    message(body=f"{CHILD}<x>"),
    message(body='<p:a xmlns:p="urn:p">&b;</p:a>'),
    message()[:-3],
    message() + b"<x/>",
    message(body='<p:a xmlns:p="urn:p"><p:b></p:a></p:b>'),
    envelope(CHILD, ADDRESS, after="\x01"),
]


@pytest.mark.parametrize("data", AFTER)
def test_breakage_after_the_child_is_found_when_asked_for(data: bytes) -> None:
    """The national VP reads no further than the first start tag in Body; the strict mode reads it all."""
    assert scan(data, whole=False).logical_address == "SE2321000016-RIVTA01"
    with pytest.raises(MessageError, match="not well-formed"):
        scan(data, whole=True)


def test_the_error_says_where() -> None:
    with pytest.raises(MessageError, match=r"line 2, column 5"):
        scan(message("\n<a></b>"))


SPANS = [
    ADDRESS,
    f"<!--c-->{ADDRESS}<x xmlns='urn:x'/>",
    f'<LogicalAddress xmlns="{ns.REGISTRY}"\n  id=">" >A&gt;</LogicalAddress\n>',
    address_header("<![CDATA[</itr:LogicalAddress>]]>"),
    address_header("Åäö"),
    f"{TO}{ADDRESS}",
    f"{ADDRESS}{TO}",
    f"<x xmlns='urn:å' å='ö'>…</x>{ADDRESS}",
]


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("header", SPANS)
def test_the_span_is_the_whole_address_element(header: str, bom: bytes, whole: bool) -> None:
    data = bom + message(header)
    head = scan(data, whole=whole)
    assert head.address_span is not None
    start, end = head.address_span
    element = data[start:end].decode()
    assert element.startswith("<")
    assert element.endswith(">")
    assert scan(data[:start] + address_header("NY").encode() + data[end:], whole=True).logical_address == "NY"
    assert scan(message(element)).logical_address == head.logical_address


def declared(encoding: str, text: bytes) -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>{text.decode()}'.encode(encoding)


SWEDISH = message(address_header("Åäö"))


@pytest.mark.parametrize(
    ("data", "charset"),
    [
        (b"\xef\xbb\xbf" + SWEDISH, None),
        (b"\xef\xbb\xbf" + SWEDISH, "utf-8"),
        (SWEDISH, "UTF-8"),
        (declared("utf-8", SWEDISH), None),
        (SWEDISH.decode().encode("utf-16"), None),
        (SWEDISH.decode().encode("utf-16"), "utf-16"),
        (declared("utf-16", SWEDISH), None),
        (SWEDISH.decode().encode("utf-16-le"), "utf-16le"),
        (SWEDISH.decode().encode("utf-16-be"), "utf-16be"),
        (declared("iso-8859-1", SWEDISH), None),
        (declared("iso-8859-1", SWEDISH), "iso-8859-1"),
        (SWEDISH.decode().encode("iso-8859-1"), "ISO-8859-1"),
        (declared("iso-8859-15", SWEDISH), None),
        (SWEDISH.decode().encode("windows-1252"), "windows-1252"),
        (b'<?xml version="1.0" encoding="utf-8"?>' + SWEDISH.decode().encode("iso-8859-1"), "iso-8859-1"),
        (b'<?xml version="1.0" encoding="iso-8859-1"?>' + SWEDISH, "utf-8"),
    ],
)
def test_encodings(data: bytes, charset: str | None) -> None:
    """National VP: the charset of Content-Type counts before the XML declaration."""
    assert scan(data, charset, whole=True).logical_address == "Åäö"


def test_latin_1_without_a_word_about_it_is_refused() -> None:
    """National VP: VP015, invalid UTF-8."""
    with pytest.raises(MessageError, match="not well-formed"):
        scan(SWEDISH.decode().encode("iso-8859-1"))


@pytest.mark.parametrize(
    "charset", ["utf-7", "idna", "hex", "rot13", "punycode", "shift_jis", "utf-32", "undefined", "x", "cp037", "zlib"]
)
def test_an_encoding_that_cannot_be_read_is_an_error_of_the_message(charset: str) -> None:
    with pytest.raises(MessageError):
        scan(message(), charset)


LAUGHS = "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(30))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
        '<!DOCTYPE x [<!ENTITY e "A">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
        f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>',
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_document_type_is_refused_at_once(doctype: str, whole: bool) -> None:
    """RIV-TA messages have no DTD; entities in one could read files or fill the memory."""
    data = envelope(CHILD, address_header("&l30;"), before=doctype)
    started = time.perf_counter()
    with pytest.raises(MessageError, match="DOCTYPE"):
        scan(data, whole=whole)
    assert time.perf_counter() - started < 0.5


def test_a_document_type_in_utf_16_is_refused_too() -> None:
    with pytest.raises(MessageError, match="DOCTYPE"):
        scan(envelope(CHILD, ADDRESS, before="<!DOCTYPE x>").decode().encode("utf-16"))


def test_the_cost_does_not_grow_with_what_follows_the_head() -> None:
    """The national mode reads the head only: garbage of any size after it is never looked at."""
    assert scan(message() + b"\x00" * 1_000_000).operation == "PingForConfiguration"


@pytest.mark.parametrize("header", [f"{ADDRESS}{'<x>' * 40}{'</x>' * 40}", "<x>" * 3000 + "</x>" * 3000 + ADDRESS])
def test_deep_headers_do_no_harm(header: str) -> None:
    assert scan(message(header), whole=True).logical_address == "SE2321000016-RIVTA01"
