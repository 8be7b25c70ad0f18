"""``gateway.soap.mtom``: the envelope in a multipart message, and everything around it untouched."""

import pytest
from gateway_samples import address_header, envelope
from hypothesis import given
from hypothesis import strategies as st

from gateway.soap.head import MessageError
from gateway.soap.mtom import is_package, parameters, split, split_national

ENVELOPE = envelope("<p:Ping xmlns:p='urn:p'>Å</p:Ping>", address_header("A"))
XOP = 'application/xop+xml; charset=UTF-8; type="text/xml"'


def part(content: bytes, *headers: str, line: str = "\r\n") -> bytes:
    return "".join(f"{header}{line}" for header in headers).encode() + line.encode() + content


def package(*parts: bytes, boundary: str = "b", line: str = "\r\n", preamble: bytes = b"", end: str = "--") -> bytes:
    delimiter = f"--{boundary}".encode()
    body = b"".join(delimiter + line.encode() + each + line.encode() for each in parts)
    return preamble + body + delimiter + end.encode() + line.encode()


ROOT = part(ENVELOPE, f"Content-Type: {XOP}", "Content-ID: <root@x>", "Content-Transfer-Encoding: binary")
DATA = part(b"\x00\xff\r\n--bild\r\n\r\n--\r\n<a>", "Content-Type: image/png", "Content-ID: <bild@x>")


@pytest.mark.parametrize(
    ("content_type", "media", "given"),
    [
        ("text/xml", "text/xml", {}),
        (" Text/XML ;Charset=utf-8", "text/xml", {"charset": "utf-8"}),
        (
            'multipart/related; boundary="a;b\\"=c"; start = <x> ',
            "multipart/related",
            {"boundary": 'a;b"=c', "start": "<x>"},
        ),
        (
            'multipart/related;type="application/xop+xml";start-info="text/xml; action=\\"x\\""',
            "multipart/related",
            {"type": "application/xop+xml", "start-info": 'text/xml; action="x"'},
        ),
        ("", "", {}),
        (";;=;a", "", {}),
    ],
)
def test_the_parameters_of_a_content_type(content_type: str, media: str, given: dict[str, str]) -> None:
    """RFC 2045, section 5.1."""
    assert parameters(content_type) == (media, given)


@pytest.mark.parametrize(
    ("content_type", "yes"),
    [
        ("multipart/related; boundary=b", True),
        ("Multipart/Related", True),
        ("text/xml", False),
        ("multipart/form-data", False),
    ],
)
def test_what_is_a_package(content_type: str, yes: bool) -> None:
    assert is_package(content_type) == yes


@pytest.mark.parametrize("line", ["\r\n", "\n"])
@pytest.mark.parametrize("preamble", [b"", b"\r\n", b"This is a message in MIME format.\n", b"--bc\r\n\r\nx\r\n"])
@pytest.mark.parametrize(
    ("content_type", "parts", "at"),
    [
        ("multipart/related; boundary=b", (ROOT, DATA), 0),
        ('multipart/related; boundary="b"; start="<root@x>"', (ROOT, DATA), 0),
        ("multipart/related; boundary=b; start=root@x", (DATA, ROOT), 1),
        ("multipart/related; boundary=b; start=<root@x>", (DATA, DATA, ROOT, DATA), 2),
        ("multipart/related; boundary=b; type=text/xml", (ROOT,), 0),
    ],
)
def test_the_root_is_found(content_type: str, parts: tuple[bytes, ...], at: int, preamble: bytes, line: str) -> None:
    """RFC 2387, section 3.2: the part that ``start`` names, otherwise the first."""
    message = package(*parts, preamble=preamble, line=line)
    found = split(message, content_type)
    assert (found.root, found.charset, found.content_type) == (ENVELOPE, "UTF-8", content_type.encode())
    assert found.before + found.root + found.after == message
    assert found.before.count(b"bild@x") == at


