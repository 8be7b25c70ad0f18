"""A producer that writes its XML in its own way: what it says arrives, routed as it is and merged with the others'."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree.ElementTree import canonicalize

import pytest
from interop_expected import Scenarios, contract, held, statuses
from interop_messages import CORE, DEMO, GFC, message
from interop_site import Answer, Gateway, Site, gateway_beside, other_routes
from lxml import etree

from gateway.soap import ns

pytestmark = pytest.mark.sockets

SOURCE = "SE2321000057-RIVTA06"
CONTRACT = contract("GetFixedContacts")


@dataclass
class Producer:
    """Answers every call with ``body`` and remembers the last question."""

    port: int = 0
    body: bytes = b""
    content_type: str = "text/xml; charset=utf-8"
    status: int = 200
    asked: bytes = b""
    headers: dict[str, str] | None = None


@pytest.fixture(scope="module")
def producer() -> Iterator[Producer]:
    state = Producer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            state.asked = self.rfile.read(int(self.headers["content-length"]))
            state.headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(state.status)
            self.send_header("content-type", state.content_type)
            self.send_header("content-length", str(len(state.body)))
            self.end_headers()
            self.wfile.write(state.body)

        def log_message(self, *_: object) -> None:
            """Keeps quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        state.port = server.server_port
        yield state
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def gateway(site: Site, producer: Producer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway that has this producer in the place of a region's."""
    root = tmp_path_factory.mktemp("foreign")
    other_routes(root, {SOURCE: f'contracts = ["*"]\naddress = "http://127.0.0.1:{producer.port}/cosmic"'})
    with gateway_beside(site, RIVTA_DATA=str(root)) as found:
        yield found


@pytest.fixture(scope="module")
def usual(site: Site) -> str:
    """What the region's stub answers about the demo person."""
    return site.post(message(SOURCE)).body.decode()


def _swap(text: str, one: str, other: str) -> str:
    """Exchange two prefixes."""
    for old, new in ((one, "\0"), (other, one), ("\0", other)):
        text = re.sub(rf"(</?|xmlns:){old}(?=[:=])", lambda m, new=new: m[1] + new, text)
    return text


def _late(text: str) -> str:
    """The namespaces declared on each record instead of around them."""
    return text.replace(f' xmlns:core="{CORE}"', "").replace(
        "<ns0:fixedContact>", f'<ns0:fixedContact xmlns:core="{CORE}">'
    )


def _default(text: str) -> str:
    return re.sub(r"(</?)ns0:", r"\1", text).replace("xmlns:ns0=", "xmlns=")


def _between(text: str, what: str) -> str:
    return text.replace("><core:", f">{what}<core:").replace("<ns0:fixedContact>", f"{what}<ns0:fixedContact>")


def _latin(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="ISO-8859-1"?>{text}'.encode("latin-1", "xmlcharrefreplace")


def _utf16(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")


STYLES: dict[str, Callable[[str], bytes | str]] = {
    "as-the-stub": str,
    "default-namespace": _default,
    "swapped-prefixes": lambda text: _swap(text, "ns0", "core"),
    "the-platforms-own-prefixes": lambda text: _swap(_swap(text, "ns0", "r0"), "core", "SOAP-ENV"),
    "declared-on-each-record": _late,
    "comments": lambda text: _between(text, "<!-- </ns0:fixedContact> <ns0:fixedContact> -->"),
    "a-comment-in-the-place-of-an-end-tag": lambda text: "</ns0:fixedContact ><!-- </ns0:fixedContact> -->".join(
        text.rsplit("</ns0:fixedContact>", 1)
    ),
    "instructions": lambda text: _between(text, "<?note <ns0:fixedContact>?>"),
    "cdata": lambda text: re.sub(r"(<core:\w*(?:name|Notes|Name)>)([^<]+)(?=<)", r"\1<![CDATA[\2]]>", text),
    "cdata-that-looks-like-a-record": lambda text: text.replace(
        "</ns0:fixedContact>",
        "<x:y xmlns:x='urn:x'><![CDATA[<ns0:fixedContact></ns0:fixedContact>]]></x:y></ns0:fixedContact>",
    ),
    "line-breaks": lambda text: text.replace("><", ">\r\n  <"),
    "blanks-in-tags": lambda text: text.replace("<ns0:fixedContact>", "<ns0:fixedContact >").replace(
        "</ns0:fixedContact>", "</ns0:fixedContact\n>"
    ),
    "character-references": lambda text: text.replace("å", "&#229;").replace("ö", "&#xF6;"),
    "declaration": lambda text: f"<?xml version='1.0' encoding='utf-8' standalone='yes'?>\n{text}\n",
    "byte-order-mark": lambda text: "\ufeff" + text,
    "utf-16": _utf16,
    "latin-1": _latin,
    "something-around": lambda text: f"<!-- before -->{text}<?after?><!-- after -->",
    "headers": lambda text: text.replace(
        "<soapenv:Header/>", '<soapenv:Header><a:b xmlns:a="urn:a">&lt;ns0:fixedContact&gt;</a:b></soapenv:Header>'
    ),
    "no-header": lambda text: text.replace("<soapenv:Header/>", ""),
}  # fmt: skip


def _records(answer: Answer) -> list[str]:
    """The region's records in canonical form (C14N 2.0, prefixes rewritten), without what carries no data."""
    parser = etree.XMLParser(remove_comments=True, remove_pis=True, remove_blank_text=True)
    envelope = etree.fromstring(answer.body, parser)
    for extension in envelope.iter("{urn:x}y"):
        extension.getparent().remove(extension)
    source = CONTRACT.record["source_system"]
    return [
        canonicalize(etree.tostring(record, encoding="unicode", with_tail=False), rewrite_prefixes=True)
        for record in envelope.iter(CONTRACT.record_tag)
        if record.findtext(source) == SOURCE
    ]


def _body(style: str, usual: str) -> bytes:
    written = STYLES[style](usual)
    return written if isinstance(written, bytes) else written.encode()


@pytest.mark.parametrize("style", STYLES)
def test_merged(gateway: Gateway, site: Site, producer: Producer, usual: str, scenarios: Scenarios, style: str) -> None:
    producer.body = _body(style, usual)
    answer = gateway.post(message())
    expected = scenarios.expected("GetFixedContacts", DEMO)
    assert statuses(answer) == {source: each.code for source, each in expected.items()}
    assert _records(answer) == _records(site.post(message()))
    assert len(_records(answer)) == len(held()["GetFixedContacts", SOURCE, DEMO])
    assert CONTRACT.schema.validate(answer.child)
    others = [each for source, each in expected.items() if source != SOURCE]
    assert len(answer.child.findall(CONTRACT.record_tag)) == len(_records(answer)) + sum(len(o.records) for o in others)


@pytest.mark.parametrize("style", STYLES)
def test_routed(gateway: Gateway, producer: Producer, usual: str, style: str) -> None:
    """The router hands on the very bytes, and their label."""
    producer.body = _body(style, usual)
    answer = gateway.post(message(SOURCE))
    assert (answer.status, answer.body) == (200, producer.body)
    assert answer.headers["content-type"] == producer.content_type


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"Hello World!", "502"),
        (b"<html><body>Down for maintenance</body></html>", "502"),
        (f'<e:Envelope xmlns:e="{ns.SOAP11}"><e:Body/></e:Envelope>'.encode(), "502"),
        (f'<e:Envelope xmlns:e="{ns.SOAP11}"><e:Body><x/><x/></e:Body></e:Envelope>'.encode(), "502"),
        (f'<e:Envelope xmlns:e="{ns.SOAP11}"><e:Body><r:Other xmlns:r="{GFC}"/></e:Body></e:Envelope>'.encode(), "502"),
        (b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>', "502"),
        (b"\xff\xfe\x00", "502"),
        (
            f'<e:Envelope xmlns:e="{ns.SOAP11}"><e:Body><e:Fault><faultcode>e:Server</faultcode>'
            f"<faultstring>Nej, {DEMO}!</faultstring></e:Fault></e:Body></e:Envelope>".encode(),
            "500",
        ),
    ],
    ids=["text", "html", "empty-body", "two-in-body", "other-element", "doctype", "garbage", "fault-with-status-200"],
)
def test_not_an_answer(gateway: Gateway, producer: Producer, scenarios: Scenarios, body: bytes, code: str) -> None:
    """Merged it costs the region's own records and nobody else's; nobody's data shows in the status."""
    producer.body = body
    answer = gateway.post(message())
    expected = {source: each.code for source, each in scenarios.expected("GetFixedContacts", DEMO).items()}
    assert statuses(answer) == {**expected, SOURCE: code}
    assert _records(answer) == []
    assert DEMO.encode() not in b"".join(re.findall(rb"<ProcessingStatus .*</ProcessingStatus>", answer.body))


def test_what_reaches_a_producer(gateway: Gateway, producer: Producer, usual: str) -> None:
    """The consumer's bytes when routed, its own address when aggregated; the platform's headers always."""
    producer.body = usual.encode()
    gateway.post(message(SOURCE))
    assert producer.asked == message(SOURCE)
    routed = producer.headers
    answer = gateway.post(message())
    assert etree.fromstring(producer.asked).findtext(f".//{{{ns.REGISTRY}}}LogicalAddress") == SOURCE
    assert producer.asked.partition(b"<e:Body>")[2] == message().partition(b"<e:Body>")[2]
    for headers in (routed, producer.headers):
        assert headers is not None
        assert headers["x-vp-sender-id"] == headers["x-rivta-original-serviceconsumer-hsaid"]
        assert headers["x-vp-instance-id"] == "rivta-gateway"
        assert headers["content-type"] == "text/xml;charset=UTF-8"
        assert headers["user-agent"].startswith("rivta-gateway/")
        assert headers["soapaction"] == '""'
    assert producer.headers is not None
    assert producer.headers["x-skltp-correlation-id"] == answer.trace
