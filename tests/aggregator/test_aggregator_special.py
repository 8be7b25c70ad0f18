"""What single contracts ask of the aggregating service beyond the usual; their descriptors say so.

National AgP, per-service deviations: here by a contract of the test's own that has them all.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aggregated import statuses
from contract_folder import DESCRIPTOR, SCHEMA, make_contract
from gateway_parts import Bench, Scripted, bench
from gateway_samples import (
    AGGREGATE,
    SENDER,
    TOLVAN,
    address_header,
    body_of,
    envelope,
    fault_of,
    permission,
    request,
    route,
    soap_fault,
)
from lxml import etree

from gateway import texts
from gateway.aggregator.filters import OLD, UNWANTED
from gateway.aggregator.narrow import before
from gateway.aggregator.plan import Planner
from gateway.aggregator.service import Aggregator
from gateway.contracts.contract import Contract, Contracts, load_contract
from gateway.errors import DataError
from gateway.message import Answer
from gateway.registry.engagements import Engagement, EngagementIndex
from gateway.router.call import Call
from gateway.router.producer import ProducerAnswer
from gateway.soap import ns
from gateway.soap.head import scan

RESPONDER, DOMAIN = "urn:riv:test:things:GetThingsResponder:1", "urn:riv:test:things:1"
MODES = pytest.mark.parametrize("mode", ["national", "strict"])
REFUSED = "Parametern moreReference skall inte användas i anrop till aggregerande tjänst"
REQUEST = """\
  <xs:element name="facility" type="xs:string" minOccurs="0"/>
  <xs:element name="patientId" type="c:IIType"/>
  <xs:element name="kind" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element name="moreReference" type="xs:string" minOccurs="0"/>
  <xs:element name="wrap" minOccurs="0"><xs:complexType><xs:sequence>
   <xs:element name="a" type="xs:string" minOccurs="0"/><xs:element name="b" type="xs:string" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
"""
RESPONSE = """\
  <xs:element name="more" minOccurs="0" maxOccurs="unbounded"><xs:complexType><xs:sequence>
   <xs:element name="at" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="other" type="xs:string" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element name="single" type="xs:string" minOccurs="0"/>
  <xs:element name="result" minOccurs="0"><xs:complexType><xs:sequence>
   <xs:element name="resultCode" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
