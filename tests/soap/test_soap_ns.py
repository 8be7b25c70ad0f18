"""``gateway.soap.ns``: names in ``{namespace}local`` form."""

import pytest

from gateway.soap import ns


@pytest.mark.parametrize(
    ("tag", "namespace", "local"), [("{urn:x}a", "urn:x", "a"), ("a", "", "a"), ("{urn:{x}}a", "urn:{x}", "a")]
)
def test_a_tag_is_taken_apart(tag: str, namespace: str, local: str) -> None:
    assert (ns.namespace(tag), ns.local(tag)) == (namespace, local)


def test_a_tag_is_put_together() -> None:
    assert ns.clark("urn:x", "a") == "{urn:x}a"


def test_the_namespaces_are_the_published_ones() -> None:
    """SOAP 1.1 and 1.2, WS-Addressing 1.0, RIV-TA Basic Profile 2.1, interoperability headers 1.0."""
    assert ns.SOAP11 == "http://schemas.xmlsoap.org/soap/envelope/"
    assert ns.SOAP12 == "http://www.w3.org/2003/05/soap-envelope"
    assert ns.WSA == "http://www.w3.org/2005/08/addressing"
    assert ns.REGISTRY == "urn:riv:itintegration:registry:1"
    assert ns.INTEROPERABILITY == "urn:riv:interoperability:headers:1"
