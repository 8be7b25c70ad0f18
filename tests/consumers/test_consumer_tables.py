"""``gateway.consumers.summary`` and ``table``: answers as people and programs read them."""

import io

import pytest
from gateway_samples import NAMES, ROOT, body_of, contract, contracts, envelope, record, response_element
from lxml import etree

from gateway.consumers.ask import Reply, SourceStatus
from gateway.consumers.rules import View
from gateway.consumers.summary import answer_data, as_data, date, in_reading_order, lines
from gateway.consumers.table import WIDTH, Printer, console
from gateway.contracts.contract import Contract


def records(name: str, *texts: str) -> tuple[etree._Element, ...]:
    answer = body_of(envelope(response_element(name, *texts)))
    return tuple(answer.iterchildren(contract(name).record_tag))


def tag(name: str, text: str) -> str:
    """An element of the domain's namespace."""
    return f"<core:{name}>{text}</core:{name}>"


def after(text: str, mark: str, more: str) -> str:
    """The text with something put in after a mark."""
    assert mark in text
    return text.replace(mark, f"{mark}{more}", 1)


def before(text: str, mark: str, more: str) -> str:
    """The text with something put in before a mark."""
    assert mark in text
    return text.replace(mark, f"{more}{mark}", 1)


CONTACT = record("GetFixedContacts", "S", "1")
CONTACT = after(CONTACT, "<core:code>1</core:code>", tag("displayName", "fast vårdkontakt"))
CONTACT = after(CONTACT, tag("name", "Åsa Öberg"), tag("qualification", tag("displayName", "Läkare")))
CONTACT = after(CONTACT, "</core:period>", tag("internalNotes", "ring\n  först") + tag("externalNotes", "Mån-fre"))
CONTACT = before(CONTACT, "</core:managingCareGiver>", tag("name", "Regionen"))
AGREEMENT = record("GetDocumentedAgreements", "S", "1")
AGREEMENT = before(AGREEMENT, "</core:period>", tag("end", "20250430"))
AGREEMENT = after(
    AGREEMENT, "</core:period>", tag("whatMattersToPatient", "Att orka") + tag("nextStep", tag("text", "Prov"))
)
PLAN = record("GetCarePlans", "S", "1")
PLAN = before(PLAN, "<core:patientId>", tag("documentTitle", "SIP"))
PLAN = PLAN.replace("<core:carePlanBody/>", tag("carePlanBody", tag("typeOfCarePlanEnum", "SIP")))
PLAN = after(PLAN, "</core:authorTime>", tag("healthcareProfessionalName", "Åsa Öberg"))


def test_a_fixed_contact() -> None:
    (line,) = lines(contract("GetFixedContacts"), records("GetFixedContacts", CONTACT), "sv")
    assert (line.source, line.what, line.who) == ("S", "Fast vårdkontakt", "Åsa Öberg, läkare\nRegionen")
    assert (line.when, line.note) == ("2024-05-01 –", "Mån-fre · [internt] ring först")


def test_an_agreement() -> None:
    (line,) = lines(contract("GetDocumentedAgreements"), records("GetDocumentedAgreements", AGREEMENT), "en")
    assert (line.what, line.who) == ("Överenskommelse (active)", "Åsa Öberg")
    assert (line.when, line.note) == ("2024-05-01 – 2025-04-30", "”Att orka” · Next step: Prov")


def test_a_care_plan() -> None:
    (line,) = lines(contract("GetCarePlans"), records("GetCarePlans", PLAN), "sv")
    assert (line.what, line.who, line.when) == ("SIP · Samordnad individuell plan", "Åsa Öberg", "2024-05-01")


@pytest.mark.parametrize("name", NAMES)
def test_a_record_with_as_little_as_the_schema_allows(name: str) -> None:
    (line,) = lines(contract(name), records(name, record(name, "S", "1")), "sv")
    assert line.source == "S"
    assert line.when.startswith("2024-05-01")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_record_that_breaks_the_schema_is_still_shown(name: str, language: str) -> None:
    """The national service passes invalid answers on; a view must not fall over them."""
    empty = f"<ns0:{etree.QName(contract(name).record_tag).localname}/>"
    odd = record(name, "S", "1").replace("ACTIVE", "PAUSED")
    odd = odd.replace("<core:carePlanBody/>", tag("carePlanBody", tag("typeOfCarePlanEnum", "XX")))
    assert len(lines(contract(name), records(name, empty, odd), language)) == 2


