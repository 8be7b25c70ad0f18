"""Messages in every shape: the good ones are understood, the bad ones refused without telling of a person."""

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.producers.kronoberg.service import LOGICAL_ADDRESS

Call = Callable[..., Any]
PERSON, REGISTRY = "191212121212", "urn:riv:itintegration:registry:1"
ALL = ["2025", "2026", "2027"]


def test_default_namespaces(case: Any, call: Call) -> None:
    patient = case.patient.format(person=PERSON).replace("c:", "").replace("<id", f'<id xmlns="{case.core}"')
    patient = patient.replace("<type", f'<type xmlns="{case.core}"').replace("<root", f'<root xmlns="{case.core}"')
    patient = patient.replace("<extension", f'<extension xmlns="{case.core}"')
    question = f"""<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/">
      <Header><LogicalAddress xmlns="{REGISTRY}">{LOGICAL_ADDRESS}</LogicalAddress></Header>
      <Body><{case.name} xmlns="{case.responder}"><patientId>{patient}</patientId></{case.name}></Body>
    </Envelope>"""
    assert call(case.path, question.encode()).ids() == ALL


def test_soap_env_prefix_other_headers_and_comments(case: Any, call: Call) -> None:
    question = case.question().decode().replace("soapenv:", "SOAP-ENV:").replace(":soapenv", ":SOAP-ENV")
    question = question.replace("<SOAP-ENV:Header>", '<SOAP-ENV:Header><!-- å --><a:To xmlns:a="urn:a">x</a:To>')
    question = question.replace("<SOAP-ENV:Body>", "<SOAP-ENV:Body>\n  <!-- <x/> --><?pi?>\n  ")
    assert call(case.path, question.encode()).ids() == ALL


@pytest.mark.parametrize(
    ("content_type", "declaration", "codec"),
    [
        ("text/xml", "", "utf-8"),
        ("text/xml; charset=UTF-8", '<?xml version="1.0" encoding="UTF-8"?>', "utf-8-sig"),
        ('Text/XML;charset="utf-16"', '<?xml version="1.0" encoding="UTF-16"?>', "utf-16"),
        ("text/xml", '<?xml version="1.0" encoding="ISO-8859-1"?>', "latin-1"),
        ("text/xml; charset=iso-8859-1", '<?xml version="1.0" encoding="UTF-8"?>', "latin-1"),
    ],
)
def test_encodings(cases: Any, call: Call, content_type: str, declaration: str, codec: str) -> None:
    case = cases["GetCarePlans"]
    question = declaration + case.question("<r:careUnitHSAId>ÅÄÖ</r:careUnitHSAId>").decode()
    assert call(case.path, question.encode(codec), content_type).ids() == []
    assert call(case.path, question.replace("ÅÄÖ", "SE2321000065-VE2").encode(codec), content_type).ids() == ["2027"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (("<r:patientId>", "<r:unknown>"), "XML error in line 1 (ERR_TAG_NAME_MISMATCH)"),
        (("patientId>", "person>"), "Element 'person': This element is not expected. Expected is"),
        (
            ("</r:patientId>", f"</r:patientId><r:nope>{PERSON}</r:nope>"),
            "Element 'nope': This element is not",
        ),
        (("</r:patientId>", f"</r:patientId>{PERSON}"), "(SCHEMAV_CVC_COMPLEX_TYPE_2_3)"),
        (("<r:patientId>", f'<r:patientId nope="{PERSON}">'), "patientId (SCHEMAV_CVC_COMPLEX_TYPE_3_2_1)"),
        (("<soapenv:Body>", "<soapenv:Body><r:x/>"), "exactly one element in Body"),
        (("<soapenv:Body>", "<soapenv:Body/><soapenv:Body>"), "exactly one element in Body"),
        (("schemas.xmlsoap.org/soap", "www.w3.org/2003/05/soap"), "Not a SOAP 1.1 envelope"),
        (("Responder:", "Responder:9"), "Body must contain {urn:riv:"),
        (("soapenv:Body", "soapenv:Header"), "Not a SOAP 1.1 envelope"),
    ],
)
def test_bad_requests_are_faults_without_person_id(case: Any, call: Call, change: tuple[str, str], text: str) -> None:
    question = case.question().decode()
    assert change[0] in question
    answer = call(case.path, question.replace(*change).encode())
    assert answer.status == 500
    assert answer.fault.startswith("Client ")
    assert text in answer.fault
    assert PERSON not in answer.body.decode()


