"""``gateway.router.excerpt``: what a producer wrote about its error, short and without person ids."""

import gzip

import pytest
from gateway_samples import TOLVAN, soap_fault

from gateway.router.excerpt import excerpt
from gateway.router.producer import ProducerAnswer


def told(body: bytes, label: str = "", **more: str) -> str:
    headers = {"content-type": label, **{name.replace("_", "-"): value for name, value in more.items()}}
    return excerpt(ProducerAnswer(500, [(name.encode(), value.encode()) for name, value in headers.items()], body))


@pytest.mark.parametrize(
    ("body", "label", "words"),
    [
        (b"", "", ""),
        (b"  \r\n\t ", "", ""),
        ("Åtkomst\r\n nekad\x00\x1b[31m".encode(), "", "Åtkomst nekad [31m"),
        ("Åtkomst".encode("latin-1"), "text/plain; charset=ISO-8859-1", "Åtkomst"),
        ("Åtkomst".encode("latin-1"), "", "\ufffdtkomst"),
        ("Åtkomst".encode(), "text/plain; charset=klingon", "Åtkomst"),
        (
            b"<html><head><style>p{}</style><script>if(1<2)</script><!-- x --><title>Oj</title></head><p>a&lt;b</p>",
            "",
            "Oj a<b",
        ),
        (b"<html><p>Oj<script>aldrig slut", "", "Oj"),
        (b'{"fault": "a < b"}', "application/json", '{"fault": "a < b"}'),
        (soap_fault("Tjänsten är stängd"), "text/xml", "SOAP fault Server: Tjänsten är stängd"),
        (b"\xef\xbb\xbf" + soap_fault("Stängd"), "", "SOAP fault Server: Stängd"),
        (soap_fault("Stängd").replace(b"</soapenv:Envelope>", b""), "", "soapenv:Server Stängd"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "", "]> &b;"),
    ],
)
def test_the_words(body: bytes, label: str, words: str) -> None:
    assert told(body, label) == words


def test_compressed_words() -> None:
    assert told(gzip.compress(b"Oj"), content_encoding="gzip") == "Oj"
    assert told(b"Oj", content_encoding="gzip") == ""
    assert told(b"Oj", content_encoding="br") == ""


def test_long_words_are_cut() -> None:
    assert told(b"Oj " * 10_000) == ("Oj " * 100).strip() + " …"


@pytest.mark.parametrize("before", ["", "x" * 290 + " ", soap_fault("?").decode()])
def test_person_ids_are_masked_before_the_words_are_cut(before: str) -> None:
    found = told(f"{before} {TOLVAN} saknas".encode())
    assert TOLVAN not in found
    assert TOLVAN[:6] not in found


def test_in_a_soap_fault_too() -> None:
    assert told(soap_fault(f"{TOLVAN} saknas")) == "SOAP fault Server: ‹person-id› saknas"
