"""``gateway.http.wsdl``: which path and query get which document, and how the platform is called in it."""

import re
from pathlib import Path

import pytest
from gateway_samples import ROOT, request
from lxml import etree
from wsdl_folder import addresses, links, make

from gateway.http.documents import Library
from gateway.http.wsdl import WsdlPages
from gateway.message import Answer, Headers
from gateway.settings import Settings
from gateway.soap import ns

PATH = "/vp/coreprocess/planning/coordinatedplanning/GetFixedContacts/1/rivtabp21"
REGISTRY = "xsd/core_components/itintegration_registry_1.0.xsd"
WRITTEN = "../xsd/core_components/itintegration_registry_1.0.xsd"
PROXY = {"x-vp-forwarded-proto": "https", "x-vp-forwarded-host": "vp-proxy-dns-name", "x-vp-forwarded-port": "443"}
LIBRARIES = {mode: Library(ROOT, national=mode == "national") for mode in ("strict", "national")}


def get(
    target: str, *, mode: str = "strict", ip: str = "127.0.0.1", library: Library | None = None,
    settings: dict[str, object] | None = None, **headers: str,
) -> Answer | None:  # fmt: skip
    chosen = Settings(mode=mode, **(settings or {}))  # type: ignore[arg-type]
    pages = WsdlPages(library or LIBRARIES[mode], chosen, frozenset(chosen.allowed_ips).__contains__)
    sent: Headers = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return pages(request(b"", sent, method=b"GET", target=target.encode(), ip=ip))


def found(target: str, **given: object) -> Answer:
    answer = get(target, **given)  # type: ignore[arg-type]
    assert answer is not None
    return answer


def header(answer: Answer, name: bytes) -> bytes:
    (value,) = (value for known, value in answer.headers if known == name)
    return value


@pytest.mark.parametrize(
    "path",
    [
        PATH,
        PATH.upper(),
        PATH.replace("/vp/", "/annat/"),
        PATH.removeprefix("/vp"),
        "/GetFixedContacts/1/rivtabp21",
        "/vp/GetFixedContacts/1/RIVTABP21",
        "//vp/getfixedcontacts/1/rivtabp21",
    ],
)
def test_a_wsdl_is_found_by_path_in_any_case(path: str) -> None:
    answer = found(f"{path}?wsdl")
    assert (answer.status, header(answer, b"content-type")) == (200, b"text/xml; charset=utf-8")
    assert etree.fromstring(answer.body).get("name") == "GetFixedContactsInteraction"


@pytest.mark.parametrize("path", [PATH, PATH.upper(), PATH.replace("/vp/", "/annat/")])
def test_national_paths(path: str) -> None:
    """National VP: the whole path, in any case."""
    answer = found(f"{path}?wsdl", mode="national")
    assert (answer.status, header(answer, b"content-type")) == (200, b"text/xml;UTF-8")


@pytest.mark.parametrize("path", [PATH.removeprefix("/vp"), "/GetFixedContacts/1/rivtabp21", f"{PATH}/"])
def test_national_paths_have_all_their_parts(path: str) -> None:
    assert found(f"{path}?wsdl", mode="national").status == 500


@pytest.mark.parametrize(
    "path",
    [
        "/", "/vp", "/vp/x", f"{PATH}/x", PATH.replace("21", "20"), PATH.replace("/1/", "/2/"), f"/a/b{PATH}",
        "/vp/fel/doman/GetFixedContacts/1/rivtabp21", "/vp/coreprocess/../coreprocess/GetFixedContacts/1/rivtabp21",
    ],
)  # fmt: skip
def test_another_path_gets_a_list_of_those_there_are(path: str) -> None:
    answer = found(f"{path}?wsdl", host="platta.example:81")
    assert (answer.status, header(answer, b"content-type")) == (404, b"text/plain; charset=utf-8")
    lines = answer.body.decode().splitlines()
    assert lines[0] == "No wsdl found on this path, following wsdl paths is available:"
    assert f"http://platta.example:81{PATH}?wsdl" in lines
    assert sum(line.startswith("http") for line in lines) == len(list((ROOT / "wsdl").glob("*.wsdl")))
    assert any("sökväg" in line.lower() for line in lines)