def test_a_contract_without_a_summary_of_its_own() -> None:
    known = contract("GetCarePlans")
    fields = {each: getattr(known.descriptor, each) for each in known.descriptor.__struct_fields__}
    descriptor = type(known.descriptor)(**{**fields, "name": "GetOther"})
    values = {each: getattr(known, each) for each in Contract.__dataclass_fields__}
    (line,) = lines(Contract(**{**values, "descriptor": descriptor}), records("GetCarePlans", PLAN), "sv")
    assert (line.source, line.what, line.when) == ("S", "1", "2024-05-01")


@pytest.mark.parametrize(
    ("value", "shown"), [("20240501", "2024-05-01"), ("20240501120000", "2024-05-01"), ("", ""), ("2024", "2024")]
)
def test_dates(value: str, shown: str) -> None:
    assert date(value) == shown


def test_who_before_what_before_plans() -> None:
    found = [each.descriptor.name for each in in_reading_order(contracts().aggregated())]
    assert found == [*NAMES, "GetCareManagers"]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("<a> x </a>", "x"),
        ("<a/>", ""),
        ("<a><b>1</b><c>2</c></a>", {"b": "1", "c": "2"}),
        ("<a><b>1</b><b>2</b><b>3</b></a>", {"b": ["1", "2", "3"]}),
        ("<a><b><c/></b><!--d--></a>", {"b": {"c": ""}}),
        ("<a xmlns:p='urn:p'><p:b>1</p:b></a>", {"b": "1"}),
    ],
)
def test_elements_as_data(text: str, data: object) -> None:
    assert as_data(etree.fromstring(text)) == data


STATUSES = (SourceStatus("S", "DataFromSource"), SourceStatus("SE-NERE", "NoDataSynchFailed", "503", "Ingen kontakt"))


def reply(name: str, *texts: str, statuses: tuple[SourceStatus, ...] = STATUSES) -> Reply:
    tree = etree.fromstring(envelope(response_element(name, *texts)))
    return Reply(0.0123, tree, tree[0][0], statuses)


def test_an_answer_as_data() -> None:
    name = "GetFixedContacts"
    view = View(records(name, CONTACT), (("not-approved", 2),))
    data = answer_data(contract(name), "1177", view, reply(name, CONTACT))
    assert (data["contract"], data["consumer"], data["milliseconds"]) == ("GetFixedContacts_1.0", "1177", 12.3)
    assert data["held_back"] == {"not-approved": 2}
    assert data["sources"] == [
        {"source": "S", "status": "DataFromSource", "code": "", "text": ""},
        {"source": "SE-NERE", "status": "NoDataSynchFailed", "code": "503", "text": "Ingen kontakt"},
    ]
    (shown,) = data["records"]  # type: ignore[misc]
    assert shown["practitioner"]["name"] == "Åsa Öberg"


def printed(name: str, language: str, view: View, statuses: tuple[SourceStatus, ...] = STATUSES) -> str:
    out = io.StringIO()
    names = {"S": "Region Söder"}
    printer = Printer(console(out), language, lambda address: names.get(address, address))
    printer.answer(contract(name), view, reply(name, statuses=statuses))
    return out.getvalue()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "sv",
            [
                "Fasta kontakter",
                "Källa",
                "Region Söder",
                "SE-NERE",
                "2 källor tillfrågade, 1 utan svar",
                "1 visas inte",
            ],
        ),
        (
            "en",
            [
                "Fixed contacts",
                "Source",
                "Region Söder",
                "SE-NERE",
                "2 sources asked, 1 without an answer",
                "1 not shown",
            ],
        ),
    ],
)
def test_a_table(language: str, words: list[str]) -> None:
    text = printed("GetFixedContacts", language, View(records("GetFixedContacts", CONTACT), (("not-approved", 1),)))
    assert [word for word in (*words, "Region Söder", "SE-NERE") if word not in text] == []
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "\x1b" not in text


def test_no_records_and_no_sources() -> None:
    text = printed("GetCarePlans", "sv", View((), ()), ())
    assert text.split() == ["Vård-", "och", "omsorgsplaner:", "inga", "poster.", "0", "poster", "på", "12", "ms."]


@pytest.mark.parametrize("name", NAMES)
def test_every_test_record_fits_the_table(name: str) -> None:
    path = ROOT / "fixtures" / "records" / "06-jonkoping" / f"{contract(name).key}.xml"
    found = tuple(etree.parse(str(path)).getroot().iterchildren(contract(name).record_tag))[:40]
    assert found
    assert max(map(len, printed(name, "sv", View(found, ())).splitlines())) <= WIDTH


def test_brackets_are_text_and_not_markup() -> None:
    odd = CONTACT.replace("Mån-fre", "[red]x[/red] [/]")
    assert "[red]x[/red] [/]" in printed("GetFixedContacts", "sv", View(records("GetFixedContacts", odd), ()))
