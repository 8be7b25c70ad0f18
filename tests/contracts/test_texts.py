"""The text of each contract names every element of its schema, with its cardinality, in Swedish and English.

How a text is laid out: tables with the columns path, cardinality, type, betydelse, meaning and why
("sv / en"). A type with a section of its own (``### Typ / Type: `X` ``) is described there once; every other
element has its full path from the message root. A code list has a section ``### Kodlista / Code list: `X` ``.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from contract_files import ROOT, descriptors
from schema_walk import Element, children, descend, roots

HEADING = re.compile(r"^#{2,3} .*?`(?P<name>[^`]+)`$")
SWEDISH_POINTS = ["Vem frågar, och när.", "Vem svarar.", "Status.", "Det som inte ingår."]
ENGLISH_POINTS = ["Who asks, and when.", "Who answers.", "Status.", "What is not in it."]
CONTRACTS = [pytest.param(d, id=f"{d['name']}-{d['version']}") for d in descriptors()]


@dataclass(frozen=True)
class Row:
    path: str
    cardinality: str
    type: str
    swedish: str
    english: str
    why: str


class Text:
    """A contract's Markdown text, taken apart."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tables: dict[str, list[list[str]]] = {}
        heading = ""
        for line in text.splitlines():
            if line.startswith("#"):
                found = HEADING.match(line)
                heading = found["name"] if found else line.lstrip("# ")
            elif line.startswith("|"):
                cells = [cell.strip() for cell in line.strip("|").split("|")]
                self.tables.setdefault(heading, []).append(cells)

    def section(self, heading: str) -> list[list[str]]:
        """The rows of the table below a heading, without the table's head and rule."""
        return self.tables[heading][2:]

    def rows(self) -> list[Row]:
        return [
            Row(cells[0].strip("`"), cells[1], cells[2].strip("`"), *cells[3:])
            for table in self.tables.values()
            for cells in table[2:]
            if len(cells) == 6
        ]

    def named(self, kind: str) -> frozenset[str]:
        return frozenset(re.findall(rf"^### {kind}: `([^`]+)`$", self.text, re.MULTILINE))


def read(descriptor: dict[str, Any]) -> Text:
    path = ROOT / "contracts" / f"{descriptor['name']}_{descriptor['version']}.md"
    return Text(path.read_text(encoding="utf-8"))


def elements(descriptor: dict[str, Any], described: frozenset[str]) -> list[Element]:
    """What the text must have rows for: both messages, and the types that have a section and are used."""
    found = [element for root in roots(descriptor) for element in descend(root.local_name, root.type, described)]
    done: set[str] = set()
    for element in found:  # grows while it is walked: a described type may use another
        name = element.type.local_name
        if name in described and name not in done:
            done.add(name)
            found += children(name, element.type)
    return found


def wrong_rows(descriptor: dict[str, Any], text: Text) -> list[str]:
    """Where text and schema differ: a row missing, unknown or repeated, another cardinality or type."""
    wanted = {e.path: (e.cardinality, e.type.local_name) for e in elements(descriptor, text.named("Typ / Type"))}
    rows = text.rows()
    found = {row.path: (row.cardinality, row.type) for row in rows}
    problems = [f"{path} has no row" for path in wanted.keys() - found.keys()]
    problems += [f"{path} does not exist" for path in found.keys() - wanted.keys()]
    problems += [
        f"{path}: the text says {found[path]}, the schema {wanted[path]}"
        for path in wanted.keys() & found.keys()
        if wanted[path] != found[path]
    ]
    if len(rows) != len(found):
        problems.append("an element has several rows")
    return problems


