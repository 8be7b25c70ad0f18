"""Findings as SARIF 2.1.0 (OASIS), for code scanning. Rules that are not broken are left out."""

from typing import Any
from urllib.parse import quote

import msgspec

from gateway import __version__
from gateway.findings import rules
from gateway.findings.finding import Finding, Severity
from gateway.findings.report import UNREADABLE, Report

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_PRINT = "rivtaFingerprint/v1"


def render(report: Report, language: str, *, color: bool = False) -> str:
    """See ``writers.Render``."""
    ids = sorted({finding.rule for finding in report.findings})
    run = {
        "tool": {
            "driver": {
                "name": "rivta",
                "version": __version__,
                "semanticVersion": f"{__version__}",
                "rules": [_rule(rule, language) for rule in ids],
            }
        },
        "language": language,
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": all(each.layer != UNREADABLE for each in report.findings)}],
        "results": [_result(finding, ids.index(finding.rule), language) for finding in report.findings],
    }
    data = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode("utf-8") + "\n"


def _rule(name: str, language: str) -> dict[str, Any]:
    rule = rules.find(name)
    if rule is None:
        return {"id": name}
    return {
        "id": rule.id,
        "name": "".join(part.title() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.title.of(language)},
        "fullDescription": {"text": rule.text.of(language)},
        "help": {"text": f"{rule.text.of(language)} ({rule.source})"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.area, rule.layer], "level": rule.level},
    }


def _result(finding: Finding, index: int, language: str) -> dict[str, Any]:
    text = " ".join(part for part in (finding.message.of(language), finding.hint.of(language)) if part)
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": text},
        "partialFingerprints": {_PRINT: finding.fingerprint},
    }
    location: dict[str, Any] = {}
    if finding.file:
        location["physicalLocation"] = _physical(finding)
    if finding.xpath:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.xpath, "kind": "element"}]
    if location:
        found["locations"] = [location]
    if finding.contract:
        found["properties"] = {"contract": finding.contract, "expected": finding.expected}
    return found


def _physical(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}}
    if finding.line:
        region: dict[str, Any] = {"startLine": finding.line}
        if finding.column:
            region["startColumn"] = finding.column
        if finding.excerpt:
            region["snippet"] = {"text": finding.excerpt}
        found["region"] = region
    return found


def _uri(name: str) -> str:
    """A path as a URI reference, relative when the path is; code scanning wants it that way."""
    return quote(name.replace("\\", "/"), safe="/!$&'()*+,;=~")