@pytest.mark.parametrize(
    ("root", "content", "charset"),
    [
        (b"\r\n" + ENVELOPE, ENVELOPE, None),
        (b"\n" + ENVELOPE, ENVELOPE, None),
        (part(ENVELOPE, "Content-Type: text/xml; charset=iso-8859-1"), ENVELOPE, "iso-8859-1"),
        (part(ENVELOPE, "content-type:text/xml;", "\tcharset='x'"), ENVELOPE, "'x'"),
        (part(b"", "Content-Type: text/xml"), b"", None),
        (part(ENVELOPE + b"\r\n", "A: b", line="\n"), ENVELOPE + b"\r\n", None),
        (part(b"\r\n\r\n" + ENVELOPE, "A: b"), b"\r\n\r\n" + ENVELOPE, None),
        (part(ENVELOPE, "Content-Transfer-Encoding: 8BIT"), ENVELOPE, None),
    ],
)
def test_the_roots_headers_and_content(root: bytes, content: bytes, charset: str | None) -> None:
    """RFC 2046, section 5.1.1: the line break before a delimiter belongs to the delimiter."""
    message = package(root, DATA)
    found = split(message, "multipart/related; boundary=b")
    assert (found.root, found.charset) == (content, charset)
    assert found.joined(found.root) == message


@pytest.mark.parametrize("boundary", ["b", "----=_Part_1_2.3", "uuid:a-b+c'()/?:.", "MIME boundary", "a" * 70])
def test_boundaries_of_any_kind(boundary: str) -> None:
    inner = part(f"--{boundary}x\r\n --{boundary}\r\n{boundary}--\r\n".encode())
    found = split(package(ROOT, inner, boundary=boundary), f'multipart/related; boundary="{boundary}"')
    assert found.root == ENVELOPE


def test_white_space_after_a_boundary_is_padding() -> None:
    message = b"--b \t\r\n\r\n" + ENVELOPE + b"\r\n--b-- \r\nepilogue --b\r\n"
    assert split(message, "multipart/related; boundary=b").root == ENVELOPE


def test_another_root_leaves_the_rest_alone() -> None:
    root = part(ENVELOPE, "Content-Length: 999", "Content-Type: text/xml;charset=utf-16", "Content-ID: <root@x>")
    found = split(package(DATA, root, DATA), "multipart/related; boundary=b; start=<root@x>")
    told = part(b"<ny/>", "Content-Length: 5", "Content-Type: text/xml;charset=UTF-8", "Content-ID: <root@x>")
    assert found.joined(b"<ny/>") == package(DATA, told, DATA)


@pytest.mark.parametrize(
    ("message", "content_type", "told"),
    [
        (package(ROOT), "multipart/related", "no boundary"),
        (package(ROOT), 'multipart/related; boundary=""', "no boundary"),
        (package(ROOT), "multipart/related; boundary=c", "no closing delimiter --c--"),
        (package(ROOT, end=""), "multipart/related; boundary=b", "no closing delimiter"),
        (package(ROOT)[:-5], "multipart/related; boundary=b", "no closing delimiter"),
        (b"", "multipart/related; boundary=b", "no closing delimiter"),
        (b"--b--", "multipart/related; boundary=b", "no part with headers among its 0 parts"),
        (package(ROOT), "multipart/related; boundary=b; start=<x>", "no part with Content-ID <x> among its 1 parts"),
        (package(b"no blank line"), "multipart/related; boundary=b", "no part with headers among its 1 parts"),
        (
            package(part(b"PD8=", "Content-Transfer-Encoding: BASE64")),
            "multipart/related; boundary=b",
            "written in base64",
        ),
        (b"--b\r\n\r\n" + b"--bx" * 100_000 + b"\r\n--b--", "multipart/related; boundary=b", "no closing delimiter"),
        (package(*[b"\r\n"] * 1002), "multipart/related; boundary=b", "more than 1000 parts"),
    ],
)
def test_what_is_wrong_with_a_package_is_told(message: bytes, content_type: str, told: str) -> None:
    with pytest.raises(MessageError, match=told):
        split(message, content_type)


LINES = st.sampled_from([b"\r\n", b"\n"])
BYTES = st.one_of(
    st.binary(max_size=60), st.sampled_from([b"--b", b"\r\n--bx\r\n", b"--", b"\n--b", b"\r\n\r\n", b"--b--x"])
)


