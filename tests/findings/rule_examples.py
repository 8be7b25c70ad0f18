"""Runs the examples of the rules for messages: a snippet put into its frame, checked with the options it asks for."""

import re
from functools import cache
from pathlib import Path

from gateway_samples import ROOT
from lxml import etree

from gateway.contracts.messages.checker import Checker, Options
from gateway.contracts.messages.document import Document
from gateway.contracts.messages.explain import Explainer
from gateway.findings.finding import Finding
from gateway.findings.rules import Example

FOLDER = ROOT / "contracts" / "rules" / "examples"
NOW = "20261124120000"


@cache
def checker(**options: str) -> Checker:
    """A checker whose clock stands still."""
    given = {name: int(value) if name == "max_bytes" else value for name, value in options.items()}
    return Checker(ROOT, Options(now=NOW, **given))


def message(example: Example) -> bytes:
    """The whole message of an example."""
    if example.file:
        return (FOLDER / example.file).read_bytes()
    if not example.frame:
        return example.snippet.encode()
    frame = (FOLDER / example.frame).read_text("utf-8")
    name = example.at or re.match(r"<([\w:.-]+)", example.snippet)[1]
    pattern = rf"<{name}(?:\s[^>]*)?/>|<{name}(?:\s[^>]*)?>(?:\n( *)  <.*?\n\1|[^<]*)</{name}>"
    found = re.search(pattern, frame, re.DOTALL)
    assert found, f"{example.frame} has no {name}"
    return (frame[: found.start()] + example.snippet + frame[found.end() :]).encode()


def findings(example: Example) -> list[Finding]:
    """What a check says about an example."""
    if schema := example.options.get("xsd"):
        document = Document("example.xml", message(example))
        return Explainer(document, None).breaches(etree.XMLSchema(etree.parse(FOLDER / schema)), document.root)
    before = (FOLDER / example.before).read_bytes() if example.before else None
    return checker(**example.options).check("example.xml", message(example), before).findings


def report_findings(example: Example, folder: Path) -> list[Finding]:
    """What an ignore file says about itself, when one element is not expected."""
    from datetime import date

    from gateway.findings import rules, select

    path = folder / "ignore.toml"
    path.write_text(example.snippet, "utf-8")
    rule = rules.area("message")["RIVTA-XSD-001"]
    values = {"name": "a", "where": "", "expected": "b", "nearest": ""}
    return select.apply_ignores([rule.finding(values)], path, date(2026, 11, 24))[0]