def poor_rows(text: Text) -> list[str]:
    """Rows without a text in one of the languages, in the meaning or in the reason."""
    problems = []
    for row in text.rows():
        why = row.why.split(" / ")
        if not row.swedish or not row.english or row.swedish == row.english:
            problems.append(f"{row.path}: meaning")
        if len(why) != 2 or not all(part.strip() for part in why):
            problems.append(f"{row.path}: why")
    return problems


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_every_element_has_its_row(descriptor: dict[str, Any]) -> None:
    assert wrong_rows(descriptor, read(descriptor)) == []


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_every_row_speaks_both_languages(descriptor: dict[str, Any]) -> None:
    assert poor_rows(read(descriptor)) == []


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_every_code_list_is_complete(descriptor: dict[str, Any]) -> None:
    text = read(descriptor)
    used = [e.type for root in roots(descriptor) for e in descend("", root.type) if e.type.is_simple()]
    lists = {kind.local_name: kind for kind in used if kind.enumeration}
    assert lists.keys() == text.named("Kodlista / Code list")
    for name, kind in lists.items():
        table = text.section(name)
        assert [cells[0].strip("`") for cells in table] == kind.enumeration
        assert all(swedish and english for _, swedish, english in table)


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_the_introduction_says_who_asks_who_answers_the_status_and_what_is_left_out(
    descriptor: dict[str, Any],
) -> None:
    text = read(descriptor).text
    swedish = text.partition("## På svenska")[2].partition("## ")[0]
    english = text.partition("## In English")[2].partition("## ")[0]
    assert re.findall(r"\*\*(.+?)\*\*", swedish) == SWEDISH_POINTS
    assert re.findall(r"\*\*(.+?)\*\*", english) == ENGLISH_POINTS
    proposal = descriptor["status"] == "proposal"
    assert ("inte antaget av Inera" in swedish, "not adopted by Inera" in english) == (proposal, proposal)
    for categorization in descriptor.get("aggregate", {}).get("categorization", [])[:1]:
        assert categorization in swedish
        assert categorization in english


@pytest.mark.parametrize("descriptor", CONTRACTS)
def test_every_rule_is_numbered_and_in_both_languages(descriptor: dict[str, Any]) -> None:
    rules = read(descriptor).section("Regler / Rules")
    assert [cells[0] for cells in rules] == [str(number) for number in range(1, len(rules) + 1)]
    assert all(swedish and english and swedish != english for _, swedish, english in rules)


def test_types_of_the_same_domain_read_the_same_in_every_contract() -> None:
    seen: dict[tuple[str, str], Row] = {}
    for descriptor in descriptors():
        text = read(descriptor)
        for row in text.rows():
            if row.path.split("/")[0] in text.named("Typ / Type"):
                assert seen.setdefault((descriptor["domain"], row.path), row) == row
    assert seen


@pytest.fixture
def fixed_contacts() -> tuple[dict[str, Any], str]:
    descriptor = next(d for d in descriptors() if d["name"] == "GetFixedContacts")
    return descriptor, read(descriptor).text


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("`GetFixedContacts/careGiverId` | 0..1", "`GetFixedContacts/careGiverId` | 1..1", "the text says"),
        ("`IIType/root` | 1..1 | `string`", "`IIType/root` | 1..1 | `anyURI`", "the text says"),
        ("`GetFixedContacts/careUnitId`", "`GetFixedContacts/careunitId`", "does not exist"),
        ("`PractitionerType/hsaId`", "`PractitionerType/id`", "has no row"),
        ("`GetFixedContacts/careUnitId`", "`GetFixedContacts/careGiverId`", "several rows"),
    ],
)
def test_a_text_that_differs_from_the_schema_is_noticed(
    fixed_contacts: tuple[dict[str, Any], str], old: str, new: str, problem: str
) -> None:
    descriptor, text = fixed_contacts
    assert old in text
    assert any(problem in found for found in wrong_rows(descriptor, Text(text.replace(old, new))))


@pytest.mark.parametrize(
    "missing", ["Bara poster från denna vårdenhet.", " / The clinic wants to see the fixed contacts it"]
)
def test_a_text_without_one_of_the_languages_is_noticed(
    fixed_contacts: tuple[dict[str, Any], str], missing: str
) -> None:
    _, text = fixed_contacts
    assert missing in text
    assert poor_rows(Text(text.replace(missing, ""))) != []
