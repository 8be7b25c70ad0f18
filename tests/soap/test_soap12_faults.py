"""``gateway.soap.fault.render12``: our refusals for those who speak SOAP 1.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.soap import fault, ns
from gateway.soap.fault import Fault

REFUSED = Fault(
    "VP004", fault.CLIENT, "VP004 [prov] Det finns inget vägval", "No receiverId", {"en": "Add a route."}, "c-1"
)
ENV = f"{{{ns.SOAP12}}}"


def test_the_whole_fault() -> None:
    """SOAP 1.2 Part 1, section 5.4: Code, Reason, Detail, all qualified."""
    assert fault.render12(REFUSED).decode() == (
        f'<env:Envelope xmlns:env="{ns.SOAP12}"><env:Header/><env:Body><env:Fault>'
        "<env:Code><env:Value>env:Sender</env:Value></env:Code>"
        '<env:Reason><env:Text xml:lang="sv">VP004 [prov] Det finns inget vägval</env:Text></env:Reason>'
        "<env:Detail><detailString>No receiverId</detailString>"
        f'<g:help xmlns:g="{ns.GATEWAY}"><g:code>VP004</g:code><g:correlationId>c-1</g:correlationId>'
        '<g:hint xml:lang="en">Add a route.</g:hint></g:help></env:Detail>'
        "</env:Fault></env:Body></env:Envelope>"
    )


@pytest.mark.parametrize(("side", "role", "status"), [("Client", "Sender", 400), ("Server", "Receiver", 500)])
def test_who_has_to_act(side: str, role: str, status: int) -> None:
    """SOAP 1.2 Part 2, table 20."""
    refused = Fault("VP007", side, "t", "")
    value = etree.fromstring(fault.render12(refused)).findtext(f".//{ENV}Code/{ENV}Value")
    assert (value, fault.status12(refused)) == (f"env:{role}", status)


@given(st.text(), st.text())
def test_any_text_can_be_told(text: str, detail: str) -> None:
    tree = etree.fromstring(fault.render12(Fault("VP015", "Client", text, detail)))
    found = tree.find(f"{ENV}Body/{ENV}Fault")
    assert found is not None
    assert fault.read(found)[0] == "Sender"
