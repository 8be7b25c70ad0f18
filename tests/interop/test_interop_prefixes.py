"""A question means the same however its XML is written: prefixes, declarations, CDATA, comments, encoding marks."""

import re

import pytest
from interop_expected import Scenarios, check, found_ids, held
from interop_messages import CORE, DEMO, GFC, PERSON_ROOT
from interop_site import NATIONAL, Answer, Gateway, Site, sender_headers
from lxml import etree

from gateway.soap import ns

pytestmark = pytest.mark.sockets

STUB, PILOT = "SE2321000057-RIVTA06", "SE2321000065-RIVTA07"
E, L = ns.SOAP11, ns.REGISTRY

PLAIN = f"""<soapenv:Envelope xmlns:soapenv="{E}" xmlns:itr="{L}"><soapenv:Header>\
<itr:LogicalAddress>@ADDRESS@</itr:LogicalAddress></soapenv:Header><soapenv:Body>\
<req:GetFixedContacts xmlns:req="{GFC}"><req:patientId xmlns:core="{CORE}"><core:root>{PERSON_ROOT}</core:root>\
<core:extension>{DEMO}</core:extension></req:patientId></req:GetFixedContacts></soapenv:Body></soapenv:Envelope>"""

STYLES = {
    "default-namespaces-everywhere": f"""<Envelope xmlns="{E}"><Header><LogicalAddress xmlns="{L}">@ADDRESS@\
</LogicalAddress></Header><Body><GetFixedContacts xmlns="{GFC}"><patientId><root xmlns="{CORE}">{PERSON_ROOT}</root>\
<extension xmlns="{CORE}">{DEMO}</extension></patientId></GetFixedContacts></Body></Envelope>""",
    "all-declared-on-the-envelope": f"""<SOAP-ENV:Envelope xmlns:SOAP-ENV="{E}" xmlns:ns0="{L}" xmlns:ns1="{GFC}" \
xmlns:ns2="{CORE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><SOAP-ENV:Header>\
<ns0:LogicalAddress>@ADDRESS@</ns0:LogicalAddress></SOAP-ENV:Header><SOAP-ENV:Body><ns1:GetFixedContacts>\
<ns1:patientId><ns2:root>{PERSON_ROOT}</ns2:root><ns2:extension>{DEMO}</ns2:extension></ns1:patientId>\
</ns1:GetFixedContacts></SOAP-ENV:Body></SOAP-ENV:Envelope>""",
    "odd-prefixes": f"""<_:Envelope xmlns:_="{E}" xmlns:å-1.2="{L}" xmlns:Body="{GFC}" xmlns:r0="{CORE}"><_:Header>\
<å-1.2:LogicalAddress>@ADDRESS@</å-1.2:LogicalAddress></_:Header><_:Body><Body:GetFixedContacts><Body:patientId>\
<r0:root>{PERSON_ROOT}</r0:root><r0:extension>{DEMO}</r0:extension></Body:patientId></Body:GetFixedContacts></_:Body>\
</_:Envelope>""",
    "declared-anew-on-each-element": f"""<a:Envelope xmlns:a="{E}"><b:Header xmlns:b="{E}"><c:LogicalAddress \
xmlns:c="{L}">@ADDRESS@</c:LogicalAddress></b:Header><d:Body xmlns:d="{E}"><e:GetFixedContacts xmlns:e="{GFC}">\
<f:patientId xmlns:f="{GFC}"><g:root xmlns:g="{CORE}">{PERSON_ROOT}</g:root><h:extension xmlns:h="{CORE}">{DEMO}\
</h:extension></f:patientId></e:GetFixedContacts></d:Body></a:Envelope>""",
    "one-prefix-for-everything": f"""<x:Envelope xmlns:x="{E}"><x:Header><x:LogicalAddress xmlns:x="{L}">@ADDRESS@\
</x:LogicalAddress></x:Header><x:Body><x:GetFixedContacts xmlns:x="{GFC}"><x:patientId><x:root xmlns:x="{CORE}">\
{PERSON_ROOT}</x:root><x:extension xmlns:x="{CORE}">{DEMO}</x:extension></x:patientId></x:GetFixedContacts></x:Body>\
</x:Envelope>""",
    "cdata-and-character-references": PLAIN.replace("@ADDRESS@", "<![CDATA[@ADDRESS@]]>")
    .replace(DEMO, f"<![CDATA[{DEMO[:5]}]]>&#x{ord(DEMO[5]):x};<![CDATA[]]>{DEMO[6:]}")
    .replace(PERSON_ROOT, f"<![CDATA[{PERSON_ROOT}]]>"),
    "comments-and-instructions": "<?order first?><!-- </soapenv:Envelope> -->"
    + PLAIN.replace("><", "><!-- <a> & --><?do it?><").replace("<?do it?></soapenv:Body>", "</soapenv:Body>")
    + "<!-- the end --><?done?>",
    "foreign-headers-around-the-address": PLAIN.replace(
        "<itr:LogicalAddress>",
        '<w:Security xmlns:w="urn:w" soapenv:mustUnderstand="0"><w:LogicalAddress>X</w:LogicalAddress><w:To>Y</w:To>'
        f'</w:Security><i:Actor xmlns:i="{ns.INTEROPERABILITY}"><i:actorId>{DEMO}</i:actorId></i:Actor>'
        "<LogicalAddress>Z</LogicalAddress><itr:LogicalAddress>",
    ).replace("</soapenv:Header>", f'<a:MessageID xmlns:a="{ns.WSA}">urn:uuid:1</a:MessageID></soapenv:Header>'),
    "attributes-and-line-breaks": PLAIN.replace("<soapenv:Envelope", "<soapenv:Envelope\r\n\t")
    .replace("><", ">\r\n  <")
    .replace("<soapenv:Body>", "<soapenv:Body xml:lang=\"sv\" Id='b' >")
    .replace("<itr:LogicalAddress>", '<itr:LogicalAddress soapenv:actor="" note="a &gt; b">'),
    "registry-2": PLAIN.replace(L, ns.REGISTRY2),
    "declaration": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + PLAIN,
    "declaration-in-single-quotes": "<?xml version='1.0' encoding='utf-8'?>" + PLAIN,
}
BYTES = {name: text.encode() for name, text in STYLES.items()} | {
    "byte-order-mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "byte-order-mark-and-declaration": b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8"?>' + PLAIN.encode(),
}