def test_the_national_list() -> None:
    """National VP: HTTP 500, a Content-Type that is none, one line for each path."""
    answer = found("/vp/x?wsdl", mode="national")
    assert (answer.status, header(answer, b"content-type")) == (500, b"text/plain;UTF-8")
    lines = answer.body.decode().split("\n")
    assert lines[0] == "No wsdl found on this path, following wsdl paths is available:"
    assert lines[1:] == sorted(lines[1:])
    assert f"http://127.0.0.1:8080{PATH}?wsdl" in lines
    assert len(lines) == 1 + len(list((ROOT / "wsdl").glob("*.wsdl")))


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "wsdl=", "wsdl=1", "a=b&wsdl", "Wsdl=x&wsdl=y"])
def test_any_value_will_do(query: str) -> None:
    assert b"wsdl:definitions" in found(f"{PATH}?{query}").body


@pytest.mark.parametrize("mode", ["strict", "national"])
@pytest.mark.parametrize("target", [PATH, f"{PATH}?", f"{PATH}?x=wsdl", f"{PATH}?singlewsdl", "/vp?foo=bar"])
def test_everything_else_is_none_of_ours(mode: str, target: str) -> None:
    assert get(target, mode=mode) is None


@pytest.mark.parametrize(("name", "value"), [("wsdl", ""), ("wsdl", "x"), ("xsd", WRITTEN)])
def test_nationally_a_header_will_do(name: str, value: str) -> None:
    """National VP: a query parameter and a header of the same name are one thing there."""
    assert found(PATH, mode="national", **{name: value}).status == 200
    assert get(PATH, **{name: value}) is None


@pytest.mark.parametrize("mode", ["strict", "national"])
@pytest.mark.parametrize("key", [REGISTRY, WRITTEN, REGISTRY.replace("/", "%2F")])
def test_a_schema_is_found_by_its_key_and_as_written(mode: str, key: str) -> None:
    """National VP, F14 and F15."""
    answer = found(f"{PATH}?xsd={key}", mode=mode)
    assert answer.status == 200
    assert etree.fromstring(answer.body).get("targetNamespace") == ns.REGISTRY


def test_a_key_with_a_blank_and_letters_of_ours(tmp_path: Path) -> None:
    library = Library(make(tmp_path), national=False)
    target = "/GetTing/1/rivtabp21?"
    (location,) = links(found(f"{target}wsdl=wsdl/delad.wsdl", library=library).body)
    answer = found(f"{target}{location.partition('?')[2]}", library=library)
    assert etree.fromstring(answer.body).get("targetNamespace") == "urn:riv:prov:doman:2"


@pytest.mark.parametrize(
    "key",
    [
        "", "x", "../../etc/passwd", "/etc/passwd", "wsdl/../routing/routes.toml", "file:///etc/passwd", "%00",
        "xsd/interactions/GetCarePlansInteraction/GetCarePlansResponder_2.0.xsd", "<script>",
    ],
)  # fmt: skip
def test_another_schema_gets_a_list_of_those_there_are(key: str) -> None:
    """Only what this WSDL reaches is served, whatever else lies in xsd/."""
    answer = found(f"{PATH}?xsd={key}", host="platta.example")
    assert (answer.status, header(answer, b"content-type")) == (404, b"text/plain; charset=utf-8")
    lines = answer.body.decode().splitlines()
    assert f"http://platta.example{PATH}?xsd={REGISTRY}" in lines
    assert sum(line.startswith("http") for line in lines) == 4


def test_the_national_fault_for_another_schema() -> None:
    """National VP, generic faults: the exception's message without a VP code."""
    answer = found(f"{PATH}?xsd=..%2Fa%26b.xsd", mode="national")
    assert (answer.status, header(answer, b"content-type")) == (500, b"text/xml; charset=UTF-8")
    text = "WSDLException: faultCode=OTHER_ERROR: Couldn't find xsd named ../a&amp;b.xsd"
    assert f"<faultcode>SOAP-ENV:Server</faultcode><faultstring>{text}</faultstring>" in answer.body.decode()
    assert f"<detailString>javax.wsdl.WSDLException: {text}</detailString>" in answer.body.decode()


