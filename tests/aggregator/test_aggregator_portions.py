"""``gateway.aggregator.portions``: a very large answer is judged as it would be in one piece."""

from pathlib import Path

import pytest
from gateway_samples import AGDA, NAMES, TOLVAN, answer_message, contract, record

from gateway.aggregator import outcome, portions, splice
from gateway.aggregator.outcome import Failure, examine
from gateway.message import Answer
from gateway.soap import ns

NAME = "GetFixedContacts"
MANY = [record(NAME, "A", f"A{number}") for number in range(60)]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that sixty records are very many."""
    monkeypatch.setattr(outcome, "LARGE", 20_000)
    monkeypatch.setattr(portions, "_PORTION", 5_000)


def judged(*records: str) -> outcome.Records:
    return examine(contract(NAME), TOLVAN, Answer(200, [], answer_message(NAME, *records)), False)


def test_every_record_is_in_one_portion() -> None:
    data = answer_message(NAME, *MANY)
    cut = splice.find(contract(NAME), data)
    assert cut is not None
    found = portions.portions(contract(NAME), data, cut)
    assert found is not None
    parts = [[each.findtext(contract(NAME).record["id"]) for each in part] for part in found]
    assert len(parts) > 5
    assert [identity for part in parts for identity in part] == [f"A{number}" for number in range(60)]


def test_a_good_answer_is_judged_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome, "_response", None)  # which builds the whole tree
    found = judged(*MANY)
    assert (found.count, found.identities, found.tree) == (60, tuple(f"A{number}" for number in range(60)), ())


@pytest.mark.parametrize("where", [0, 30, 59])
@pytest.mark.parametrize(
    ("kind", "detail"), [("invalid", "kod"), ("wrong-person", "1 of 60 records"), ("malformed", "not well-formed")]
)
def test_one_bad_record_is_told_as_in_one_piece(where: int, kind: str, detail: str) -> None:
    records = list(MANY)
    records[where] = {
        "invalid": records[where].replace("core:code>", "core:kod>"),
        "wrong-person": record(NAME, "A", "X", AGDA),
        "malformed": records[where].replace("</core:code>", "</core:cod>", 1),
    }[kind]
    with pytest.raises(Failure) as caught:
        judged(*records)
    assert caught.value.kind == kind
    assert detail in caught.value.detail


@pytest.mark.parametrize("name", NAMES)
def test_the_schemas_of_the_project_allow_it(name: str) -> None:
    known = contract(name)
    assert portions._divisible(known.xsd, ns.local(known.record_tag))


@pytest.mark.parametrize(
    ("more", "most", "expected"),
    [
        ("", "unbounded", True),
        ("", "100", False),
        ("<xs:unique name='u'><xs:selector xpath='a'/><xs:field xpath='b'/></xs:unique>", "unbounded", False),
    ],
)
def test_a_schema_that_relates_records_forbids_it(tmp_path: Path, more: str, most: str, expected: bool) -> None:
    record = f"<xs:element name='a' maxOccurs='{most}'/>"
    response = f"<xs:element name='r'><xs:complexType><xs:sequence>{record}</xs:sequence></xs:complexType></xs:element>"
    text = f"<xs:schema xmlns:xs='{ns.XS}'><xs:include schemaLocation='b.xsd'/>{response}</xs:schema>"
    (tmp_path / "a.xsd").write_text(text, "utf-8")
    more = f"<xs:element name='c'>{more}</xs:element>"
    (tmp_path / "b.xsd").write_text(f"<xs:schema xmlns:xs='{ns.XS}'>{more}</xs:schema>", "utf-8")
    assert portions._divisible(tmp_path / "a.xsd", "a") is expected


def test_a_record_with_an_end_of_record_in_it_is_not_divided_there() -> None:
    """Whatever looks so is left to the tree by ``splice``, so that no portion can begin in the middle."""
    odd = MANY[0].replace("</core:name>", "<!-- </ns0:fixedContact> --></core:name>", 1)
    assert judged(odd, *MANY[1:]).count == 60