def _ask(gateway: Gateway, text: bytes, address: str) -> Answer:
    return gateway.post(text.replace(b"@ADDRESS@", address.encode()))


def _canonical(answer: Answer) -> bytes:
    """The whole answer in exclusive canonical form, times of ProcessingStatus left out."""
    assert answer.status == 200, answer.body
    text: bytes = etree.tostring(answer.envelope, method="c14n", exclusive=True)
    return re.sub(rb"(Synch>)\d{14}(</last)", rb"\1\2", text)


@pytest.fixture(scope="module")
def plain(site: Site) -> dict[str, bytes]:
    """The answers to the plain style, by address."""
    return {address: _canonical(_ask(site, PLAIN.encode(), address)) for address in (NATIONAL, STUB, PILOT)}


# The pilot's stack knows the national namespace of the address only, and gets what the consumer wrote.
STYLED = [(style, address) for style in BYTES for address in (NATIONAL, STUB, PILOT)]
STYLED.remove(("registry-2", PILOT))


@pytest.mark.parametrize(("style", "address"), STYLED)
def test_style(site: Site, plain: dict[str, bytes], style: str, address: str) -> None:
    assert _canonical(_ask(site, BYTES[style], address)) == plain[address]


@pytest.mark.parametrize("style", BYTES)
def test_style_in_national_mode(national: Gateway, style: str) -> None:
    found = found_ids("GetFixedContacts", _ask(national, BYTES[style], NATIONAL))
    assert found[STUB] == held()["GetFixedContacts", STUB, DEMO]


def test_the_plain_answer_is_the_right_one(site: Site, scenarios: Scenarios) -> None:
    check("GetFixedContacts", _ask(site, PLAIN.encode(), NATIONAL), scenarios.expected("GetFixedContacts", DEMO))


@pytest.mark.parametrize(
    "content_type",
    ["text/xml", "application/xml", "text/xml; charset=UTF-8", 'text/xml;charset="utf-8"', "application/soap+xml", ""],
)
def test_the_label_does_not_matter(site: Site, plain: dict[str, bytes], content_type: str) -> None:
    headers = {**sender_headers(), "Content-Type": content_type}
    for address in (NATIONAL, STUB):
        answer = site.post(PLAIN.replace("@ADDRESS@", address).encode(), headers)
        assert _canonical(answer) == plain[address]


def test_the_address_ignores_case(site: Site) -> None:
    answer = _ask(site, PLAIN.encode(), STUB.lower())
    assert found_ids("GetFixedContacts", answer) == {STUB: held()["GetFixedContacts", STUB, DEMO]}


def test_what_is_asked_reaches_the_source_unchanged(site: Site) -> None:
    """A request with a wrong value is refused by the source, which quotes the line: the bytes were not rewritten."""
    text = BYTES["attributes-and-line-breaks"].replace(b"<core:root>", b"\r\n\r\n<core:nothing/><core:root>")
    answer = _ask(site, text, STUB)
    line = text[: text.index(b"<core:nothing/>")].count(b"\n") + 1
    assert f"rad {line}" in answer.child.findtext("faultstring")
