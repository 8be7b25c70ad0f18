"""``gateway.observe.payload``: messages in the log, and no person id in any form that a message can have."""

import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest
from gateway_parts import bench
from gateway_samples import TOLVAN, headers, permission, question, request, route, soap_fault
from hypothesis import given
from hypothesis import strategies as st

from gateway.message import Headers
from gateway.observe.batch import Batch
from gateway.observe.ecs import lines
from gateway.observe.mask import MASK
from gateway.observe.payload import Payloads, masked
from gateway.router.send import ProducerAnswer

NAME, URL = "GetFixedContacts", "http://producer/vp"
PERSON, NOTE = TOLVAN, "Åsa ringde i går, 070-000 00 00"
XML = f"<a><id>{PERSON}</id><n>{NOTE}</n></a>"
PARTS = [PERSON, PERSON[:8], PERSON[2:], PERSON[4:], PERSON[-8:], PERSON[-4:]]


def typed(content_type: str, coding: str = "") -> Headers:
    found = [(b"content-type", content_type.encode())]
    return [*found, (b"content-encoding", coding.encode())] if coding else found


def mime(root: bytes, attachment: bytes) -> bytes:
    head = b"--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <r>\r\n\r\n"
    other = b"\r\n--b\r\nContent-Type: application/pdf\r\nContent-ID: <p>\r\n\r\n"
    return head + root + other + attachment + b"\r\n--b--\r\n"


