"""National VP, MTOM/XOP (1.4): the envelope is cut out of the message there, and nothing is lost here."""

import re

import pytest
from national_case import Case, check
from national_catalogue import SENDER
from national_messages import LOGICAL, XOP_LABEL, child, envelope, message, package
from national_producer import OK, PACKAGE, PACKAGE_LABEL
from national_rows import Row, row, table
from national_site import NAME, Site
from vp_codes import VP_CODES

BETTER = "Attachments"
LOWER = envelope(LOGICAL % "ok", child()).replace("soapenv:Envelope", "soapenv:envelope")
XOP = {"Content-Type": XOP_LABEL}


def routed(number: int, says: str, body: bytes, test: str, **more: object) -> Case:
    """Routed by its envelope; every byte and the label go on."""
    found = Row(f"mtom-{number:02}", says, test, BETTER)
    return Case(
        row=found,
        ask={"body": body, "headers": XOP, **more},
        body=OK,
        sent=body,
        to_producer={"content-type": XOP_LABEL},
    )


CASES = [
    routed(
        1,
        "a package is routed by its envelope (attachments are dropped)",
        package(message()),
        "callMtomHappyDays",
        tls=SENDER,
    ),
    routed(2, "the envelope may be written in lower case", package(LOWER), "callMtomHappyDays2", tls=SENDER),
    routed(3, "the root may stand last", package(message(), first=False), "VP MTOM/XOP"),
    routed(4, "an envelope with an XML declaration", package('<?xml version="1.0"?>' + message()), "VP MTOM/XOP"),
    routed(5, "a package without its last delimiter", package(message())[:-12], "VP MTOM/XOP"),
]
NO_ENVELOPE = "Inkommande begäran är ej korrekt utformat och kan därför inte behandlas."


@table(CASES)
def test_packages(site: Site, case: Case) -> None:
    check(site, case)


@row(
    "mtom-06", "a package without an envelope: VP015 with a text of its own", "RequestReaderProcessorXMLEventReaderTest"
)
@pytest.mark.parametrize("root", ["<a/>", message().replace("soapenv:", "").replace("xmlns:soapenv", "xmlns")])
def test_mtom_06(site: Site, root: str) -> None:
    """An envelope without a prefix is not found either."""
    answer = site.ask(body=package(root), headers=XOP).answer
    assert answer.fault == ("SOAP-ENV:Client", f"VP015 [{NAME}] {VP_CODES['VP015'][1]}", NO_ENVELOPE)


@row("mtom-07", "an answer with attachments gets another Content-Type, and no boundary", "VP MTOM/XOP", better=BETTER)
def test_mtom_07(site: Site) -> None:
    for gateway in ("national", "strict"):
        answer = site.ask("package", gateway=gateway).answer
        assert (answer.headers["content-type"], answer.body) == (PACKAGE_LABEL, PACKAGE)


@row("mtom-08", "a package for a BP 2.0 producer has its envelope rewritten", "VP MTOM/XOP", better=BETTER)
def test_mtom_08(site: Site) -> None:
    """Only the envelope changes; the attachment keeps its bytes."""
    body = package(message("bp20"))
    (seen,) = site.ask(body=body, headers=XOP).seen
    head, _, rest = body.partition(message("bp20").encode())
    assert seen.body.startswith(head)
    assert seen.body.endswith(rest)
    assert re.search(rb"<l:To xmlns:l=.http://www.w3.org/2005/08/addressing.>bp20</l:To>", seen.body)


@row("mtom-09", "a warning is logged", "VP MTOM/XOP", better=BETTER)
def test_mtom_09(site: Site) -> None:
    """It says what the national platform would do."""
    found = site.ask(body=package(message()), headers=XOP, log=True)
    assert "the national platform would drop the attachments" in found.event("req-in")["labels"]["warning"]


@row(
    "mtom-10",
    "a message with attachments that is not XOP is VP015",
    "VP MTOM/XOP",
    better="Strict: SOAP with Attachments",
)
def test_mtom_10(site: Site) -> None:
    """As nationally in national mode; strict mode passes it on whole."""
    label = XOP_LABEL.replace("application/xop+xml", "text/xml")
    body = package(message(), "text/xml")
    assert site.ask(body=body, headers={"Content-Type": label}).answer.fault[1].startswith("VP015 ")
    found = site.ask(body=body, headers={"Content-Type": label}, gateway="strict")
    assert (found.answer.status, found.seen[0].body, found.seen[0].header("content-type")) == (200, body, label)
