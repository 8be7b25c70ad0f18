"""A certificate's subject as text, in the two forms that the national router matches its pattern against.

It runs on Java, and patterns are written for what Java prints: RFC 2253 for a certificate in a header, where every
attribute that RFC 2253 does not name is an OID with its DER in hex (``2.5.4.5=#1303…``), and Java's own form, with
``SERIALNUMBER=…`` and quotation marks, for a certificate of a TLS connection.
"""

import re
from typing import NamedTuple

_RFC2253 = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
_JAVA = _RFC2253 | {
    "2.5.4.4": "SURNAME",
    "2.5.4.5": "SERIALNUMBER",
    "2.5.4.12": "T",
    "2.5.4.42": "GIVENNAME",
    "2.5.4.43": "INITIALS",
    "2.5.4.44": "GENERATION",
    "2.5.4.46": "DNQ",
    "1.2.840.113549.1.9.1": "EMAILADDRESS",
    "1.3.6.1.4.1.42.2.11.2.1": "IP",
}
_CODECS = {12: "utf-8", 28: "utf-32-be", 30: "utf-16-be"}  # UTF8String, UniversalString, BMPString; others: Latin 1
_LONG = 0x80  # in a DER length: what follows is the length's own length; in an OID: another byte follows
_SEVEN_BITS = 0x7F
_ROOTS = 40  # an OID's first two numbers share a byte: 40 times the first, 0 to 2, plus the second
_ESCAPED = re.compile(r'[,=+<>#;"\\\0]|^ +| +\Z')
_QUOTED = re.compile(r'[,+=\n<>#;\\"]|^ | $|  ')
_QUOTE_OR_BACKSLASH = re.compile(r'["\\]')


class Attribute(NamedTuple):
    """One attribute of a name; ``der`` is the whole encoded value."""

    oid: str
    der: bytes
    text: str


def attributes(name: bytes) -> list[list[Attribute]]:
    """The parts of a DER name (X.501), most specific first; most parts have one attribute.

    Raises:
        ValueError: not a name.
    """
    try:
        body, rest = value(name)
        if rest:
            raise ValueError("something follows the name")
        return [[_attribute(each) for each in _values(value(part)[0])] for part in _values(body)][::-1]
    except IndexError:
        raise ValueError("the name ends too early") from None


def value(der: bytes) -> tuple[bytes, bytes]:
    """The content of the first DER value, and what follows it.

    Raises:
        IndexError: it is cut off.
    """
    length, start = der[1], 2
    if length & _LONG:
        start += length & _SEVEN_BITS
        length = int.from_bytes(der[2:start], "big")
    if start + length > len(der):
        raise IndexError
    return der[start : start + length], der[start + length :]


def text(der: bytes) -> str:
    """A string value (any of the types of X.520) as text."""
    return value(der)[0].decode(_CODECS.get(der[0], "latin-1"), "replace")


def rfc2253(parts: list[list[Attribute]]) -> str:
    """``2.5.4.5=#1303…,CN=…,O=…``"""
    return ",".join("+".join(map(_rfc2253, part)) for part in parts)


def java(parts: list[list[Attribute]]) -> str:
    """``SERIALNUMBER=…, CN=…, O="…, AB"``"""
    return ", ".join(" + ".join(map(_java, part)) for part in parts)


def _rfc2253(attribute: Attribute) -> str:
    if known := _RFC2253.get(attribute.oid):
        return f"{known}={_ESCAPED.sub(_escape, attribute.text)}"
    return f"{attribute.oid}=#{attribute.der.hex()}"


def _java(attribute: Attribute) -> str:
    name = _JAVA.get(attribute.oid) or f"OID.{attribute.oid}"
    if not _QUOTED.search(attribute.text):
        return f"{name}={attribute.text}"
    return f'{name}="{_QUOTE_OR_BACKSLASH.sub(_escape, attribute.text)}"'


def _escape(found: re.Match[str]) -> str:
    return "".join("\\00" if character == "\0" else f"\\{character}" for character in found[0])


def _values(der: bytes) -> list[bytes]:
    """The DER values in a row, each as a whole."""
    found = []
    while der:
        rest = value(der)[1]
        found.append(der[: len(der) - len(rest)])
        der = rest
    return found


def _attribute(der: bytes) -> Attribute:
    oid, string = _values(value(der)[0])
    return Attribute(_oid(value(oid)[0]), string, text(string))


def _oid(content: bytes) -> str:
    numbers, number = list[int](), 0
    for byte in content:
        number = number << 7 | byte & _SEVEN_BITS
        if not byte & _LONG:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // _ROOTS, 2)
    return ".".join(map(str, (first, numbers[0] - first * _ROOTS, *numbers[1:])))
