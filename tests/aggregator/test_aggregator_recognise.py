"""``gateway.aggregator.recognise``: what is recognised would have passed by its tree, with the same records."""

import asyncio
from collections.abc import Callable

import pytest
from gateway_samples import AGDA, NAMES, TOLVAN, answer_message, contract, record
from hypothesis import given
from hypothesis import strategies as st

from gateway.aggregator import recognise
from gateway.aggregator.outcome import Failure, Records, examine
from gateway.aggregator.recognise import Recognised, Recogniser, Recognisers
from gateway.message import Answer

NAME = "GetFixedContacts"
TWO = answer_message(NAME, record(NAME, "A", "1"), record(NAME, "A", "2"))
KEPT = {name: Recogniser(contract(name)) for name in NAMES}


def seen(data: bytes, name: str = NAME, *, person: str = TOLVAN, lenient: bool = False) -> Recognised | None:
    """By a recogniser whose patience never ends."""
    recogniser = KEPT[name]
    for each in recogniser._known.values():
        each.misses = 0
    return asyncio.run(recogniser(person, data, lenient=lenient))


def by_tree(data: bytes, name: str = NAME, *, person: str = TOLVAN, lenient: bool = False) -> Records:
    return examine(contract(name), person, Answer(200, [], data), lenient)


def agree(data: bytes, name: str = NAME, *, person: str = TOLVAN, lenient: bool = False) -> bool:
    """Whether it is recognised; if so, the tree must think the same of it."""
    found = seen(data, name, person=person, lenient=lenient)
    if found is None:
        return False
    tree = by_tree(data, name, person=person, lenient=lenient)
    assert (found.cut.count, found.identities) == (tree.count, tree.identities)
    assert tree.cut is None or tree.cut == found.cut
    return True


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_ordinary_answers_are_recognised(name: str, lenient: bool) -> None:
    for count in (1, 2, 30):
        data = answer_message(name, *(record(name, "A", f"Å{number}") for number in range(count)))
        assert agree(data, name, lenient=lenient)


@pytest.mark.parametrize("blank", ["\n", "\n\t ", "\r\n  "])
@pytest.mark.parametrize("name", NAMES)
def test_indented_ones_too(name: str, blank: str) -> None:
    data = answer_message(name, record(name, "A", "1"), record(name, "A", "2")).decode().replace("><", f">{blank}<")
    assert agree(data.encode(), name)


def test_texts_may_refer_to_characters() -> None:
    assert agree(TWO.replace("Åsa Öberg".encode(), b"&#xC5;sa &amp; &#214;&lt;&gt;&quot;&apos;berg &#x20AC;"))


@pytest.mark.parametrize(
    "text",
    ["&nbsp;", "&#0;", "&#x1F;", "&#11;", "&", "&#xFFFE;", "&#;", "]]>", "\x0b", "\x00", "\x1f", "\ufffe", "\uffff"],
)
def test_no_text_that_xml_forbids(text: str) -> None:
    data = TWO.replace("Åsa".encode(), text.encode())
    assert not agree(data)
    with pytest.raises(Failure):
        by_tree(data)