"""


def things(tmp_path: Path, lines: str = "") -> Contract:
    """A contract whose ``[aggregate]`` has these lines too."""
    more = f"{lines}\n[aggregate.result]\nresultCode = 'INFO'\n"
    schema = SCHEMA.replace('  <xs:element name="patientId" type="c:IIType"/>\n', REQUEST)
    schema = schema.replace(
        'maxOccurs="unbounded"/>\n </xs:sequence></xs:complexType>\n</xs',
        f'maxOccurs="unbounded"/>\n{RESPONSE} </xs:sequence></xs:complexType>\n</xs',
    )
    descriptor = DESCRIPTOR.replace('records = "thing"\n', f'records = "thing"\n{more}')
    return load_contract(make_contract(tmp_path, descriptor=descriptor, schema=schema), tmp_path)


def of_any_category(contract: Contract) -> Contract:
    """The contract with ``categorization = []``."""
    aggregate = msgspec.structs.replace(contract.descriptor.aggregate, categorization=())
    return replace(contract, descriptor=msgspec.structs.replace(contract.descriptor, aggregate=aggregate))


def held(source: str, address: str = "", **changes: Any) -> Engagement:
    found = Engagement(
        registered_resident_identification=TOLVAN,
        service_domain="riv:test:things",
        categorization="tt-gt",
        logical_address=address or source,
        business_object_instance_identifier="NA",
        clinical_process_interest_id="NA",
        source_system=source,
        data_controller="NA",
    )
    return replace(found, **changes)


def world(
    contract: Contract, answers: dict[str, Scripted], engagements: Iterable[Engagement], **settings: Any
) -> Bench:
    """A platform with this contract only, whose sources answer as told."""
    addresses = {AGGREGATE: "aggregate:", **{source: f"http://{source.lower()}/vp" for source in answers}}
    found = bench(
        [route(receiver, RESPONDER, address) for receiver, address in addresses.items()],
        [permission(receiver, RESPONDER) for receiver in addresses],
        {addresses[source]: answer for source, answer in answers.items()},
        **settings,
    )
    router, index = found.router, EngagementIndex(engagements)
    national = router.settings.mode == "national"
    planner = Planner(Contracts({RESPONDER: contract}), index, router.snapshot, AGGREGATE, national=national)
    router.handlers["aggregate"] = Aggregator(router, planner)
    return found


def question(more: str = "", ahead: str = "") -> bytes:
    """A question about Tolvan; ``more`` follows patientId."""
    identity = f"<c:root>1.2.752.129.2.1.3.1</c:root><c:extension>{TOLVAN}</c:extension>"
    spaces = f"xmlns:t='{RESPONDER}' xmlns:c='{DOMAIN}'"
    body = f"<t:GetThings {spaces}>{ahead}<t:patientId>{identity}</t:patientId>{more}</t:GetThings>"
    return envelope(body, f"<Actor xmlns='{ns.INTEROPERABILITY}'>Åsa</Actor>{address_header(AGGREGATE)}")


def thing(source: str, identity: str) -> str:
    return (
        f"<t:thing><c:head><c:id>{identity}</c:id><c:patientId><c:root>1</c:root><c:extension>{TOLVAN}</c:extension>"
        f"</c:patientId><c:source>{source}</c:source><c:giver>G</c:giver><c:time>20240501120000</c:time>"
        "<c:approved>true</c:approved></c:head><c:left>å</c:left></t:thing>"
    )


def answered(*parts: str) -> ProducerAnswer:
    body = f"<t:GetThingsResponse xmlns:t='{RESPONDER}' xmlns:c='{DOMAIN}'>{''.join(parts)}</t:GetThingsResponse>"
    return ProducerAnswer(200, [(b"content-type", b"text/xml")], envelope(body))


def more(at: str, prefix: str = "t") -> str:
    return f"<{prefix}:more><{prefix}:at>{at}</{prefix}:at></{prefix}:more>"


def children(answer: Answer) -> list[tuple[str, str]]:
    """Local name and text of what the response holds."""
    assert answer.status == 200, answer.body
    return [(etree.QName(each).localname, "".join(each.itertext())) for each in body_of(answer.body)]


def asked(found: Bench) -> list[str]:
    return sorted(sent.url.removeprefix("http://").removesuffix("/vp").upper() for sent in found.client.sent)


# Further lists, as hasMore: put together, in schema order, the sources in theirs.


@MODES
def test_further_lists_are_put_together(tmp_path: Path, mode: str) -> None:
    """National AgP: hasMore of all producers is concatenated; without it nobody would learn that there is more."""
    contract = things(tmp_path, 'merged = ["other", "more"]')
    answers = {
        "A": answered(thing("A", "1"), more("A1"), more("A2"), "<t:other>a</t:other>"),
        "B": answered(thing("B", "2")),
        "C": answered(more("Cå"), "<t:other>c</t:other>"),
        "D": ProducerAnswer(500, [(b"content-type", b"text/xml")], soap_fault()),
        "E": ProducerAnswer(200, [], envelope("")),  # nationally an answer
    }
    found = world(contract, answers, map(held, answers), mode=mode)
    answer = found.handle(request(question()))
    told = children(answer)
    assert [name for name, _ in told] == ["thing", "thing", "more", "more", "more", "other", "other", "result"]
    assert [text for name, text in told if name == "more"] == ["A1", "A2", "Cå"]
    assert [text for name, text in told if name == "other"] == ["a", "c"]
    response = etree.fromstring(etree.tostring(body_of(answer.body)))
    assert contract.schema.validate(response), contract.schema.error_log


@MODES
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_they_are_found_whatever_prefix_and_encoding_a_source_has(tmp_path: Path, mode: str, encoding: str) -> None:
    odd = f"<Ö:more xmlns:Ö='{RESPONDER}'><Ö:at>ö</Ö:at></Ö:more>"
    text = answered(thing("A", "1"), odd).body.decode()
    body = f"<?xml version='1.0' encoding='{encoding}'?>{text}".encode(encoding)
    found = world(things(tmp_path, 'merged = ["more"]'), {"A": ProducerAnswer(200, [], body)}, [held("A")], mode=mode)
    assert ("more", "ö") in children(found.handle(request(question())))


def test_they_stay_when_a_repeated_record_goes(tmp_path: Path) -> None:
    """Strict mode: the record is told once, but each source has its own more."""
    same = thing("A", "1")
    answers = {each: answered(same, more(each)) for each in "AB"}
    found = world(things(tmp_path, 'merged = ["more"]'), answers, map(held, answers))  # type: ignore[arg-type]
    assert [name for name, _ in children(found.handle(request(question())))] == ["thing", "more", "more", "result"]


def test_without_a_word_in_the_descriptor_records_only_are_merged(tmp_path: Path) -> None:
    found = world(things(tmp_path), {"A": answered(thing("A", "1"), more("A"))}, [held("A")])
    assert things(tmp_path).special is None
    assert [name for name, _ in children(found.handle(request(question())))] == ["thing", "result"]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('merged = ["nothing"]', "fails at nothing"),
        ('merged = ["result"]', "merged names result, expected lists between thing and result"),
        ('merged = ["thing"]', "merged names thing, expected lists between thing and result"),
        ('merged = ["single"]', "merged names single, expected lists between thing and result"),
        ('category_filter = "sort"', "fails at sort"),
        ("refused = { sort = 'x' }", "fails at sort"),
        ("per_source = { 'wrap/c' = 'person' }", "fails at c"),
    ],
)
def test_the_descriptor_has_to_fit_the_schema(tmp_path: Path, lines: str, problem: str) -> None:
    with pytest.raises(DataError, match=problem):
        things(tmp_path, lines)


# Elements that make no sense in an aggregated question, as hasMoreReference.


@MODES
@pytest.mark.parametrize("written", ["<t:moreReference>x</t:moreReference>", "<t:moreReference/>"])
def test_an_element_may_be_refused(tmp_path: Path, mode: str, written: str) -> None:
    """National AgP: a fault with the service's own text; the index is not asked."""
    contract = things(tmp_path, f'refused = {{ moreReference = "{REFUSED}" }}')
    found = world(contract, {"A": answered()}, [held("A")], mode=mode)
    answer = found.handle(request(question(written)))
    assert answer.status == 500
    assert fault_of(answer.body)[:2] == ("soap:Server", REFUSED)
    assert (b"Ta bort moreReference" in answer.body) == (mode == "strict")
    assert asked(found) == []
    assert found.handle(request(question())).status == 200