MTOM = 'multipart/related; boundary=b; type="application/xop+xml"; start="<r>"'
DEFLATED = zlib.compressobj(wbits=-15)
RAW = DEFLATED.compress(XML.encode()) + DEFLATED.flush()
FORMS: dict[str, tuple[Headers, bytes]] = {
    "utf-8": ([], XML.encode()),
    "utf-8-bom": ([], XML.encode("utf-8-sig")),
    "utf-16": (typed("text/xml; charset=utf-16"), XML.encode("utf-16")),
    "utf-16-without-a-label": ([], XML.encode("utf-16-le")),
    "utf-16-with-a-wrong-label": (typed("text/xml; charset=UTF-8"), XML.encode("utf-16-be")),
    "utf-32": ([], XML.encode("utf-32")),
    "latin-1": (typed("text/xml; charset=ISO-8859-1"), XML.encode("latin-1")),
    "latin-1-declared": ([], f"<?xml version='1.0' encoding='ISO-8859-1'?>{XML}".encode("latin-1")),
    "ebcdic": (typed("text/xml; charset=cp500"), XML.encode("cp500")),
    "gzip": (typed("text/xml", "gzip"), gzip.compress(XML.encode())),
    "gzip-without-a-label": ([], gzip.compress(XML.encode())),
    "gzip-utf-16": (typed("text/xml; charset=utf-16", "gzip"), gzip.compress(XML.encode("utf-16"))),
    "deflate": (typed("text/xml", "deflate"), zlib.compress(XML.encode())),
    "deflate-raw": (typed("text/xml", "deflate"), RAW),
    "mtom": (typed(MTOM), mime(XML.encode(), f"%PDF {PERSON}".encode())),
    "mtom-gzip": (typed(MTOM, "gzip"), gzip.compress(mime(XML.encode(), PERSON.encode()))),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_message_is_read_whatever_its_form(form: str) -> None:
    """The rest stays readable: that is what the message was logged for."""
    text = Payloads(65_536).text(*FORMS[form])
    assert f"<id>{MASK}</id><n>{NOTE}</n>" in text
    assert PERSON not in text


UNREADABLE: dict[str, tuple[Headers, bytes]] = {
    "unknown-charset": (typed("text/xml; charset=utf-7"), XML.encode()),
    "unknown-coding": (typed("text/xml", "br"), XML.encode()),
    "no-gzip": (typed("text/xml", "gzip"), XML.encode()),
    "cut-mtom": (typed(MTOM), mime(XML.encode(), PERSON.encode())[:-9]),
    "binary": ([], b"\x00\x01" + PERSON.encode()),
    "wrong-charset": (typed("text/xml; charset=UTF-8"), b"<a>" + PERSON.encode("utf-16-be")),
    "not-in-it": (typed("text/xml; charset=ascii"), XML.encode()),
}


@pytest.mark.parametrize("form", UNREADABLE)
def test_what_cannot_be_read_is_not_written(form: str) -> None:
    text = Payloads(65_536).text(*UNREADABLE[form])
    assert text.startswith(f"‹{len(UNREADABLE[form][1])} bytes that cannot be read: ")
    assert not any(part in text for part in PARTS)


def references(text: str, form: str) -> str:
    return "".join(form.format(ord(letter)) for letter in text)


@pytest.mark.parametrize(
    "written",
    [
        PERSON,
        f"{PERSON[:8]}-{PERSON[8:]}",
        PERSON[2:],
        f"<![CDATA[{PERSON}]]>",
        f"{PERSON[:4]}<![CDATA[{PERSON[4:]}]]>",
        f"<![CDATA[{PERSON[:4]}]]><![CDATA[{PERSON[4:]}]]>",
        f"{PERSON[:6]}<!-- delad -->{PERSON[6:]}",
        f"{PERSON[:6]}<?x y?>{PERSON[6:]}",
        f"<!-- {PERSON} -->",
        f"<!-- {references(PERSON, '&#{};')} -->",
        f"<?x {PERSON}?>",
        f'<x y="{PERSON}"/>',
        f'<x y="{references(PERSON, "&#x{:x};")}"/>',
        references(PERSON, "&#{};"),
        references(PERSON, "&#x{:X};"),
        references(PERSON, "&#00{};"),
        references(PERSON, "&amp;#{};"),
        references(PERSON, "&amp;amp;#x{:x};"),
        f"<![CDATA[<x>{references(PERSON, '&#{};')}</x>]]>",
        f"{PERSON[:5]}&#{ord(PERSON[5])};{PERSON[6:]}",
        f"&#49;{PERSON[1:]}",
        f"{PERSON[:-1]}&#{ord(PERSON[-1])};",
        f"&lt;id&gt;{PERSON}&lt;/id&gt;",
    ],
)
def test_an_id_is_masked_however_it_is_written(written: str) -> None:
    text = masked(f"<a>före {written} efter</a>")
    assert MASK in text
    assert text.startswith("<a>före ")
    assert text.endswith(" efter</a>")
    digits = "".join(letter for letter in text if letter.isdigit())
    assert digits == "", text


@given(st.text("1234567890-<>&#x;![]CDATA?äé \n", max_size=200))
def test_a_text_without_ids_is_not_changed(text: str) -> None:
    found = masked(text)
    assert found == text or MASK in found


@given(
    st.lists(st.sampled_from(["<!--x-->", "<![CDATA[", "]]>", "<?x?>", ""]), min_size=13, max_size=13), st.booleans()
)
def test_whatever_stands_between_the_figures_that_no_reader_sees(between: list[str], numbered: bool) -> None:
    figures = [f"&#{ord(figure)};" if numbered else figure for figure in PERSON]
    parts = [part for pair in zip(between, figures, strict=False) for part in pair]
    assert not any(figure.isdigit() for figure in masked("".join([*parts, between[-1]])))


@pytest.mark.parametrize("size", [100, 400, 3_000])
def test_base64_is_left_out(size: int) -> None:
    """Nobody can look for ids in it, and it makes up most of a large message."""
    block = "QUJDREVGR0hJSktMTU5P" * (size // 20)
    wrapped = "\n".join(block[start : start + 76] for start in range(0, len(block), 76))
    for text in (block, wrapped if size > 200 else block):
        found = Payloads(65_536).text([], f"<a><pdf>{text}</pdf><n>{NOTE}</n></a>".encode())
        assert "QUJD" not in found
        assert "characters of base64›</pdf>" in found
        assert NOTE in found


def test_an_address_is_not_taken_for_base64() -> None:
    text = '<a b="http://127.0.0.1:8080/vp/coreprocess/planning/coordinatedplanning/GetFixedContacts/1/rivtabp21"/>'
    assert Payloads(65_536).text([], text.encode()) == text


LONG = "".join(f"<p><id>{PERSON}</id><t>text å</t></p>" for _ in range(200))


@given(st.integers(1024, 3000), st.sampled_from(["utf-8", "utf-16", "latin-1"]), st.booleans())
def test_a_message_is_cut_without_a_rest_of_an_id(limit: int, encoding: str, packed: bool) -> None:
    body = LONG.encode(encoding)
    found = Payloads(limit).text(
        typed(f"text/xml; charset={encoding}", "gzip" if packed else ""), gzip.compress(body) if packed else body
    )
    text, mark, _ = found.rpartition("‹cut: no more than ")
    assert mark
    assert len(text.replace(MASK, PERSON).encode(encoding)) <= limit + 2
    assert not any(letter.isdigit() for letter in text)


@pytest.mark.parametrize("between", ["", "<![CDATA[", "<!-- x -->"])
def test_an_id_at_the_very_end_of_what_is_written(between: str) -> None:
    text = f"<a><id>{'å ' * 336}</id><id>{PERSON[:4]}{between}{PERSON[4:]}"
    for limit in range(1024, 1056, 4):
        assert not any(letter.isdigit() for letter in Payloads(limit).text([], text.encode()).partition("‹cut")[0])


def test_text_that_is_no_xml_is_cut_at_a_word() -> None:
    text = Payloads(1024).text([], (f"{PERSON} " * 200).encode())
    assert not any(letter.isdigit() for letter in text.partition("‹cut")[0])


def test_a_large_message_costs_no_more_than_what_is_written() -> None:
    """15 MB of id after id, once as it is and once packed; the limit holds for the work, too."""
    body = f"<a>{PERSON} </a>".encode() * 800_000
    packed = gzip.compress(body, 1)
    tracemalloc.start()
    try:
        for headers_, message in (([], body), (typed("text/xml", "gzip"), packed)):
            assert len(Payloads(4_096).text(headers_, message)) < 6_000
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def written(body: bytes, sent: Headers, answer: ProducerAnswer, **settings: Any) -> dict[str, dict[str, Any]]:
    """The lines of one call by action."""
    found: list[bytes] = []
    made = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: answer}, **settings)
    batch = Batch(lambda events: found.extend(lines(events, Payloads(65_536))))
    batch.subscribe(made.router.events)
    made.handle(request(body, [*headers(), *sent]))
    batch.flush()
    rows = [json.loads(line) for line in b"".join(found).splitlines()]
    return {row["event.action"]: row for row in rows}


