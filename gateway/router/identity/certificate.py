"""The sender's id in a certificate: one that a proxy passes on in a header, or one that opened a TLS connection.

A header's certificate is believed as it stands, as the national router does: the proxy has checked it, and the
allow-list has checked the proxy.
"""

import base64
import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from gateway.errors import DataError
from gateway.router.identity import subject

_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
_BARE = "MII"  # how DER of 256 bytes to 64 KB begins in base64
_REMEMBERED = 512  # certificates; each consumer has one or two
_HEX = re.compile("#([0-9A-Fa-f]*)")
_NATIONAL_SKIP = 5  # "#", the tag and the length
_SEVEN_BITS = 0x7F
_PRINTABLE = re.compile("[ -~\xa0-\xff]+")  # the id goes into a header of the call to the producer


class Found(NamedTuple):
    """What a certificate says.

    Attributes:
        sender: the id; blank when there is a problem.
        problem: ``unknown`` (no certificate by its looks), ``broken`` or ``no-id``; blank when all is well.
        subject: the subject as the national router prints it for a TLS connection.
    """

    sender: str
    problem: str = ""
    subject: str = ""


class CertificateReader:
    """Reads senders' ids out of certificates; a certificate seen before costs a look in a dict."""

    def __init__(self, pattern: str, *, national: bool) -> None:
        """``pattern``: a regular expression over the subject; its first group is the id.

        Raises:
            DataError: no regular expression with a group.
        """
        try:
            self._pattern = re.compile(pattern)
        except re.error as error:
            raise DataError(Path("settings"), 0, f"sender_id_pattern is no regular expression: {error}") from None
        if not self._pattern.groups:
            raise DataError(Path("settings"), 0, "sender_id_pattern has no group ( ) around the id")
        self._national = national
        self.header = lru_cache(_REMEMBERED)(self._header)
        self.peer = lru_cache(_REMEMBERED)(self._peer)

    def _header(self, value: bytes) -> Found:
        """The certificate in a header: PEM, PEM with blanks for line ends, or bare base64, of a chain the first."""
        text = value.decode("latin-1")
        if not self._national and "%" in text:
            text = unquote(text)  # as nginx and AWS write it; "+" stays
        try:
            encoded = _base64(text)
            if encoded is None:
                return Found("", "unknown")
            der = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
            parts = subject.attributes(_subject(der))
            return self._find(subject.rfc2253(parts), subject.java(parts))
        except ValueError:
            return Found("", "broken")

    def _peer(self, der: bytes) -> Found:
        """The certificate of a TLS connection.

        The national router looks in Java's own form, where a common name that holds ``, SERIALNUMBER=…`` passes for a
        serial number; RFC 2253 escapes the equals sign.
        """
        try:
            parts = subject.attributes(_subject(der))
            java = subject.java(parts)
            return self._find(java if self._national else subject.rfc2253(parts), java)
        except ValueError:
            return Found("", "no-id")

    def _find(self, looked_in: str, shown: str) -> Found:
        match = self._pattern.search(looked_in)
        sender = match[1] if match else None
        if not sender:
            return Found("", "no-id", shown)
        if sender.startswith("#"):
            sender = _national_hex(sender) if self._national else _hex(sender)
        if not _PRINTABLE.fullmatch(sender):
            return Found("", "no-id", shown)
        return Found(sender, "", shown)


def _base64(text: str) -> str | None:
    """The certificate's base64 without white space, None when the text does not look like one.

    Raises:
        ValueError: the end stands before the beginning.
    """
    begin, end = text.find(_BEGIN), text.find(_END)
    if begin >= 0 and end >= 0:
        if end < begin + len(_BEGIN):
            raise ValueError("END before BEGIN")
        encoded = text[begin + len(_BEGIN) : end]
    elif text.startswith(_BARE):
        encoded = text.partition(",")[0]
    else:
        return None
    return "".join(encoded.split())


def _subject(der: bytes) -> bytes:
    """The subject's DER. The import takes a tenth of a second, which a gateway without certificates never needs.

    Raises:
        ValueError: not a certificate.
    """
    from cryptography import x509

    return x509.load_der_x509_certificate(der).subject.public_bytes()


def _hex(written: str) -> str:
    """``#1303…``, a DER string in hex."""
    found = _HEX.match(written)
    try:
        return subject.text(bytes.fromhex(found[1] if found else ""))
    except IndexError:
        raise ValueError("the id is cut off") from None


def _national_hex(written: str) -> str:
    """The same as the national router reads it: a one-byte length, and characters of seven bits."""
    decoded = bytes.fromhex(written[_NATIONAL_SKIP:])
    if any(byte > _SEVEN_BITS for byte in decoded):
        raise ValueError("a character of eight bits")
    return decoded.decode("ascii")


def warm() -> None:
    """Load what the first certificate needs, before it comes."""
    import cryptography.x509  # noqa: F401
