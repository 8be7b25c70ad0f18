"""The site of contracts: everything is on the pages, in both languages, and the pages hold together by themselves."""

import re
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import pytest
from contract_files import ROOT
from package_samples import changed, minor, package
from schema_walk import cardinality, descend, schema

from gateway.contracts.added import Source
from gateway.contracts.packageerror import PackageError
from gateway.contracts.schemaset import SchemaSet
from gateway.contracts.site import site
from gateway.contracts.site.parties import Parties, Party
from gateway.contracts.site.subject import of_package, of_sources

PATHS = sorted((ROOT / "contracts").glob("*.toml"))
DESCRIPTORS = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in PATHS}
EXAMPLES = ROOT / "contracts" / "rules" / "examples"
LANGUAGES = {"sv": "", "en": "en/"}
VOID = {"meta", "br", "input", "link", "img", "hr", "rect", "path"}


class Page(HTMLParser):
    """Reads a page strictly: what is opened is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.headings: list[int] = []
        self.sources: list[str] = []
        self.rows: dict[str, list[str]] = {}
        self.named: list[str] = []
        self._row = ""
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
        if id_ := given.get("id"):
            self.ids[id_] += 1
        if tag == "a":
            self.links.append(given["href"] or "")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.sources += [value or "" for name, value in attrs if name in ("src", "srcset", "action", "data", "poster")]
        self.named += [
            each for name in ("aria-labelledby", "aria-describedby", "for") for each in (given.get(name) or "").split()
        ]
        if tag == "tr":
            self._row = given.get("id") or ""
            self.rows.setdefault(self._row, [])
        if tag in ("td", "th") and self._row:
            self.rows[self._row].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag
        if tag == "tr":
            self._row = ""

    def handle_data(self, data: str) -> None:
        if self._row and self.rows[self._row]:
            self.rows[self._row][-1] += data


def shipped() -> dict[str, bytes]:
    parties = {
        descriptor["responder"]: Parties(
            (Party("Läkarhuset <Å&Ö>", "SE-å", details=("A1", "A2")),), (Party("Källan", "K1", "producer"),)
        )
        for descriptor in DESCRIPTORS.values()
    }
    return site.build(of_sources([Source(path, ROOT, added=False) for path in PATHS]), EXAMPLES, parties)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return shipped()


@pytest.fixture(scope="module")
def pages(files: dict[str, bytes]) -> dict[str, Page]:
    return {path: Page(data.decode()) for path, data in files.items() if path.endswith(".html")}


def elements(key: str) -> Iterator[tuple[str, str]]:
    """Path and cardinality of every element of both messages, by another reader of schemas."""
    descriptor = DESCRIPTORS[key]
    compiled = schema(descriptor["xsd"])
    for name in (descriptor.get("request") or descriptor["name"],
                 descriptor.get("response") or f"{descriptor['name']}Response"):  # fmt: skip
        root = compiled.elements[name]
        yield name, cardinality(root)
        yield from ((each.path, each.cardinality) for each in descend(name, root.type))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", DESCRIPTORS)
def test_every_element_is_there_with_its_cardinality(pages: dict[str, Page], key: str, language: str) -> None:
    rows = pages[f"{LANGUAGES[language]}{key}.html"].rows
    expected = list(elements(key))
    assert len(expected) > 2
    for path, count in expected:
        name, cell, *_ = rows[path.replace("/", ".")]
        assert (name.rpartition(": ")[2], cell) == (path.rpartition("/")[2], count), path


@pytest.mark.parametrize("key", DESCRIPTORS)
def test_the_descriptions_texts_are_there_in_both_languages(pages: dict[str, Page], key: str) -> None:
    text = (ROOT / "contracts" / f"{key}.md").read_text("utf-8")
    roots = {path for path, _ in elements(key)}
    described = [
        (cells[1].strip(" `"), cells[4].strip(), cells[5].strip())
        for cells in (line.split(" | ") for line in text.replace("| `", " | `").splitlines())
        if len(cells) > 6 and cells[1].strip(" `") in roots
    ]
    assert described
    for path, swedish, english in described:
        place = path.replace("/", ".")
        assert pages[f"{key}.html"].rows[place][3].startswith(swedish.replace("`", ""))
        assert pages[f"en/{key}.html"].rows[place][3].startswith(english.replace("`", ""))


@pytest.mark.parametrize("key", DESCRIPTORS)
def test_no_element_of_ours_is_without_a_text(pages: dict[str, Page], key: str) -> None:
    for folder in LANGUAGES.values():
        rows = pages[f"{folder}{key}.html"].rows
        assert [path for path, _ in elements(key) if not rows[path.replace("/", ".")][3].strip()] == []


def test_links_and_ids_lead_somewhere(files: dict[str, bytes], pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        assert [id_ for id_, count in page.ids.items() if count > 1] == [], path
        assert [name for name in page.named if name not in page.ids] == [], path
        for link in page.links:
            target, _, anchor = unquote(link).partition("#")
            steps: list[str] = []
            for step in (*PurePosixPath(path).parent.parts, *target.split("/")):
                steps = steps[:-1] if step == ".." else [*steps, step]
            where = "/".join(steps) if target else path
            assert where in files, (path, link)
            assert not anchor or anchor in pages[where].ids, (path, link)


def test_nothing_is_fetched(files: dict[str, bytes], pages: dict[str, Page]) -> None:
    for path, page in pages.items():
        assert page.sources == []
        assert [link for link in page.links if ":" in link.partition("#")[0]] == [], path
        text = files[path].decode()
        assert not re.search(r"@import|url\(|<link|<iframe|XMLHttpRequest|fetch\(|import\(", text), path
        assert ("<script>" in text) == path.endswith("index.html")


def test_pages_are_accessible(files: dict[str, bytes], pages: dict[str, Page]) -> None:
    """WCAG 2.1: language, title, landmarks, skip link, headings in order, header cells with a scope."""
    for path, page in pages.items():
        text = files[path].decode()
        assert f'<html lang="{"en" if path.startswith("en/") else "sv"}">' in text
        for needed in ('<a class="skip" href="#main">', '<main id="main"', "<header>", "<footer>", "<nav aria-label="):
            assert text.count(needed) >= 1, (path, needed)
        assert page.headings[0] == 1
        assert page.headings.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(page.headings, page.headings[1:], strict=False)), path
        assert "<th>" not in text
        assert re.search(r"<title>[^<]{5,}</title>", text)


def luminance(color: str) -> float:
    digits = color.lstrip("#")
    digits = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_in_light_and_dark(files: dict[str, bytes]) -> None:
    """WCAG 2.1, 1.4.3: 4.5 to 1 for text."""
    schemes = re.findall(r":root\{color-scheme[^}]*\}|dark\)\{:root\{[^}]*\}", files["index.html"].decode())[:2]
    assert len(schemes) == 2
    for scheme in schemes:
        colors = dict(re.findall(r"--(\w+):(#\w+)", scheme))
        for ink in ("ink", "quiet", "link", "error", "warning", "info"):
            for paper in ("paper", "soft", "mark"):
                one, other = sorted((luminance(colors[ink]), luminance(colors[paper])))
                assert (other + 0.05) / (one + 0.05) >= 4.5, (ink, paper)


@pytest.mark.parametrize("key", DESCRIPTORS)
def test_a_proposal_says_so(files: dict[str, bytes], key: str) -> None:
    proposed = DESCRIPTORS[key]["status"] == "proposal"
    assert ("Kontraktet är inte antaget av Inera." in files[f"{key}.html"].decode()) == proposed
    assert ("The contract is not adopted by Inera." in files[f"en/{key}.html"].decode()) == proposed


def test_facts_rules_samples_and_parties(files: dict[str, bytes]) -> None:
    page = files["GetFixedContacts_1.0.html"].decode()
    for needed in (
        "cpc-gfc",
        "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1",
        'id="RIVTA-GFC-001"',
        'href="rules.html#RIVTA-ENV-001"',
        "Läkarhuset &lt;Å&amp;Ö&gt;",
        "A1",
        "Källan",
        "Med GetFixedContacts frågar en e-tjänst",
        "<svg",
    ):
        assert needed in page, needed
    sample = files["samples/GetFixedContacts_1.0-response.xml"]
    assert sample == (EXAMPLES / "contacts-answer.xml").read_bytes()
    schema_path = "xsd/interactions/GetFixedContactsInteraction/GetFixedContactsResponder_1.0.xsd"
    assert files[f"files/{schema_path}"] == (ROOT / schema_path).read_bytes()
    assert {f"samples/{key}-{part}.xml" for key in DESCRIPTORS for part in ("request", "response")} <= files.keys()


def test_the_same_contracts_give_the_same_bytes(files: dict[str, bytes]) -> None:
    assert shipped() == files


def test_all_contracts_take_less_than_two_seconds() -> None:
    begun = time.process_time()
    shipped()
    assert time.process_time() - begun < 2


def documents(texts: dict[str, str]) -> SchemaSet:
    return SchemaSet({path: text.encode() for path, text in texts.items()})


def test_a_package_without_descriptors() -> None:
    made = site.build(of_package(documents(package())), EXAMPLES)
    page = Page(made["GetLoans_1.0.html"].decode())
    assert page.rows["GetLoansResponse.loan.hjälpmedel"][:2] == ["Nivå 2: hjälpmedel", "0..1"]
    assert "[0-9]{12}" in page.rows["GetLoans.patientId.extension"][2]
    assert b"GetLoansResponse" in made["samples/GetLoans_1.0-response.xml"]
    assert "Okänd" in made["GetLoans_1.0.html"].decode()


def test_a_type_that_holds_itself_is_linked_to() -> None:
    path = "schemas/core_components/test_loans_1.0.xsd"
    member = '<xs:element name="part" type="t:LoanType" minOccurs="0"/><xs:any'
    made = site.build(of_package(documents(changed(path, "<xs:any", member))), EXAMPLES)
    page = Page(made["en/GetLoans_1.0.html"].decode())
    assert "The same content as here." in page.rows["GetLoansResponse.loan.part"][3]
    assert "#GetLoansResponse.loan" in page.links
    assert "GetLoansResponse.loan.part.head" not in page.rows


def test_a_choice_is_told() -> None:
    path = "schemas/core_components/test_loans_1.0.xsd"
    members = '<xs:element name="x" type="xs:int"/><xs:element name="y" type="xs:date"/>'
    member = f'<xs:choice minOccurs="0">{members}</xs:choice><xs:any'
    made = site.build(of_package(documents(changed(path, "<xs:any", member))), EXAMPLES)
    rows = Page(made["en/GetLoans_1.0.html"].decode()).rows
    assert rows["GetLoansResponse.loan.choice"][:2] == ["Level 2: one of the following", "0..1"]
    assert rows["GetLoansResponse.loan.y"][:3] == ["Level 3: y", "1..1", "xs:date"]


def test_history_tells_what_has_changed() -> None:
    service = "schemas/interactions/GetLoansInteraction/GetLoansResponder_1.1.xsd"
    newer = changed(service, 'version="1.0"', 'version="1.1"', minor())
    made = site.build(of_package(documents(newer)), EXAMPLES, previous=documents(package()))
    page = made["en/GetLoans_1.1.html"].decode()
    assert "GetLoans 1.0 → 1.1" in page
    assert "lent" in page.partition('id="changes"')[2]
    for id_ in re.findall(r'rules\.html#([A-Z0-9-]+)"', page):
        assert f'id="{id_}"' in made["en/rules.html"].decode()
    new = site.build(of_package(documents(package())), EXAMPLES, previous=documents({}))
    assert "The contract is not in the previous version." in new["en/GetLoans_1.0.html"].decode()


def test_text_cannot_become_markup() -> None:
    evil = changed("schemas/interactions/GetLoansInteraction/GetLoansResponder_1.0.xsd",
                   '<xs:element name="loan" type="t:LoanType"',
                   '<xs:element name="loan" type="t:LoanType" default="&lt;b>"')  # fmt: skip
    path = "schemas/core_components/test_loans_1.0.xsd"
    evil = changed(path, '<xs:element name="head" type="t:HeadType"/>',
                   '<xs:element name="head" type="t:HeadType"><xs:annotation><xs:documentation>&lt;/script>&lt;script>'
                   "alert(1)&lt;/script></xs:documentation></xs:annotation></xs:element>", evil)  # fmt: skip
    made = site.build(of_package(documents(evil)), EXAMPLES)
    for name, content in made.items():
        if name.endswith(".html"):
            assert b"alert(1)</script>" not in content
            assert b"<b>" not in content
            Page(content.decode())


def test_a_site_is_written_over_a_site_only(tmp_path: Path) -> None:
    target = tmp_path / "docs"
    site.write(target, {"a.html": b"1", "en/b.html": b"2", site.LIST: b"a.html\nen/b.html\n../x\n"})
    (tmp_path / "x").write_text("mine")
    (target / "notes.txt").write_text("mine too")
    site.write(target, {"a.html": b"3", site.LIST: b"a.html\n"})
    assert (target / "a.html").read_bytes() == b"3"
    assert not (target / "en" / "b.html").exists()
    assert (tmp_path / "x").exists()
    assert (target / "notes.txt").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    with pytest.raises(PackageError, match="not overwritten"):
        site.write(other, {"a.html": b"1"})
    assert [path.name for path in other.iterdir()] == ["thesis.txt"]


def test_a_name_cannot_lead_out_of_the_site() -> None:
    path = "schemas/interactions/GetLoansInteraction/GetLoansInteraction_1.0_RIVTABP21.wsdl"
    with pytest.raises(PackageError, match="letters, digits"):
        list(of_package(documents(changed(path, 'element="r:GetLoans"', 'element="r:../../GetLoans"'))))