@pytest.mark.parametrize("raw", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf"])
def test_nor_bytes_that_are_not_utf8(raw: bytes) -> None:
    data = TWO.replace("Åsa".encode(), raw)
    assert not agree(data)
    assert not agree(data, lenient=True)


OTHERWISE: dict[str, Callable[[bytes], bytes]] = {
    "comment in a record": lambda data: data.replace(b"<core:name>", b"<!--c--><core:name>", 1),
    "comment around the records": lambda data: data.replace(b"<ns0:fixedC", b"<!--<ns0:fixedC", 1).replace(
        b"</ns0:GetF", b"--></ns0:GetF"
    ),
    "CDATA": lambda data: data.replace("Åsa".encode(), b"<![CDATA[x]]>"),
    "processing instruction": lambda data: data.replace(b"</ns0:fixedContact>", b"</ns0:fixedContact><?p?>", 1),
    "instruction after the records": lambda data: data.replace(b"</ns0:GetF", b"<?p?></ns0:GetF"),
    "document type": lambda data: b"<!DOCTYPE x>" + data,
    "attribute": lambda data: data.replace(b"<core:name>", b"<core:name a='1'>", 1),
    "attribute of the second record": lambda data: b"<ns0:fixedContact a='1'>".join(
        data.rsplit(b"<ns0:fixedContact>", 1)
    ),
    "blank in a tag": lambda data: data.replace(b"<core:name>", b"<core:name >", 1),
    "empty element": lambda data: data.replace("<core:name>Åsa Öberg</core:name>".encode(), b"<core:name/>", 1),
    "another prefix": lambda data: data.replace(b"<core:name>", b"<c:name xmlns:c='urn:x'>", 1),
    "default namespace": lambda data: data.replace(b"xmlns:core", b"xmlns='urn:x' xmlns:core"),
    "ASCII": lambda data: b"<?xml version='1.0' encoding='us-ascii'?>" + data,
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "mark of byte order": lambda data: b"\xef\xbb\xbf" + data,
    "no records": lambda data: answer_message(NAME),
    "text between records": lambda data: data.replace(b"</ns0:fixedContact>", b"</ns0:fixedContact>x", 1),
    "text at the end": lambda data: data.replace(b"</ns0:GetF", b"x</ns0:GetF"),
    "another element at the end": lambda data: data.replace(b"</ns0:GetF", b"<ns0:x/></ns0:GetF"),
    "not closed": lambda data: data[:-1],
    "too much": lambda data: data + b"<x/>",
    "attribute of the response": lambda data: data.replace(b"Response xmlns", b"Response a='1' xmlns"),
    "element before the records": lambda data: data.replace(b"<ns0:fixedC", b"<core:x/><ns0:fixedC", 1),
    "two responses": lambda data: data.replace(b"</soapenv:Body>", b"<x/></soapenv:Body>"),
}


@pytest.mark.parametrize("how", OTHERWISE)
def test_whatever_is_written_otherwise_is_left_to_the_tree(how: str) -> None:
    data = OTHERWISE[how](TWO)
    assert data != TWO
    assert not agree(data)
    if how not in ("attribute of the response", "another element at the end", "text at the end"):
        assert not agree(data, lenient=True)  # the others are well-formed, and their records recognised


def test_records_about_somebody_else_are_left_to_the_tree() -> None:
    data = answer_message(NAME, record(NAME, "A", "1"), record(NAME, "A", "2", AGDA))
    assert not agree(data)
    assert not agree(data, person=AGDA)
    assert agree(data, lenient=True)


def test_what_only_the_schema_forbids_is_good_enough_for_the_lenient_when_the_records_are_right() -> None:
    data = TWO.replace(b"Response xmlns", b"Response a='1' xmlns")
    assert agree(data, lenient=True)
    with pytest.raises(Failure):
        by_tree(data)


def test_a_large_answer_lets_others_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognise, "_SLICE", 2_000)
    data = answer_message(NAME, *(record(NAME, "A", str(number)) for number in range(40)))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def both() -> Recognised | None:
        beside = asyncio.create_task(others())
        found = await KEPT[NAME](TOLVAN, data, lenient=False)
        beside.cancel()
        return found

    assert asyncio.run(both()) is not None
    assert turns > 10


def test_until_the_expression_is_made_the_tree_judges() -> None:
    waiting: list[Callable[[], None]] = []
    recogniser = Recognisers(waiting.append)(contract(NAME))
    assert [asyncio.run(recogniser(TOLVAN, TWO, lenient=False)) for _ in range(2)] == [None, None]
    (work,) = waiting
    work()
    assert asyncio.run(recogniser(TOLVAN, TWO, lenient=False)) is not None
    assert len(waiting) == 1


def test_a_source_that_is_never_recognised_is_seldom_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0

    def looked(data: bytes) -> bool:
        nonlocal looks
        looks += 1
        return True

    monkeypatch.setattr(recognise, "_characters", looked)
    odd = TWO.replace(b"<core:name>", b"<core:name >", 1)
    recogniser = Recogniser(contract(NAME))
    for _ in range(200):
        assert asyncio.run(recogniser(TOLVAN, odd, lenient=False)) is None
    assert looks == 8 + 3
    for _ in range(64):
        found = asyncio.run(recogniser(TOLVAN, TWO, lenient=False))
    assert found is not None
    assert asyncio.run(recogniser(TOLVAN, TWO, lenient=False)) is not None


def test_many_ways_to_write_do_not_fill_the_memory() -> None:
    recogniser = Recogniser(contract(NAME), lambda work: None)
    for number in range(100):
        data = TWO.replace(b"core:", b"c%d:" % number).replace(b"xmlns:core", b"xmlns:c%d" % number)
        asyncio.run(recogniser(TOLVAN, data, lenient=False))
    assert len(recogniser._known) == 64


PIECES = sorted(set(TWO.replace(b">", b">\0").replace(b"<", b"\0<").split(b"\0")) - {b""})


@given(st.data())
def test_nothing_that_chance_makes_of_an_answer(data: st.DataObject) -> None:
    """Pieces dropped, doubled, swapped, overwritten: recognised only if the tree thinks the same."""
    changed = TWO
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(changed) - 1))
        end = data.draw(st.integers(start, min(len(changed), start + 40)))
        piece = data.draw(st.sampled_from([*PIECES, b"", b" ", b"&amp;", b"<", b">", b"\x01", "å".encode(), b"]]>"]))
        changed = changed[:start] + piece + changed[end:]
    for lenient in (False, True):
        agree(changed, lenient=lenient)


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_nor_any_heap_of_pieces(pieces: list[bytes]) -> None:
    opening, tail = TWO[: TWO.index(b"<ns0:fixedContact>")], TWO[TWO.rindex(b"</ns0:fixedContact>") :]
    agree(opening + b"<ns0:fixedContact>" + b"".join(pieces) + tail)