@pytest.mark.parametrize(
    ("headers", "here"),
    [
        ({}, "http://127.0.0.1:8080"),
        ({"host": "platta.example"}, "http://platta.example"),
        ({"host": "platta.example:81"}, "http://platta.example:81"),
        ({"host": "[::1]:81"}, "http://[::1]:81"),
        ({"host": 'x"><script>'}, "http://127.0.0.1:8080"),
        ({"host": "a, b"}, "http://127.0.0.1:8080"),
        ({"host": "inre:8080", **PROXY}, "https://vp-proxy-dns-name:443"),
        ({"host": "yttre", "x-vp-forwarded-proto": "HTTPS"}, "https://yttre"),
        ({"host": "yttre:8443", "x-vp-forwarded-proto": "https"}, "https://yttre:8443"),
        ({"host": "yttre:1", "x-vp-forwarded-port": "2"}, "http://yttre:2"),
        ({"host": "inre:1", "x-vp-forwarded-host": "yttre"}, "http://yttre"),
        ({"host": "inre:1", "x-vp-forwarded-host": "yttre:3, mellan"}, "http://yttre:3"),
        ({"host": "inre", "x-vp-forwarded-proto": "gopher", "x-vp-forwarded-port": "x"}, "http://inre"),
        ({"host": "inre", "x-vp-forwarded-host": "<y>"}, "http://inre"),
    ],
)
def test_addresses_are_those_that_the_caller_knows(headers: dict[str, str], here: str) -> None:
    wsdl = found(f"{PATH}?wsdl", **headers).body
    assert addresses(wsdl) == [f"{here}{PATH}"]
    assert links(wsdl)[1] == f"{here}{PATH}?xsd={REGISTRY}"


@pytest.mark.parametrize(
    ("headers", "here"),
    [
        ({"host": "platta.example"}, "http://0.0.0.0:8080"),
        (PROXY, "https://vp-proxy-dns-name:443"),
        ({"x-vp-forwarded-host": "yttre"}, "http://yttre:8080"),
    ],
)
def test_national_addresses_are_those_of_the_listener(headers: dict[str, str], here: str) -> None:
    """National VP: the configured host and port, overridden by the proxy's headers; Host is not looked at."""
    wsdl = found(f"{PATH}?wsdl", mode="national", settings={"host": "0.0.0.0"}, **headers).body
    assert addresses(wsdl) == [f"{here}{PATH}"]
    assert links(wsdl)[1] == f"{here}{PATH}?xsd={WRITTEN}"


def test_a_proxy_is_believed_from_allowed_addresses_only() -> None:
    """Nationally from all: who asks for a document is not looked at there."""
    assert addresses(found(f"{PATH}?wsdl", ip="10.0.0.9", host="inre", **PROXY).body) == [f"http://inre{PATH}"]
    national = found(f"{PATH}?wsdl", mode="national", ip="10.0.0.9", **PROXY)
    assert addresses(national.body) == [f"https://vp-proxy-dns-name:443{PATH}"]


def test_the_proxys_headers_have_names_of_ones_choice() -> None:
    settings = {
        "forwarded_proto_header": "X-Forwarded-Proto",
        "forwarded_host_header": "X-Forwarded-Host",
        "forwarded_port_header": "X-Forwarded-Port",
    }
    headers = {name.replace("vp-", ""): value for name, value in PROXY.items()}
    wsdl = found(f"{PATH}?wsdl", settings=settings, **headers).body
    assert addresses(wsdl) == [f"https://vp-proxy-dns-name:443{PATH}"]
    assert addresses(found(f"{PATH}?wsdl", settings=settings, host="inre", **PROXY).body) == [f"http://inre{PATH}"]


def test_an_ipv6_listener_is_written_in_brackets() -> None:
    wsdl = found(f"{PATH}?wsdl", mode="national", settings={"host": "::1"}).body
    assert addresses(wsdl) == [f"http://[::1]:8080{PATH}"]


def test_a_path_that_is_not_ours_is_written_as_text() -> None:
    """The first segment is the caller's own; nothing in it may become markup."""
    target = PATH.replace("/vp/", "/\"'<&>/")
    assert addresses(found(f"{target}?wsdl", host="p").body) == [f"http://p{target}"]


@pytest.mark.parametrize("mode", ["strict", "national"])
@pytest.mark.parametrize("target", [f"{PATH}?wsdl", "/x?wsdl", f"{PATH}?xsd=x"])
def test_the_correlation_id_comes_back(mode: str, target: str) -> None:
    """National VP, correlation id: always returned, also with ?wsdl."""
    sent = found(target, mode=mode, x_skltp_correlation_id="c-1")
    assert header(sent, b"x-skltp-correlation-id") == b"c-1"
    made = header(found(target, mode=mode), b"x-skltp-correlation-id")
    assert re.fullmatch(rb"[0-9a-f-]{36}", made)
