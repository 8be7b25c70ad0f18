"""``gateway.aggregator.splice``: when the records' place in the bytes is sure, and when a tree has to tell."""

import pytest
from gateway_samples import CORE, contract, envelope, responder

from gateway.aggregator import splice
from gateway.soap import ns

NAME = "GetFixedContacts"
R, C = responder(NAME), CORE[NAME]
OPEN = f"<r:GetFixedContactsResponse xmlns:r='{R}' xmlns:c='{C}'>"
CLOSE = "</r:GetFixedContactsResponse>"
ONE = "<r:fixedContact><c:a>å</c:a></r:fixedContact>"


def found(body: str, header: str = "") -> splice.Cut | None:
    return splice.find(contract(NAME), envelope(body, header))


@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize("between", ["", "\n  "])
def test_a_plain_run_is_found(count: int, between: str) -> None:
    run = between.join([ONE] * count)
    data = envelope(f"{OPEN}{between}{run}{between}{CLOSE}")
    cut = splice.find(contract(NAME), data)
    assert cut is not None
    assert (data[cut.start : cut.end].decode(), cut.count) == (run, count)
    assert {"r": R, "c": C}.items() <= dict(cut.prefixes).items()


def test_names_that_only_begin_like_a_records_are_no_records() -> None:
    inner = "<r:fixedContactHeader>x</r:fixedContactHeader><c:fixedContact>y</c:fixedContact>"
    cut = found(f"{OPEN}<r:fixedContact>{inner}</r:fixedContact>{CLOSE}")
    assert cut is not None
    assert cut.count == 1


def test_what_follows_the_records_does_not_matter() -> None:
    """As the result of GetCarePlans."""
    cut = found(f"{OPEN}{ONE}<r:result><c:x/></r:result>{CLOSE}")
    assert cut is not None
    assert cut.count == 1


OPENINGS = {
    "no prefix": f"{OPEN.replace('r:Get', 'Get').replace('xmlns:c', 'xmlns')}{ONE}{CLOSE.replace('r:', '')}",
    "no prefix, right": f"<GetFixedContactsResponse xmlns='{R}' xmlns:r='{R}'><r:fixedContact></r:fixedContact>"
    "</GetFixedContactsResponse>",
    "a default namespace": OPEN.replace(">", " xmlns='urn:x'>") + ONE + CLOSE,
    "another namespace": OPEN.replace(R, "urn:x") + ONE + CLOSE,
    "another response": OPEN.replace("FixedContactsR", "OtherR") + ONE + CLOSE.replace("FixedContactsR", "OtherR"),
    "two children of Body": f"<x/>{OPEN}{ONE}{CLOSE}",
    "two responses": f"{OPEN}{ONE}{CLOSE}{OPEN}{ONE}{CLOSE}",
    "something after the response": f"{OPEN}{ONE}{CLOSE}<x/>",
    "something before the records": f"{OPEN}<c:x/>{ONE}{CLOSE}",
    "something between": f"{OPEN}{ONE}<c:x/>{ONE}{CLOSE}",
    "text between": f"{OPEN}{ONE}x{ONE}{CLOSE}",
    "a comment": f"{OPEN}{ONE}<!-- {ONE} -->{CLOSE}",
    "CDATA": f"{OPEN}<r:fixedContact><![CDATA[</r:fixedContact><r:fixedContact>]]></r:fixedContact>{CLOSE}",
    "a processing instruction": f"{OPEN}{ONE}<?p {ONE}?>{CLOSE}",
    "an attribute": f"{OPEN}{ONE}<r:fixedContact a='1'/>{CLOSE}",
    "white space in the start tag": f"{OPEN}{ONE}{ONE.replace('ct>', 'ct >', 1)}{CLOSE}",
    "white space in the end tag": f"{OPEN}{ONE}{ONE.replace('ct></r', 'ct></r')[:-1]} >{CLOSE}",
    "an empty record": f"{OPEN}{ONE}<r:fixedContact/>{CLOSE}",
    "a record in a record": f"{OPEN}<r:fixedContact>{ONE}</r:fixedContact>{CLOSE}",
    "another prefix for the same": f"{OPEN}{ONE}<q:fixedContact xmlns:q='{R}'/>{CLOSE}",
    "no records": f"{OPEN}{CLOSE}",
}


@pytest.mark.parametrize("why", OPENINGS)
def test_whatever_is_written_otherwise_is_left_to_a_tree(why: str) -> None:
    assert found(OPENINGS[why]) is None


def test_records_in_the_header_are_none_of_the_answers() -> None:
    assert found(f"{OPEN}{ONE}{CLOSE}", f"<x xmlns:r='{R}' xmlns:c='{C}'>{ONE}</x>") is None


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_other_encodings_are_left_to_a_tree(encoding: str) -> None:
    text = f"<?xml version='1.0' encoding='{encoding}'?>" + envelope(f"{OPEN}{ONE}{CLOSE}").decode()
    assert splice.find(contract(NAME), text.encode(encoding)) is None
    assert splice.find(contract(NAME), text.replace(encoding, "utf-8").encode()) is not None


def test_an_envelope_of_another_soap_version_than_its_body_is_left_to_a_tree() -> None:
    data = envelope(f"{OPEN}{ONE}{CLOSE}")
    both = data.replace(ns.SOAP11.encode(), ns.SOAP12.encode())
    assert splice.find(contract(NAME), both) is not None
    mixed = data.replace(b":Body", b":Body xmlns:x='urn:x'", 1).replace(b"Envelope", b"Umschlag")
    assert splice.find(contract(NAME), mixed) is None


def test_a_long_opening_is_read_too() -> None:
    assert found(f"{OPEN}{ONE}{CLOSE}", f"<x>{'y' * 10_000}</x>") is not None
