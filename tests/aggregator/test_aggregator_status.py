"""``gateway.aggregator.status``: the ProcessingStatus header, valid in strict mode and national in the other."""

import pytest
from gateway_samples import ROOT
from lxml import etree

from gateway import texts
from gateway.aggregator.outcome import Failure, Outcome
from gateway.aggregator.status import Status
from gateway.soap import ns

SCHEMA = etree.XMLSchema(file=str(ROOT / "xsd" / "core_components" / "interoperability_headers_1.0.xsd"))
NOW, LATER = "20250501120000", "20250501120005"
KINDS = texts.keys("status")
VP009 = "VP009 [prov] Fel vid kontakt med tjänsteproducenten."


def failed(kind: str, detail: str = "x", source: str = "B") -> Outcome:
    return Outcome(source, failure=Failure(kind, detail))


def render(*outcomes: Outcome, national: bool = False) -> str:
    return Status("prov", national=national).render(outcomes, NOW)


def row(text: str) -> dict[str, str]:
    return {etree.QName(each).localname: each.text or "" for each in etree.fromstring(text).iter() if len(each) == 0}


def test_a_source_that_answered() -> None:
    """National AgP, truth table: DataFromSource, not from cache, in synch, lastSuccessfulSynch now."""
    for national in (False, True):
        assert render(Outcome("A"), national=national) == (
            '<ProcessingStatus xmlns="urn:riv:interoperability:headers:1"><ProcessingStatusList>'
            "<logicalAddress>A</logicalAddress><statusCode>DataFromSource</statusCode>"
            "<isResponseFromCache>false</isResponseFromCache><isResponseInSynch>true</isResponseInSynch>"
            f"<lastSuccessfulSynch>{NOW}</lastSuccessfulSynch></ProcessingStatusList></ProcessingStatus>"
        )


def test_a_source_that_failed_nationally() -> None:
    """National AgP, truth table and error mapping: no lastSuccessfulSynch, the platform is always the cause."""
    assert render(failed("fault", "VP007 [x] & mer"), national=True) == (
        '<ProcessingStatus xmlns="urn:riv:interoperability:headers:1"><ProcessingStatusList>'
        "<logicalAddress>B</logicalAddress><statusCode>NoDataSynchFailed</statusCode>"
        "<isResponseFromCache>false</isResponseFromCache><isResponseInSynch>false</isResponseInSynch>"
        f"<lastUnsuccessfulSynch>{NOW}</lastUnsuccessfulSynch><lastUnsuccessfulSynchError>"
        "<causingAgent>virtualization_platform</causingAgent><code>500</code><text>VP007 [x] &amp; mer</text>"
        "</lastUnsuccessfulSynchError></ProcessingStatusList></ProcessingStatus>"
    )


NATIONAL = {
    "fault": ("500", "x"),
    "denied": ("500", "x"),
    "unroutable": ("500", "x"),
    "timeout": ("504", "x"),
    "refused": ("500", VP009),
    "busy": ("500", VP009),
    "connect-timeout": ("500", VP009),
    "reset": ("500", VP009),
    "tls": ("500", VP009),
    "status": ("500", VP009),
    "empty": ("500", VP009),
    "too-large": ("500", VP009),
    "malformed": ("43000", "x"),
    "foreign": ("43000", "x"),
    "invalid": ("43000", "x"),
    "wrong-person": ("43000", "x"),
    "late": ("43000", "x"),
    "internal": ("43000", "x"),
    "loop": ("43000", "x"),
}


def test_every_kind_has_a_national_code() -> None:
    assert set(NATIONAL) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_national_codes(kind: str) -> None:
    """National AgP, error mapping: a fault's HTTP status, 504 for a read timeout, 43000 for anything else.

    A producer that cannot be used at all is reported by the router in between, with its VP009 fault.
    """
    found = row(render(failed(kind), national=True))
    assert (found["code"], found["text"]) == NATIONAL[kind]
    assert found["causingAgent"] == "virtualization_platform"


@pytest.mark.parametrize("kind", KINDS)
def test_the_strict_form_is_valid_and_says_who_is_to_act(kind: str) -> None:
    """Interoperability headers 1.0; the national form lacks the mandatory lastSuccessfulSynch."""
    text = render(Outcome("A"), failed(kind, "detaljen <&>"))
    SCHEMA.assertValid(etree.fromstring(text))
    found = row(render(failed(kind, "detaljen <&>")))
    entry = texts.entry("status", kind)
    assert (found["code"], found["causingAgent"]) == (entry["code"], entry["agent"])
    assert found["text"] == f"{entry['sv']} / {entry['en']} (detaljen <&>)"


def test_an_empty_header_is_valid_in_both_forms() -> None:
    for national in (False, True):
        SCHEMA.assertValid(etree.fromstring(render(national=national)))


def test_the_national_form_is_invalid_as_the_national_one_is() -> None:
    assert SCHEMA.validate(etree.fromstring(render(Outcome("A"), national=True)))
    assert not SCHEMA.validate(etree.fromstring(render(failed("fault"), national=True)))


def test_the_children_have_no_prefix() -> None:
    """National AgP: tests look for the literal ``<logicalAddress>x</logicalAddress>``."""
    text = render(Outcome("A"), failed("fault"))
    assert "<logicalAddress>A</logicalAddress>" in text
    assert not any(each.prefix for each in etree.fromstring(text).iter())


def test_the_last_success_of_a_source_is_remembered() -> None:
    status = Status("prov", national=False)
    first = row(status.render([failed("timeout", source="A")], NOW))
    assert first["lastSuccessfulSynch"] == ""
    status.render([Outcome("A"), Outcome("B")], NOW)
    later = row(status.render([failed("timeout", source="A")], LATER))
    assert (later["lastSuccessfulSynch"], later["lastUnsuccessfulSynch"]) == (NOW, LATER)


def test_the_order_is_the_order_of_the_outcomes() -> None:
    text = render(Outcome("B"), failed("late", source="C"), Outcome("A"))
    rows = etree.fromstring(text).iter(f"{{{ns.INTEROPERABILITY}}}logicalAddress")
    assert [each.text for each in rows] == ["B", "C", "A"]


@pytest.mark.parametrize("source", ["A&B", "<A>", "Å"])
def test_addresses_are_escaped(source: str) -> None:
    assert row(render(Outcome(source)))["logicalAddress"] == source


@pytest.mark.parametrize("national", [False, True])
def test_details_with_forbidden_characters_do_not_break_the_answer(national: bool) -> None:
    """XML 1.0, production 2 (Char)."""
    assert "odd" in row(render(failed("internal", "odd\x00\x0b\ud800\uffff"), national=national))["text"]
