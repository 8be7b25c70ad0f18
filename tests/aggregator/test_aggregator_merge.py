"""``gateway.aggregator.merge``: many answers into one, which means exactly what each source said."""

import pytest
import xmlschema
from answer_styles import NAME, ODDITIES, Style, answers, canonical, outcome, write
from gateway_samples import CORE, NAMES, ROOT, TOLVAN, answer_message, body_of, contract, envelope, record, responder
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from lxml import etree

from gateway.aggregator.merge import cut, merge
from gateway.aggregator.outcome import Failure, Outcome, examine
from gateway.aggregator.status import Status
from gateway.message import Answer
from gateway.soap import ns, xml

STATUS = Status("prov", national=False)
START = "{r}fixedContact"
PLAIN = Style("ns0", "core", "response", "", (START,) * 3, "\n", "utf-8", "")


def merged(*outcomes: Outcome, name: str = NAME) -> bytes:
    return merge(contract(name), outcomes, STATUS.render(outcomes, "20250501120000"))


def records_in(message: bytes) -> list[etree._Element]:
    """The records of a message that any parser finds at their place."""
    return list(body_of(message).iterchildren(contract(NAME).record_tag))


def tree_only(data: list[bytes]) -> bytes:
    """The same merge without its fast path."""
    outcomes = list(map(outcome, data))
    for each in outcomes:
        each.records.cut = None
    return merged(*outcomes)


@given(st.lists(answers(), min_size=1, max_size=3))
@hypothesis_settings(max_examples=400)
def test_every_record_means_what_its_source_said(data: list[bytes]) -> None:
    """However the sources write, whichever path is taken, and whoever else answers."""
    said = [canonical(each) for one in data for each in records_in(one)]
    assert [canonical(each) for each in records_in(merged(*map(outcome, data)))] == said
    assert [canonical(each) for each in records_in(tree_only(data))] == said


@pytest.mark.parametrize("odd", sorted(set(ODDITIES)))
@pytest.mark.parametrize("start", ["{r}fixedContact", "{r}fixedContact a='1'"])
def test_each_oddity_beside_an_ordinary_record(odd: str, start: str) -> None:
    style = Style("ns0", "core", "response", "", (start, START, start), "\n", "utf-8", "")
    data = [write(style, [(odd,), (), (odd,)]), write(PLAIN, [()])]
    said = [canonical(each) for one in data for each in records_in(one)]
    assert len(said) == 4
    assert [canonical(each) for each in records_in(merged(*map(outcome, data)))] == said


@pytest.mark.parametrize(
    "records",
    [
        # As many start tags with the record's very name as there are records, but not all of them records.
        "<R a='1'></R ><R><R></R></R>",
        "<x:R X>1</x:R><R><R/></R>",
        "<R><R></R></R><x:R X>1</x:R>",
        "<R>1</R><x:R X><R></R></x:R>",
        "<R>1</R><R/>",
        "<R/><R>1</R>",
        "<R>1</R><R\n/>",
        "<R>1</R><R>2</R >",
        "<R>1</R><q/><R>2</R>",
        "<R>1</R><q><R>x</R></q>",
        "<q><R>x</R></q><R>1</R>",
        "<q><R>x</R></q><R a='1'>1</R>",
        "<R a='1'>1</R><q><R>x</R></q>",
        "<R><R1/></R><R>2</R>",
    ],
)
def test_look_alikes_of_records_never_cost_or_make_a_record(records: str) -> None:
    namespace = responder(NAME)
    written = records.replace("x:R X", f"x:R xmlns:x='{namespace}'").replace("R", "ns0:fixedContact")
    written = written.replace("x:ns0:", "x:").replace(namespace.replace("R", "ns0:fixedContact"), namespace)
    data = envelope(f"<ns0:GetFixedContactsResponse xmlns:ns0='{namespace}'>{written}</ns0:GetFixedContactsResponse>")
    said = [canonical(each) for each in records_in(data)]
    assert said
    assert [canonical(each) for each in records_in(merged(outcome(data)))] == said


def test_an_ordinary_answer_is_cut_out_as_bytes() -> None:
    """Otherwise a large answer would be parsed, built and written anew for nothing."""
    data = write(PLAIN, [(), ("<{c}text>å</{c}text>",)])
    prefixes: dict[str, str] = {}
    piece = bytes(cut(contract(NAME), outcome(data).records, prefixes))
    assert piece in data
    assert piece.startswith(b"<ns0:fixedContact>")
    assert piece.endswith(b"</ns0:fixedContact>")
    assert prefixes == {"ns0": responder(NAME), "core": CORE[NAME], "e": ns.SOAP11}