REQUEST, RESPONSE = "http.request.body.content", "http.response.body.content"


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_the_four_messages_of_a_call(mode: str) -> None:
    """National VP, logging: DEBUG writes http.request.body.content and http.response.body.content."""
    asked = question(NAME, address="A").decode().replace("<", "<!--å--><", 2)
    answer = ProducerAnswer(200, typed("text/xml; charset=utf-16"), XML.encode("utf-16"))
    rows = written(asked.encode(), [], answer, mode=mode)
    assert {action: [name for name in (REQUEST, RESPONSE) if name in row] for action, row in rows.items()} == {
        "req-in": [REQUEST],
        "req-out": [REQUEST],
        "resp-in": [RESPONSE],
        "resp-out": [RESPONSE],
    }
    assert "å" in rows["req-in"][REQUEST]
    assert f"<id>{MASK}</id><n>{NOTE}</n>" in rows["resp-in"][RESPONSE]
    assert not [row for row in rows.values() if PERSON in json.dumps(row)]


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_message_in_another_encoding(mode: str, encoding: str) -> None:
    body = question(NAME, address="A").decode().encode(encoding)
    sent = [(b"content-type", f"text/xml; charset={encoding}".encode())]
    rows = written(body, sent, ProducerAnswer(500, [], soap_fault(f"Hittar inte {PERSON}")), mode=mode)
    assert "Hittar inte ‹person-id›" in rows["resp-in"][RESPONSE]
    for row in rows.values():
        assert PERSON not in json.dumps(row, ensure_ascii=False)
    assert MASK in rows["req-in"][REQUEST]
    assert MASK in rows["req-out"][REQUEST]


def test_a_message_is_not_written_unless_asked_for() -> None:
    made = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: ProducerAnswer(200, [], XML.encode())})
    found: list[bytes] = []
    batch = Batch(lambda events: found.extend(lines(events)))
    batch.subscribe(made.router.events)
    made.handle(request(question(NAME, address="A")))
    batch.flush()
    assert b"body.content" not in b"".join(found)
