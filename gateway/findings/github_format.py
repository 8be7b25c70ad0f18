"""Findings as workflow commands of GitHub Actions, which shows them at the lines of a pull request."""

from gateway.findings.finding import Finding, Severity
from gateway.findings.report import Report

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, language: str, *, color: bool = False) -> str:
    """See ``writers.Render``; blank when there is nothing to say."""
    return "".join(_line(finding, language) + "\n" for finding in report.findings)


def _line(finding: Finding, language: str) -> str:
    given = {"file": finding.file, "line": finding.line, "col": finding.column, "title": finding.rule}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in given.items() if value)
    parts = (finding.message.of(language), finding.xpath, finding.hint.of(language))
    text = _data("\n".join(part for part in parts if part))
    return f"::{_COMMANDS[finding.severity]} {properties}::{text}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
