"""``gateway.soap.xop``: attachments put back into the envelope that refers to them."""

import base64

import pytest

from gateway.soap import xml
from gateway.soap.head import MessageError
from gateway.soap.xop import whole

TYPE = 'multipart/related; boundary=b; type="application/xop+xml"'
PICTURE = bytes(range(256))
MOST = 1_000_000


def include(name: str) -> str:
    return f'<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="{name}"/>'


def message(root: str, *parts: tuple[str, bytes], first: str = "") -> bytes:
    """A multipart message with this root and these parts: the lines of their headers, and their content."""
    found = [f"--b\r\nContent-Type: application/xop+xml{first}\r\n\r\n{root}\r\n".encode()]
    found += [b"--b\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts]
    return b"".join((*found, b"--b--\r\n"))


def text(found: bytes, path: str = "d") -> str:
    return xml.parse(found).findtext(path) or ""


@pytest.mark.parametrize(
    ("head", "sent", "expected"),
    [
        ("Content-ID: <bild@x>", PICTURE, PICTURE),
        ("content-id: <bild@x>\r\nContent-Transfer-Encoding: binary", b"<inte>&xml", b"<inte>&xml"),
        ("Content-ID: <bild@x>\r\nContent-Transfer-Encoding: BASE64", base64.encodebytes(PICTURE), PICTURE),
        ("Content-ID: <bild@x>\r\nContent-Transfer-Encoding: quoted-printable", b"r=C3=A4v", "räv".encode()),
        ("Content-ID: <bild@x>", b"", b""),
    ],
)
def test_an_attachment_becomes_base64(head: str, sent: bytes, expected: bytes) -> None:
    """XOP 1.0, section 3.2: whatever way it has travelled, the element holds the same bytes."""
    found = whole(message(f"<a><b/><d>{include('cid:bild%40x')}</d><e>å</e></a>", (head, sent)), TYPE, MOST)
    assert base64.b64decode(text(found.envelope), validate=True) == expected
    assert text(found.envelope, "e") == "å"
    assert found.left == ()


def test_several_of_them_and_one_twice() -> None:
    root = f"<a><d>{include('cid:1')}</d><e>{include('cid:2')}</e><f>{include('cid:1')}</f></a>"
    found = whole(message(root, ("Content-ID: <1>", b"ett"), ("Content-ID: <2>", "två".encode())), TYPE, MOST)
    assert text(found.envelope, "d") == text(found.envelope, "f") == base64.b64encode(b"ett").decode()
    assert text(found.envelope, "e") != text(found.envelope, "d")


def test_what_nothing_refers_to_is_told() -> None:
    """SOAP with Attachments, or a part too many: the envelope keeps its bytes, and its own id is no attachment."""
    parts = ("Content-ID: <2>", b"x"), ("Content-Type: text/plain", b"utan id")
    plain = whole(message("<a  />", *parts, first="\r\nContent-ID: <root>"), TYPE, MOST)
    assert plain == (b"<a  />", ("2",))
    used = whole(message(f"<a><d>{include('cid:1')}</d></a>", ("Content-ID: <1>", b"x"), *parts), TYPE, MOST)
    assert used.left == ("2",)


@pytest.mark.parametrize(
    ("root", "head", "data", "why"),
    [
        (f"<a><d>{include('cid:2')}</d></a>", "Content-ID: <1>", b"x", "attachment '2', which is not in the message"),
        (f"<a><d>{include('http://x/')}</d></a>", "Content-ID: <1>", b"x", "refers to 'http://x/', expected cid:"),
        (f"<a><d>{include('cid:1')}<e/></d></a>", "Content-ID: <1>", b"x", "must stand alone"),
        (f"<a><d>{include('cid:1')}text</d></a>", "Content-ID: <1>", b"x", "must stand alone"),
        (include("cid:1"), "Content-ID: <1>", b"x", "must stand alone"),
        (f"<a><d>{include('cid:1')}</a>", "Content-ID: <1>", b"x", "not well-formed"),
        (f"<a><d>{include('cid:1')}</d></a>", "Content-ID: <1>", b"x" * MOST, "larger than 1000000 bytes"),
        (
            f"<a><d>{include('cid:1')}</d></a>",
            "Content-ID: <1>\r\nContent-Transfer-Encoding: base64", b"AAA", "'1' is no base64",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_put_back(root: str, head: str, data: bytes, why: str) -> None:
    with pytest.raises(MessageError, match=why):
        whole(message(root, (head, data)), TYPE, MOST)


def test_one_that_is_too_long_for_an_element() -> None:
    """The parsers that read it next would say so in words that nobody understands."""
    sent = message(f"<a><d>{include('cid:1')}</d></a>", ("Content-ID: <1>", bytes(7_600_000)))
    with pytest.raises(MessageError, match="'1' is too long for one element: 10133336 characters of base64"):
        whole(sent, TYPE, 100_000_000)
