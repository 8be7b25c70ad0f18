"""The writers: each format is read back by something that knows it."""

import json
import re
from html.parser import HTMLParser

import pytest
from finding_samples import finding, report
from lxml import etree

from gateway.findings.finding import Text
from gateway.findings.writers import FORMATS, writer

LANGUAGES = ("sv", "en")
LONG = "/soapenv:Envelope" + "".join(f"/core:element{number}" for number in range(20))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_is_wrong(name: str, language: str) -> None:
    text = writer(name)(report(finding()), language)
    assert text.endswith("\n")
    assert "RIVTA-XSD-007" in text
    assert ("tillåtet" if language == "sv" else "allowed") in text


@pytest.mark.parametrize("name", [each for each in FORMATS if each != "github"])
def test_a_run_without_findings_is_written_too(name: str) -> None:
    assert writer(name)(report(), "sv").strip()
    assert writer("github")(report(), "sv") == ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_fits_100_columns(language: str) -> None:
    many = [finding(xpath=LONG, excerpt="x" * 300), finding(excerpt=" " * 150 + "<a/>", column=151)]
    text = writer("text")(report(*many), language)
    assert max(map(len, text.splitlines())) <= 100
    assert "".join(re.findall(r"/core:element\d+", text)) in LONG * 2


def test_text_points_at_the_column() -> None:
    lines = writer("text")(report(finding()), "en").splitlines()
    at = next(number for number, line in enumerate(lines) if line.lstrip().startswith("7 |"))
    assert lines[at + 1].index("^") == lines[at].index("<core:code>")


def test_text_in_words() -> None:
    text = writer("text")(report(finding(), finding(severity="warning")), "sv")
    assert "svar/åäö, 1.xml:7:11" in text
    assert re.search(r"kontraktet\s+Slaget\.", text)
    assert "Granskade: 2. Fel: 1. Varningar: 1. Upplysningar: 0." in text
    assert "Utelämnade: 2 som finns i jämförelsefilen, 1 som ignoreras." in text
    assert "\x1b" not in text


def test_colours_only_when_asked_for() -> None:
    assert "\x1b[31mfel\x1b[0m RIVTA-XSD-007" in writer("text")(report(finding()), "sv", color=True)


def test_json_has_everything() -> None:
    data = json.loads(writer("json")(report(finding()), "sv"))
    (found,) = data["findings"]
    assert data["version"] == 1
    assert data["summary"] == {"subjects": 2, "error": 1, "warning": 0, "info": 0, "known": 2, "ignored": 1}
    assert found["message"]["en"].startswith("the value")
    assert found["fingerprint"] == finding().fingerprint
    assert found["namespaces"]["core"] == "urn:example:core:1"
    assert data["subjects"][0]["layers"]["semantics"] == "skipped"