# Categorizations asked for, as typeOfRequest.

KINDS = ("", *(f"<t:kind>{kind}</t:kind>" for kind in ("x1", "X1", " x1 ", "x2", "")))
ONE, UPPER, SPACED, TWO, BLANK = KINDS[1:]


@pytest.mark.parametrize(
    ("mode", "kinds", "sources"),
    [
        ("national", "", ["A", "B", "C"]),
        ("national", ONE, ["A"]),
        ("national", UPPER, ["B"]),
        ("national", SPACED, []),
        ("national", BLANK, []),
        ("national", ONE + TWO, ["A", "C"]),
        ("strict", "", ["A", "B", "C"]),
        ("strict", ONE, ["A", "B"]),
        ("strict", SPACED, ["A", "B"]),
        ("strict", BLANK, ["A", "B", "C"]),
        ("strict", TWO + BLANK, ["C"]),
    ],
)
def test_a_question_may_name_categorizations(tmp_path: Path, mode: str, kinds: str, sources: list[str]) -> None:
    """National AgP: exact, case-sensitive, none for all; strict mode compares as the index does everywhere else."""
    every = of_any_category(things(tmp_path, 'category_filter = "kind"'))
    engagements = [held(source, categorization=kind) for source, kind in zip("ABC", ("x1", "X1", "x2"), strict=True)]
    found = world(every, dict.fromkeys("ABC", answered()), engagements, mode=mode)
    answer = found.handle(request(question(kinds)))
    assert asked(found) == sources
    assert list(statuses(answer.body)) == sources  # what the consumer has not asked for is not told of


# What each source gets, as healthcare_facility.

PER_SOURCE = (
    'call_per = "logical_address"\n'
    'per_source = { facility = "logical_address", "patientId/extension" = "person", "wrap/b" = "logical_address" }'
)


@MODES
@pytest.mark.parametrize(
    ("more", "ahead"),
    [
        ("", ""),
        ("<t:wrap><t:b>x</t:b></t:wrap>", "<t:facility>5565594230</t:facility>"),
        (
            "<t:wrap><t:a>x</t:a></t:wrap><e:ext xmlns:e='urn:x'>å</e:ext>",
            "<t:facility><e:x xmlns:e='urn:x'/></t:facility>",
        ),
    ],
)
def test_each_source_gets_its_own_words(tmp_path: Path, mode: str, more: str, ahead: str) -> None:
    """National AgP, GetSubjectOfCareSchedule 1: one call for each logical address, with that as healthcare_facility.

    That makes a new request there; here what else the consumer says goes along, the Actor header in both.
    """
    contract = things(tmp_path, PER_SOURCE)
    engagements = [held("SYSTEM", "ETT"), held("SYSTEM", "TVÅ&<")]
    answers = {"ETT": answered(), "TVÅ&<": answered()}
    found = world(contract, answers, engagements, mode=mode)
    assert found.handle(request(question(more, ahead))).status == 200
    told = {}
    for sent in found.client.sent:
        body = etree.fromstring(etree.tostring(body_of(sent.body)))
        assert contract.schema.validate(body), contract.schema.error_log
        (address,) = etree.fromstring(sent.body).iter(f"{{{ns.REGISTRY}}}LogicalAddress")
        told[address.text] = [
            body.findtext(f"{{*}}{path}") for path in ("facility", "patientId/{*}extension", "wrap/{*}b")
        ]
        assert "Åsa" in sent.body.decode()
        assert body.findtext("{urn:x}ext") == ("å" if "ext" in more else None)
    assert told == {each: [each, TOLVAN, each] for each in answers}


