"""National VP, encodings (1.3): what the producer receives and how the answer comes back."""

from national_case import XML, Case, check
from national_messages import TEXT, message
from national_producer import OK, UTF8_XML
from national_rows import Row, row, table
from national_site import Site

DECLARED = '<?xml version="1.0" encoding="%s"?>'


def declared(encoding: str, to: str = "ok") -> str:
    return message(to, before=DECLARED % encoding)


def case(
    number: int, says: str, asked: bytes, sent: bytes, label: str = "text/xml", test: str = "", **more: object
) -> Case:
    found = Row(f"charset-{number:02}", says, test or "VP encodings")
    headers = more.pop("headers", {"content-type": XML})
    return Case(row=found, ask={"body": asked, "headers": {"Content-Type": label}}, sent=sent, headers=headers, **more)  # type: ignore[arg-type]


PLAIN = message().encode()
BOM = b"\xef\xbb\xbf"
CASES = [
    case(1, "UTF-8 without declaration: bytes unchanged", PLAIN, PLAIN, body=OK),
    case(2, "UTF-8, declared: bytes unchanged", declared("UTF-8").encode(), declared("UTF-8").encode(), body=OK),
    case(3, "UTF-8 with byte order mark: unchanged, mark included", BOM + PLAIN, BOM + PLAIN, body=OK),
    case(
        4,
        "declared UTF-16, in fact UTF-8: bytes unchanged, still declared UTF-16",
        declared("UTF-16").encode(),
        declared("UTF-16").encode(),
        test="callHttpVPEndpointDeclaredUTF16ButIsUTF8",
        body=OK,
    ),
    case(
        5,
        "the same with charset=UTF-8",
        declared("UTF-16").encode(),
        declared("UTF-16").encode(),
        "text/xml;charset=UTF-8",
        "callHttpVPEndpointDeclaredUTF16ButIsUTF8WithContentTypeSet",
        body=OK,
    ),
    case(
        6,
        "charset=UTF-8 counts before the declaration",
        declared("ISO-8859-1").encode(),
        declared("ISO-8859-1").encode(),
        "text/xml; charset=utf-8",
        body=OK,
    ),
    case(
        7,
        "ISO-8859-1 by declaration becomes UTF-8, the answer goes back",
        declared("ISO-8859-1").encode("latin-1"),
        declared("UTF-8").encode(),
        headers={"content-type": "text/xml; charset=ISO-8859-1"},
        body=OK.decode().encode("latin-1"),
    ),
    case(
        8,
        "ISO-8859-1 by Content-Type becomes UTF-8, the answer goes back",
        message().encode("latin-1"),
        PLAIN,
        "text/xml; charset=ISO-8859-1",
        headers={"content-type": "text/xml; charset=ISO-8859-1"},
        body=OK.decode().encode("latin-1"),
    ),
    case(
        9,
        "an encoding that nobody knows is read as UTF-8",
        declared("PROV-1").encode(),
        declared("PROV-1").encode(),
        body=OK,
    ),
]


@table(CASES)
def test_encodings(site: Site, case: Case) -> None:
    check(site, case)


@row("charset-10", "real UTF-16, charset=UTF-16: the answer is UTF-16", "callHttpVPEndpointUTF16")
def test_charset_10(site: Site) -> None:
    body = declared("UTF-16", "utf-8").encode("utf-16")
    answer = site.ask(body=body, headers={"Content-Type": "text/xml;charset=UTF-16"}).answer
    assert answer.headers["content-type"] == "text/xml; charset=UTF-16"
    assert answer.body.decode("utf-16").endswith("<svar>åäö €</svar>")


@row("charset-11", "real UTF-16 with a mark only: the answer is UTF-16BE", "callHttpVPEndpointUTF16NoContentTypeSet")
def test_charset_11(site: Site) -> None:
    answer = site.ask(body=message("utf-8").encode("utf-16"), headers={"Content-Type": "text/xml"}).answer
    label = answer.headers["content-type"].partition("charset=")[2]
    assert label in ("UTF-16BE", "UTF-16LE")
    assert answer.body.decode(label).endswith("<svar>åäö €</svar>")


@row("charset-12", "UTF-16 becomes UTF-8 for the producer, said so", "callWithUTF16ShouldGenerateUTF8CallToProducer")
def test_charset_12(site: Site) -> None:
    (seen,) = site.ask(
        body=declared("UTF-16").encode("utf-16"), headers={"Content-Type": "text/xml;charset=UTF-16"}
    ).seen
    assert "UTF-8" in (seen.header("content-type") or "")
    text = seen.body.decode()
    assert text.startswith("<?xml")
    assert "UTF-8" in text.partition("?>")[0]
    assert TEXT in text


@row(
    "charset-13",
    "a re-encoded answer keeps its own XML declaration",
    "VP encodings",
    better="Declaration of a re-encoded answer",
)
def test_charset_13(site: Site) -> None:
    """The declaration names the encoding that the answer now has."""
    answer = site.ask(
        body=declared("UTF-16", "utf-8").encode("utf-16"), headers={"Content-Type": "text/xml;charset=UTF-16"}
    ).answer
    assert UTF8_XML.decode().replace("UTF-8", "UTF-16") == answer.body.decode("utf-16")


@row("charset-14", "faults come in the consumer's encoding", "VP producer outcomes")
def test_charset_14(site: Site) -> None:
    answer = site.ask(
        body=declared("UTF-16", "saknas").encode("utf-16"), headers={"Content-Type": "text/xml;charset=UTF-16"}
    ).answer
    assert answer.headers["content-type"] == "text/xml; charset=UTF-16"
    assert "VP004 " in answer.body.decode("utf-16")


@row(
    "charset-15", "an answer in ISO-8859-1 is called UTF-8", "VP producer outcomes", better="Content-Type of an answer"
)
def test_charset_15(site: Site) -> None:
    """A label that is not true would give wrong characters: the producer's own stays."""
    for gateway in ("national", "strict"):
        answer = site.ask("latin-1", gateway=gateway).answer
        assert answer.headers["content-type"] == "text/xml; charset=ISO-8859-1"
        assert answer.body.decode("latin-1").endswith("<svar>åäö</svar>")


@row(
    "charset-16",
    "an answer that declares ISO-8859-1 is called UTF-8",
    "VP producer outcomes",
    better="Content-Type of an answer",
)
def test_charset_16(site: Site) -> None:
    assert site.ask("latin-1-declared").answer.headers["content-type"] == "text/xml"


@row(
    "charset-17",
    "faults before the message is read may have a label that is not true",
    "VP surprising or awkward",
    better="Early faults",
)
def test_charset_17(site: Site) -> None:
    """Such a fault is UTF-8, and says so."""
    answer = site.ask(sender=None, headers={"Content-Type": "text/xml; charset=ISO-8859-1"}).answer
    assert answer.headers["content-type"] == XML
    assert "utformad." in answer.body.decode()
    assert "Saknas, är av felaktig typ" in answer.body.decode()