def test_junit_has_a_case_for_each_message_and_layer() -> None:
    found = report(finding(), finding(severity="warning", layer="semantics", rule="RIVTA-SEM-010"))
    root = etree.fromstring(writer("junit")(found, "en").encode())
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    assert list(cases) == [
        ("svar/åäö, 1.xml", "well-formed"),
        ("svar/åäö, 1.xml", "schema"),
        ("svar/åäö, 1.xml", "semantics"),
        ("bra.xml", "well-formed"),
    ]
    (failure,) = root.iter("failure")
    assert failure.getparent() is cases["svar/åäö, 1.xml", "schema"]
    assert (failure.get("type"), failure.get("message")) == (
        "RIVTA-XSD-007",
        "the value “9” is not allowed: <one> & more",
    )
    assert "RIVTA-SEM-010" in cases["svar/åäö, 1.xml", "semantics"].findtext("system-out")
    assert cases["svar/åäö, 1.xml", "semantics"].find("skipped") is not None
    assert (root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("4", "1", "0", "1")
    assert [suite.get("name") for suite in root] == ["Answer_1.0"]


def test_junit_calls_the_unreadable_an_error_and_leaves_out_what_xml_cannot_hold() -> None:
    root = etree.fromstring(writer("junit")(report(finding(layer="input", file="a\x00b")), "sv").encode())
    assert root.get("errors") == "1"
    assert next(root.iter("error")).getparent().get("classname") == "a�b"


def test_sarif_is_as_the_standard_wants_it() -> None:
    """SARIF 2.1.0 §3: the properties it demands, and the values it allows."""
    data = json.loads(writer("sarif")(report(finding(), finding(severity="info", rule="RIVTA-SEM-021")), "sv"))
    assert data["version"] == "2.1.0"
    (run,) = data["runs"]
    driver = run["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == ["RIVTA-SEM-021", "RIVTA-XSD-007"]
    for rule in driver["rules"]:
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
        assert len(set(rule["properties"]["tags"])) == len(rule["properties"]["tags"])
        assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription", "help"))
    assert [result["level"] for result in run["results"]] == ["error", "note"]
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert re.fullmatch(r"[\w/%.,~;=!$&'()*+-]+", physical["artifactLocation"]["uri"])
        assert physical["region"]["startLine"] == 7
        assert physical["region"]["startColumn"] == 11
    assert run["results"][0]["partialFingerprints"] == {"rivtaFingerprint/v1": finding().fingerprint}
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert re.fullmatch("[a-zA-Z]{2}", run["language"])


@pytest.mark.parametrize(
    ("name", "uri"),
    [("a b.xml", "a%20b.xml"), ("journal:17/req-in", "journal%3A17/req-in"), ("/x/å.xml", "/x/%C3%A5.xml")],
)
def test_sarif_names_files_as_uris(name: str, uri: str) -> None:
    data = json.loads(writer("sarif")(report(finding(file=name)), "sv"))
    location = data["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == uri


def test_github_escapes_what_its_commands_mean() -> None:
    line = writer("github")(report(finding(message=Text("50 % fel\nrad 2", ""))), "sv").rstrip("\n")
    assert line.startswith("::error file=svar/åäö%2C 1.xml,line=7,col=11,title=RIVTA-XSD-007::50 %25 fel%0Arad 2%0A")
    assert "\n" not in line
    assert writer("github")(report(finding(severity="info")), "sv").startswith("::notice ")


class Page(HTMLParser):
    """Reads an HTML page: which elements, and whether all are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
def test_html_is_one_accessible_page(language: str) -> None:
    text = writer("html")(report(finding()), language)
    page = Page()
    page.feed(text)
    tags = [tag for tag, _ in page.seen]
    assert page.open == []
    assert dict(page.seen)["html"]["lang"] == language
    assert [tag for tag in tags if tag in ("script", "link", "img", "iframe")] == []
    assert re.findall(r"(?:src|href)=\"(?!#)", text) == []
    assert tags.count("h1") == 1
    assert tags.index("h1") < tags.index("h2") < tags.index("h3")
    assert "<ett>" not in text
    assert "<one>" not in text
    ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    assert len(ids) == len(set(ids))


def contrast(first: str, second: str) -> float:
    """WCAG 2.1, 1.4.3."""

    def luminance(color: str) -> float:
        full = color if len(color) == 7 else "#" + "".join(2 * digit for digit in color[1:])
        parts = [int(full[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_html_colours_have_enough_contrast() -> None:
    style = writer("html")(report(), "sv")
    themes = [dict(re.findall(r"--(\w+):(#\w+)", block)) for block in re.findall(r":root\s*{[^}]*}", style)]
    assert len(themes) == 2
    for theme in themes:
        for ink in ("ink", "error", "warning", "info"):
            for ground in ("paper", "soft"):
                assert contrast(theme[ink], theme[ground]) >= 4.5, (ink, ground)
        assert contrast(theme["line"], theme["paper"]) >= 3


def test_html_gives_equal_findings_ids_of_their_own() -> None:
    text = writer("html")(report(finding(), finding(line=9)), "sv")
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