@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("GetDocumentedAgreements", f"<r:status>{PERSON}</r:status>"),
        ("GetCarePlans", f"<r:datePeriod><c:start>{PERSON}</c:start><c:end>20250101</c:end></r:datePeriod>"),
    ],
)
def test_bad_values_are_not_repeated(cases: Any, call: Call, name: str, after: str) -> None:
    answer = call(cases[name].path, cases[name].question(after=after))
    assert (answer.status, answer.fault.startswith("Client Frågan följer inte")) == (500, True)
    assert "SCHEMAV_CVC_" in answer.fault
    assert PERSON not in answer.body.decode()


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"", "text/xml", "ERR_DOCUMENT_EMPTY"),
        (b"GET / HTTP/1.1", "text/xml", "XML error"),
        (b"<a/>", "text/xml; charset=klingon", "Unknown character encoding"),
        (b"<a/>", "text/xml", "Not a SOAP 1.1 envelope"),
        (b"<a>" * 300 + b"</a>" * 300, "text/xml", "XML error"),
        (b"<a>\xff</a>", "text/xml", "XML error"),
    ],
)
def test_garbage_is_a_fault(case: Any, call: Call, body: bytes, content_type: str, text: str) -> None:
    answer = call(case.path, body, content_type)
    assert answer.status == 500
    assert text in answer.fault


BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE x>",
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:{port}/x.dtd">',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:{port}/x">]>',
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:{port}/x.dtd"> %p;]>',
        f'<!DOCTYPE x [<!ENTITY l0 "{PERSON}">{BOMB}<!ENTITY e "&l9;">]>',
    ],
)
@pytest.mark.parametrize("place", ["", "&e;", '<x:a xmlns:x="urn:x" b="&e;"/>'])
@pytest.mark.sockets
def test_no_dtd_no_entities_no_network(cases: Any, call: Call, tmp_path: Path, doctype: str, place: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hemlighet")
    case = cases["GetCareManagers"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        head = doctype.replace("{port}", str(listener.getsockname()[1])).replace("{secret}", str(secret))
        answer = call(case.path, head.encode() + case.question(after=place))
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert answer.status == 500
    assert "DOCTYPE is not allowed" in answer.fault or "XML error" in answer.fault
    assert b"hemlighet" not in answer.body
    assert PERSON.encode() not in answer.body


@pytest.mark.sockets
def test_instance_hints_load_nothing(cases: Any, call: Call) -> None:
    case = cases["GetCareManagers"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        where = f"http://127.0.0.1:{listener.getsockname()[1]}/x.xsd"
        hint = (
            '<r:GetCareManagers xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            f'xsi:schemaLocation="urn:x {where} {case.responder} {where}">'
        )
        question = case.question(after='<x:a xmlns:x="urn:x"/>').decode()
        answer = call(case.path, question.replace("<r:GetCareManagers>", hint).encode())
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert answer.ids() == ALL


def test_xsi_type_and_references_change_nothing(cases: Any, call: Call) -> None:
    case = cases["GetCareManagers"]
    typed = '<r:patientId xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="c:IIType">'
    question = case.question().decode()
    assert call(case.path, question.replace("<r:patientId>", typed).encode()).ids() == ALL
    reference = question.replace("<soapenv:Body>", '<soapenv:Body id="a" href="#a">')
    assert call(case.path, reference.encode()).ids() == ALL


def test_only_soap_calls_on_known_paths(case: Any, call: Call) -> None:
    assert call("/livez", method="GET").body == b"ok\n"
    assert call(f"{case.path}/", case.question()).status == 404
    assert call(case.path, method="GET").status == 405
    wsdl = call(case.path, method="GET", query="wsdl")
    assert (wsdl.status, b"WSDL" in wsdl.body) == (404, True)
    assert call(case.path, case.question(), "application/soap+xml").status == 415
    assert call(case.path, case.question(), "").status == 415
