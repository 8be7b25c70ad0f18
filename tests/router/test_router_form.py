"""``gateway.router.form.national_label``: the national label where it is true, the producer's own elsewhere."""

import pytest

from gateway.router.form import national_label

NATIONAL = b"text/xml; charset=UTF-8"
DECLARED = b'<?xml version="1.0" encoding="%b"?><a/>'


@pytest.mark.parametrize(
    ("label", "body"),
    [
        (b"text/xml", b"<a/>"),
        (b"text/xml;charset=utf-8", DECLARED % b"ISO-8859-1"),
        (b"text/plain;charset=UTF-8", b"hej"),
        (b"text/html", b"<html/>"),
        (b"application/soap+xml; charset=utf-8; action=x", b"<a/>"),
        (b"text/xml", DECLARED % b"utf-8"),
        (b"text/xml", b"<?xml version='1.0'?><a/>"),
        (b"text/xml; charset=us-ascii", b"<a/>"),
        (b"", b"<a/>"),
    ],
)
def test_a_text_in_utf_8_gets_the_national_label(label: bytes, body: bytes) -> None:
    """National VP, response headers: Content-Type is always overwritten."""
    assert national_label(label, body) == NATIONAL


@pytest.mark.parametrize(
    ("label", "body"),
    [
        (b"multipart/related; boundary=b", b"--b"),
        (b" Multipart/Mixed; boundary=b", b"--b"),
        (b"text/xml; charset=ISO-8859-1", b"<a/>"),
        (b'text/xml; charset="utf-16"', b"<a/>"),
        (b"text/xml", DECLARED % b"ISO-8859-1"),
        (b"text/xml", (DECLARED % b"windows-1252").replace(b'"', b"'")),
        (b"text/xml", "<a/>".encode("utf-16")),
        (b"text/xml", b"\xfe\xff" + "<a/>".encode("utf-16-be")),
        (b"text/xml; charset=UTF-8", "<a/>".encode("utf-16")),
    ],
)
def test_a_label_that_is_needed_stays(label: bytes, body: bytes) -> None:
    assert national_label(label, body) == label