def test_sources_that_agree_on_prefixes_are_all_cut() -> None:
    prefixes: dict[str, str] = {}
    for _ in range(3):
        piece = cut(contract(NAME), outcome(write(PLAIN, [()])).records, prefixes)
        assert bytes(piece).startswith(b"<ns0:fixedContact>")


def test_a_source_that_means_something_else_by_a_prefix_is_written_anew() -> None:
    prefixes = {"core": "urn:other"}
    piece = bytes(cut(contract(NAME), outcome(write(PLAIN, [()])).records, prefixes))
    assert b"xmlns:core=" in piece
    assert prefixes == {"core": "urn:other"}


@pytest.mark.parametrize("prefixes", [{"r0": "urn:x"}, {"r0": "urn:x", "r1": "urn:y"}, {}])
def test_the_answers_own_prefix_is_a_free_one(prefixes: dict[str, str]) -> None:
    extra = " ".join(f"xmlns:{prefix}='{uri}'" for prefix, uri in prefixes.items())
    style = Style("ns0", "core", "response", extra, (START,), "", "utf-8", "")
    root = body_of(merged(outcome(write(style, [()]))))
    assert root.tag == contract(NAME).response_tag
    assert root.prefix not in prefixes


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("sources", [0, 1, 3])
def test_the_merged_answer_is_valid(name: str, sources: int) -> None:
    """By two independent validators, with the contract's schema and that of the header."""
    known = contract(name)
    found = []
    for number in range(sources):
        data = answer_message(name, *(record(name, f"S{number}", str(each)) for each in range(number)))
        found.append(Outcome(f"S{number}", examine(known, TOLVAN, Answer(200, [], data), False)))
    found.append(Outcome("DOWN", failure=Failure("refused", "x")))
    message = merged(*found, name=name)
    response = etree.fromstring(etree.tostring(body_of(message)))
    known.schema.assertValid(response)
    xmlschema.XMLSchema(str(ROOT / "xsd" / known.descriptor.xsd)).validate(response)
    assert len(list(response.iterchildren(known.record_tag))) == sum(range(sources))
    headers = etree.XMLSchema(file=str(ROOT / "xsd" / "core_components" / "interoperability_headers_1.0.xsd"))
    header = etree.fromstring(message).find(f"{{{ns.SOAP11}}}Header")
    assert header is not None
    headers.assertValid(etree.fromstring(etree.tostring(header[0])))


def test_the_result_of_care_plans() -> None:
    """National AgP: INFO and logId NA whatever the sources answered; their own results are dropped."""
    name = "GetCarePlans"
    data = answer_message(name, record(name, "A", "1")).replace(b">OK<", b">ERROR<")
    message = merged(Outcome("A", examine(contract(name), TOLVAN, Answer(200, [], data), False)), name=name)
    results = list(body_of(message).iterchildren(contract(name).result_tag))
    assert len(results) == 1
    values = {etree.QName(each).localname: each.text for each in results[0]}
    assert (values["resultCode"], values["logId"]) == ("INFO", "NA")
    assert b"ERROR" not in message
    assert b"resultCode>INFO<" in message  # as the national suites look for it


@pytest.mark.parametrize("name", ["GetFixedContacts", "GetDocumentedAgreements"])
def test_contracts_without_result_have_none(name: str) -> None:
    assert list(body_of(merged(name=name))) == []


def test_the_envelope() -> None:
    """SOAP 1.1, one Header with the status and one element in Body (Basic Profile 2.1 #7); no default namespace."""
    message = merged(outcome(write(PLAIN, [()])))
    assert xml.body_child(xml.parse(message)).tag == contract(NAME).response_tag
    root = etree.fromstring(message)
    assert [etree.QName(each).localname for each in root] == ["Header", "Body"]
    assert [etree.QName(each).localname for each in root[0]] == ["ProcessingStatus"]
    assert None not in body_of(message).nsmap


def test_a_failed_source_has_no_part_in_it() -> None:
    failed = Outcome("B", failure=Failure("refused", "x"))
    assert len(records_in(merged(failed, outcome(write(PLAIN, [(), ()])), failed))) == 2
