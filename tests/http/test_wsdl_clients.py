"""Clients that know nothing but an address: they load everything over HTTP from a running gateway and use it."""

import asyncio
import http.client
import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import xmlschema
import zeep
from gateway_parts import OK, bench
from gateway_samples import (
    CORE,
    NAMES,
    PLATFORM,
    ROOT,
    SENDER,
    TOLVAN,
    body_of,
    contract,
    permission,
    question,
    request_element,
    responder,
    route,
)
from lxml import etree
from wsdl_folder import PATH, SCHEMAS, TNS, addresses, fetched, follow, links, make

from gateway.http.app import GatewayApp
from gateway.http.documents import Library
from gateway.http.server import Server
from gateway.http.wsdl import WsdlPages
from gateway.router.send import ProducerAnswer
from gateway.settings import Settings

pytestmark = pytest.mark.sockets

PRODUCER, RECEIVER = "http://producent/vp", "SE0000000005-1234"
MODES = ("strict", "national")


@contextmanager
def gateway(root: Path, mode: str = "strict", answer: ProducerAnswer = OK) -> Iterator[str]:
    """A gateway with a scripted producer, on a port of its own; its address."""
    routes = [route(RECEIVER, name, PRODUCER) for name in NAMES]
    permissions = [permission(RECEIVER, name) for name in NAMES]
    router = bench(routes, permissions, {PRODUCER: answer}, mode=mode).router
    settings: Settings = router.settings
    pages = WsdlPages(
        Library(root, national=mode == "national"), settings, frozenset(settings.allowed_ips).__contains__
    )
    app = GatewayApp(router, settings, pages)
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await loop.create_server(Server(app, refuse=app.refuse).protocol, "127.0.0.1", 0)

    listener = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(listener.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


@pytest.fixture(params=MODES)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with gateway(ROOT, request.param) as found:
        yield found


def path_of(name: str) -> str:
    descriptor = contract(name).descriptor
    return f"/vp/{descriptor.domain.replace(':', '/')}/{name}/{descriptor.major}/rivtabp21"


@pytest.mark.parametrize("name", NAMES)
def test_a_follower_of_locations_gets_a_schema_that_compiles(url: str, name: str, tmp_path: Path) -> None:
    """What code generators of PHP, .NET and Java do first. No address may lead anywhere else."""
    here = f"{url}{path_of(name)}"
    files = follow(f"{here}?wsdl", tmp_path)
    assert all(address.startswith(here) for address in files)
    wsdl = etree.parse(files[f"{here}?wsdl"]).getroot()
    assert addresses(etree.tostring(wsdl)) == [here]
    schema = next(wsdl.iter("{http://www.w3.org/2001/XMLSchema}schema"))
    (tmp_path / "inline.xsd").write_bytes(etree.tostring(schema))
    compiled = etree.XMLSchema(etree.parse(tmp_path / "inline.xsd"))
    message = etree.fromstring(request_element(name))
    assert compiled.validate(message), compiled.error_log
    message.append(etree.Element("fel"))
    assert not compiled.validate(message)


@pytest.mark.parametrize("name", NAMES)
def test_the_served_wsdl_is_complete(url: str, name: str) -> None:
    """WSDL 1.1: every message, port type and binding that is named is there."""
    _, _, body = fetched(f"{url}{path_of(name)}?wsdl")
    wsdl = etree.fromstring(body)
    spaces = {"w": "http://schemas.xmlsoap.org/wsdl/"}

    def named(attribute: str, *paths: str) -> set[str]:
        return {each.get(attribute).rpartition(":")[2] for path in paths for each in wsdl.iterfind(path, spaces)}

    assert named("message", ".//w:portType//w:input", ".//w:portType//w:output") <= named("name", "w:message")
    assert named("type", "w:binding") == named("name", "w:portType")
    assert named("binding", ".//w:port") == named("name", "w:binding")
    assert len(wsdl.findall("w:service/w:port", spaces)) == 1


@pytest.mark.parametrize("name", NAMES)
def test_xmlschema_loads_over_http(url: str, name: str) -> None:
    here = f"{url}{path_of(name)}"
    service = next(each for each in links(fetched(f"{here}?wsdl")[2]) if "Responder" in each)
    schema = xmlschema.XMLSchema(service, allow="remote", defuse="never", base_url=here)
    assert schema.target_namespace == responder(name)
    assert schema.is_valid(etree.fromstring(request_element(name)))
    assert CORE[name] in schema.maps.namespaces


@pytest.mark.parametrize("mode", MODES)
def test_zeep_loads_over_http_and_calls(mode: str) -> None:
    """From the address alone to a call: the WSDL says where, and that is where the gateway is."""
    text = "Producentens eget svar"
    fault = f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{text}</faultstring></s:Fault>"
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    body = f'<s:Envelope xmlns:s="{soap}"><s:Body>{fault}</s:Body></s:Envelope>'.encode()
    answer = ProducerAnswer(500, [(b"content-type", b"text/xml")], body)
    with gateway(ROOT, mode, answer) as url, zeep.Transport().session as session:
        session.headers.update({"x-vp-sender-id": SENDER, "x-vp-instance-id": PLATFORM})
        for name in NAMES:
            client = zeep.Client(f"{url}{path_of(name)}?wsdl", transport=zeep.Transport(session=session))
            assert client.service._binding_options["address"] == f"{url}{path_of(name)}"
            patient = {"id": TOLVAN, "type": "x"} if name == "GetCarePlans" else {"root": "x", "extension": TOLVAN}
            with pytest.raises(zeep.exceptions.Fault, match=text):
                client.service[name](patientId=patient, _soapheaders={"LogicalAddress": RECEIVER})


@pytest.mark.parametrize("mode", MODES)
def test_every_kind_of_link_is_followed(mode: str, tmp_path: Path) -> None:
    root, copy = make(tmp_path / "data"), tmp_path / "copy"
    copy.mkdir()
    with gateway(root, mode) as url:
        files = follow(f"{url}{PATH}?wsdl", copy)
        service = next(each for each in files if each.endswith("ting.xsd"))
        schema = xmlschema.XMLSchema(service, allow="remote", defuse="never")
    twice = mode == "national"  # a schema has an address there for each way in which it is written
    assert len(files) == len(SCHEMAS) + 2 + twice
    good, bad = (
        f'<t:GetTing xmlns:t="{TNS}:GetTingResponder:1"><t:id>{text}</t:id></t:GetTing>'
        for text in ("kort", "för långt")
    )
    assert schema.is_valid(good)
    assert not schema.is_valid(bad)


_JAVA = """
import java.io.*; import java.net.*; import javax.xml.*; import javax.xml.parsers.*; import javax.xml.transform.dom.*;
import javax.xml.transform.stream.*; import javax.xml.validation.*; import org.w3c.dom.*;
public class Client {
  public static void main(String[] arguments) throws Exception {
    DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    for (int number = 0; number < arguments.length; number += 2) {
      String address = arguments[number];
      Document wsdl = factory.newDocumentBuilder().parse(address);
      Node schema = wsdl.getElementsByTagNameNS(XMLConstants.W3C_XML_SCHEMA_NS_URI, "schema").item(0);
      SchemaFactory schemas = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
      schemas.newSchema(new DOMSource(schema, address)).newValidator().validate(
          new StreamSource(new File(arguments[number + 1])));
      System.out.println("ok");
    }
  }
}
"""


@pytest.mark.skipif(shutil.which("javac") is None, reason="no Java development kit here")
def test_java_loads_over_http(tmp_path: Path) -> None:
    """The JDK's own parser and schema compiler, as wsimport and CXF use them."""
    (tmp_path / "Client.java").write_text(_JAVA)
    with gateway(ROOT) as url:
        arguments = []
        for name in NAMES:
            (tmp_path / name).write_text(request_element(name))
            arguments += [f"{url}{path_of(name)}?wsdl", str(tmp_path / name)]
        ended = subprocess.run(
            ["java", "Client.java", *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
    assert (ended.returncode, ended.stdout.split()) == (0, ["ok"] * len(NAMES)), ended.stderr


def test_a_call_to_an_address_with_a_query_still_is_a_call() -> None:
    with gateway(ROOT) as url:
        asked = urllib.request.Request(
            f"{url}/vp?x=1", question(address=RECEIVER), {"x-vp-sender-id": SENDER, "x-vp-instance-id": PLATFORM}
        )
        with urllib.request.urlopen(asked, timeout=10) as answered:
            assert answered.read() == b"<answer/>"


def test_head_tells_how_long_the_document_is() -> None:
    with gateway(ROOT) as url:
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=10)
        connection.request("HEAD", f"{path_of(NAMES[0])}?wsdl")
        answered = connection.getresponse()
        assert (answered.status, answered.read()) == (200, b"")
        size = int(answered.headers["Content-Length"])
        connection.request("GET", f"{path_of(NAMES[0])}?wsdl")
        assert len(connection.getresponse().read()) == size
        connection.close()


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_message_sent_to_a_wsdl_address_is_told_so(method: str) -> None:
    """200 and a WSDL would hide that the message went nowhere; nationally that is what happens."""
    given = {"x-vp-sender-id": SENDER, "x-vp-instance-id": PLATFORM}
    with gateway(ROOT) as strict, gateway(ROOT, "national") as national:
        path = f"{path_of(NAMES[0])}?wsdl"
        asked = urllib.request.Request(f"{strict}{path}", question(address=RECEIVER), given, method=method)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=10)
        with refused.value as error:
            assert (error.code, error.headers["Allow"]) == (405, "GET, HEAD")
            assert "?wsdl" in (body_of(error.read()).findtext("detail/detailString") or "")
        asked = urllib.request.Request(f"{national}{path}", question(address=RECEIVER), given, method=method)
        with urllib.request.urlopen(asked, timeout=10) as answered:
            assert b"wsdl:definitions" in answered.read()