@st.composite
def packages(draw: st.DrawFn) -> tuple[bytes, str, list[bytes], int]:
    """A message, its Content-Type, the parts' contents, and which of them is the root."""
    line = draw(LINES)
    boundary = draw(st.sampled_from(["b1", "=_b", "b b", "uuid:5"]))
    count = draw(st.integers(1, 4))
    at = draw(st.integers(0, count - 1))
    contents = [b"".join(draw(st.lists(BYTES, max_size=4))) for _ in range(count)]
    contents[at] = ENVELOPE
    delimiter = b"--" + boundary.encode()
    parts = [
        b"Content-ID: <%d>%b%b%b%b" % (n, line, draw(st.sampled_from([b"", b"X-A: b" + line])), line, content)
        for n, content in enumerate(contents)
    ]
    message = draw(st.sampled_from([b"", b"preamble\r\n", line]))
    message += b"".join(delimiter + line + each + line for each in parts) + delimiter + b"--"
    start = f'; start="<{at}>"' if at or draw(st.booleans()) else ""
    return (
        message + draw(st.sampled_from([b"", b"\r\nepilogue"])),
        f'Multipart/Related; boundary="{boundary}"{start}',
        contents,
        at,
    )


@given(packages())
def test_any_attachments_stay_intact(made: tuple[bytes, str, list[bytes], int]) -> None:
    message, content_type, contents, at = made
    found = split(message, content_type)
    assert found.root == ENVELOPE
    assert found.joined(ENVELOPE) == message
    other = split(found.joined(b"<ny/>"), content_type)
    assert other.root == b"<ny/>"
    for place, content in enumerate(contents):
        if place != at:
            assert content in (other.before if place < at else other.after)
    assert other.joined(ENVELOPE) == message


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (b"x" + ENVELOPE + b"y", ENVELOPE),
        (b"<soapenv:envelope>a</soapenv:envelope>", b"<soapenv:envelope>a</soapenv:envelope>"),
        (
            b"<s:Envelope>1</s:Envelope>--b<t:Envelope>2</t:Envelope>.",
            b"<s:Envelope>1</s:Envelope>--b<t:Envelope>2</t:Envelope>",
        ),
        (b'<?xml version="1.0"?>\n<S:Envelope\n a="1"></S:Envelope>', b'<S:Envelope\n a="1"></S:Envelope>'),
    ],
)
def test_the_envelope_as_the_national_router_finds_it(message: bytes, expected: bytes) -> None:
    """National VP, MTOM: from the first prefixed Envelope to the last end tag, in upper or lower case."""
    found = split_national(message, "multipart/related; boundary=b; charset=latin1")
    assert (found.root, found.charset) == (expected, "latin1")
    assert found.joined(found.root) == message
    assert found.joined(b"<new/>") == message.replace(expected, b"<new/>")


def test_parts_that_can_be_read_are_read_as_parts() -> None:
    """The national router would take the first envelope of the message, whichever part it is in."""
    other = part(b"<s:Envelope>no</s:Envelope>", "Content-Type: text/xml", "Content-ID: <bild@x>")
    message = package(other, ROOT)
    found = split_national(message, "multipart/related; boundary=b; start='<root@x>'".replace("'", '"'))
    assert found.root == ENVELOPE


@pytest.mark.parametrize(
    "message", [b"", b"This will fail", b"<Envelope></Envelope>", b"<s:Envelope>", b"</s:Envelope><s:Envelope>"]
)
def test_without_an_envelope_there_is_the_national_text(message: bytes) -> None:
    """National VP, MTOM: no match, word for word; an Envelope without prefix is not found."""
    with pytest.raises(
        MessageError, match=r"^Inkommande begäran är ej korrekt utformat och kan därför inte behandlas\.$"
    ):
        split_national(message, "multipart/related; boundary=b")


def test_many_beginnings_cost_no_time() -> None:
    with pytest.raises(MessageError):
        split_national(b"<a:Envelope " * 200_000, "multipart/related; boundary=b")
