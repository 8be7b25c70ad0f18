"""National VP, WSDL and schema documents (5)."""

import pytest
from lxml import etree
from national_catalogue import SENDER
from national_messages import message
from national_rows import row
from national_site import Answer, Gateway, Site, get, request

from gateway.soap import ns

PATH = "/vp/coreprocess/planning/coordinatedplanning/GetFixedContacts/1/rivtabp21"
REGISTRY = "../xsd/core_components/itintegration_registry_1.0.xsd"
WSDL_LIBRARY = "VP WSDL and XSD lookup; WsdlProcessorImplTest"


def locations(answer: Answer) -> list[str]:
    """Every schemaLocation of an import, and the address."""
    tree = etree.fromstring(answer.body)
    found = [element.get("schemaLocation", "") for element in tree.iter(f"{{{ns.XS}}}import")]
    return [*found, *(element.get("location", "") for element in tree.iter(f"{{{ns.WSDL_SOAP}}}address"))]


@row("wsdl-01", "?wsdl without any identity; the schemas' locations lead back", "getWsdlByHttpHappyDays")
def test_wsdl_01(national: Gateway) -> None:
    answer = get(national.port, f"{PATH}?wsdl")
    base = f"http://127.0.0.1:{national.port}{PATH}"
    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml;UTF-8")
    assert f"{base}?xsd={REGISTRY}" in locations(answer)
    assert locations(answer)[-1] == base


@row("wsdl-02", "the same over TLS, with a certificate", "getWsdlByHttpsHappyDays")
def test_wsdl_02(site: Site, national: Gateway) -> None:
    context = site.peers.certificates.client_context(SENDER)
    answer = request("127.0.0.1", national.tls_port, "GET", f"{PATH}?wsdl", b"", {}, context)
    assert f"https://127.0.0.1:{national.tls_port}{PATH}?xsd={REGISTRY}" in locations(answer)


@row("wsdl-03", "?xsd= with the location as written", "getXsdByHttpHappyDays")
def test_wsdl_03(national: Gateway) -> None:
    answer = get(national.port, f"{PATH}?xsd={REGISTRY}")
    assert etree.fromstring(answer.body).get("targetNamespace") == ns.REGISTRY


@row("wsdl-04", "a schema over TLS", "getXsdByHttpsHappyDays")
def test_wsdl_04(site: Site, national: Gateway) -> None:
    context = site.peers.certificates.client_context(SENDER)
    answer = request("127.0.0.1", national.tls_port, "GET", f"{PATH}?xsd={REGISTRY}", b"", {}, context)
    assert etree.fromstring(answer.body).get("targetNamespace") == ns.REGISTRY


@row("wsdl-05", "upper and lower case of the path are the same", WSDL_LIBRARY)
def test_wsdl_05(national: Gateway) -> None:
    assert get(national.port, f"{PATH.upper()}?WSDL").status == 200


@row("wsdl-06", "a header named wsdl does as well, with any method", WSDL_LIBRARY)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_wsdl_06(national: Gateway, method: str) -> None:
    answer = request("127.0.0.1", national.port, method, PATH, message().encode(), {"wsdl": "x"})
    assert b"definitions" in answer.body


@row("wsdl-07", "the proxy's headers are in the addresses", WSDL_LIBRARY)
def test_wsdl_07(national: Gateway) -> None:
    names = {"X-VP-Forwarded-Proto": "https", "X-VP-Forwarded-Host": "vp-proxy-dns-name", "X-VP-Forwarded-Port": "443"}
    answer = request("127.0.0.1", national.port, "GET", f"{PATH}?wsdl", b"", names)
    assert all(each.startswith(f"https://vp-proxy-dns-name:443{PATH}") for each in locations(answer))


@row("wsdl-08", "an unknown path: 500 and a list", WSDL_LIBRARY)
def test_wsdl_08(national: Gateway) -> None:
    answer = get(national.port, "/vp/annat?wsdl")
    first, *lines = answer.body.decode().splitlines()
    assert (answer.status, answer.headers["content-type"]) == (500, "text/plain;UTF-8")
    assert first == "No wsdl found on this path, following wsdl paths is available:"
    assert f"http://127.0.0.1:{national.port}{PATH}?wsdl" in lines


@row("wsdl-09", "an unknown schema: a fault without a code", WSDL_LIBRARY)
def test_wsdl_09(national: Gateway) -> None:
    code, text, _ = get(national.port, f"{PATH}?xsd=annan.xsd").fault
    assert (code, text) == (
        "SOAP-ENV:Server",
        "WSDLException: faultCode=OTHER_ERROR: Couldn't find xsd named annan.xsd",
    )


@row("wsdl-10", "the correlation id comes back here too", "VP correlation id")
def test_wsdl_10(national: Gateway) -> None:
    assert get(national.port, f"{PATH}?wsdl", x_skltp_correlation_id="a").headers["x-skltp-correlation-id"] == "a"


@row("wsdl-11", "includes and schemas reached by them are not served", WSDL_LIBRARY, better="Whole WSDL trees")
def test_wsdl_11(site: Site) -> None:
    """Every document that a document names can be read, in both modes."""
    for each in (site.gateways["national"], site.gateways["strict"]):
        seen, waiting = set[str](), [f"{PATH}?wsdl"]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            answer = get(each.port, path)
            assert answer.status == 200, path
            tree = etree.fromstring(answer.body)
            waiting += [
                element.get("schemaLocation", "").removeprefix(f"http://127.0.0.1:{each.port}")
                for name in ("import", "include")
                for element in tree.iter(f"{{{ns.XS}}}{name}")
            ]
        assert len(seen) > 3


@row("wsdl-12", "the caller's own headers come back with the document", WSDL_LIBRARY, better="Whole WSDL trees")
def test_wsdl_12(national: Gateway) -> None:
    assert "x-hemlig" not in get(national.port, f"{PATH}?wsdl", x_hemlig="1").headers


@row(
    "wsdl-13",
    "an unknown path is a server error, and the labels are malformed",
    "VP surprising or awkward",
    better="Strict: WSDL",
)
def test_wsdl_13(site: Site) -> None:
    strict = site.gateways["strict"]
    assert get(strict.port, "/vp/annat?wsdl").status == 404
    assert get(strict.port, f"{PATH}?wsdl").headers["content-type"] == "text/xml; charset=utf-8"