def test_the_person_is_told_as_the_index_has_it(tmp_path: Path) -> None:
    found = world(things(tmp_path, PER_SOURCE), {"A": answered()}, [held("A")])
    assert found.handle(request(question().replace(TOLVAN.encode(), f" {TOLVAN}\n".encode()))).status == 200
    assert f">{TOLVAN}<".encode() in found.client.sent[0].body


# Old engagements.


def test_engagements_with_old_content_are_not_asked(tmp_path: Path) -> None:
    """National AgP, RequestExemptionStatuses 1: the index is asked for content of the last twelve months."""
    contract = things(tmp_path, "newest_months = 12")
    now = datetime.now()
    contents = {"A": now.strftime("%Y%m%d%H%M%S"), "B": f"{now.year - 2}0101000000", "C": "", "D": before(now, 11)}
    engagements = [held(source, most_recent_content=content) for source, content in contents.items()]
    found = world(contract, dict.fromkeys(contents, answered()), engagements)
    assert found.handle(request(question())).status == 200
    assert asked(found) == ["A", "D"]


@pytest.mark.parametrize(
    ("now", "months", "expected"),
    [
        ("2025-03-15T10:20:30", 12, "20240315102030"),
        ("2024-02-29T00:00:00", 12, "20230228000000"),
        ("2025-01-31T00:00:00", 2, "20241130000000"),
        ("2025-03-31T00:00:00", 1, "20250228000000"),
        ("2025-12-01T00:00:00", 12, "20241201000000"),
        ("2025-01-01T00:00:00", 25, "20221201000000"),
    ],
)
def test_months_before(now: str, months: int, expected: str) -> None:
    assert before(datetime.fromisoformat(now), months) == expected


# A contract that asks the index for no categorization.


@MODES
def test_without_a_categorization_every_engagement_of_the_domain_counts(tmp_path: Path, mode: str) -> None:
    """National AgP: GetRequestActivities 1 and GetSubjectOfCareSchedule 1 send none."""
    every = of_any_category(things(tmp_path))
    engagements = [held("A", categorization="Vad-som-helst"), held("B", service_domain="riv:test:other")]
    found = world(every, dict.fromkeys("AB", answered()), engagements, mode=mode)
    assert found.handle(request(question())).status == 200
    assert asked(found) == ["A"]


@pytest.mark.parametrize(("wanted", "sources"), [("ETT", ["SYSTEM"]), ("SYSTEM", [])])
def test_and_the_source_asked_for_is_its_logical_address(tmp_path: Path, wanted: str, sources: list[str]) -> None:
    """National AgP, rule d, as for contracts that have a categorization."""
    answers = {"ETT": answered(), "SYSTEM": answered()}
    found = world(of_any_category(things(tmp_path)), answers, [held("SYSTEM", "ETT")])
    assert found.handle(request(question(f"<t:source>{wanted}</t:source>"))).status == 200
    assert asked(found) == sources


def test_verdicts_have_words(tmp_path: Path) -> None:
    """``rivta call --explain`` tells what became of each engagement."""
    contract = things(tmp_path, 'category_filter = "kind"\nnewest_months = 12')
    recent = before(datetime.now(), 1)
    engagements = [held("A", most_recent_content=recent), held("B", categorization="TT-GT")]
    found = world(contract, dict.fromkeys("AB", answered()), engagements)
    plan = asyncio.run(_planned(found, question("<t:kind>tt-gt</t:kind>")))
    assert plan == {"A": "asked", "B": OLD}
    plan = asyncio.run(_planned(found, question("<t:kind>x</t:kind>")))
    assert set(plan.values()) == {UNWANTED}
    for verdict in (OLD, UNWANTED):
        assert texts.both("explain", verdict, wanted="")
        assert texts.both("verdict", verdict)


async def _planned(found: Bench, body: bytes) -> dict[str, str]:
    call = Call.receive(request(body))
    call.sender, call.head = SENDER, scan(body)
    aggregator = found.router.handlers["aggregate"]
    assert isinstance(aggregator, Aggregator)
    plan = await aggregator._planner.plan(call)
    return {hit.engagement.source_system: hit.verdict for hit in plan.hits}
