"""Findings for programs, as JSON. Fields are only ever added; ``version`` tells when one changes its meaning."""

from typing import Any

import msgspec

from gateway.findings.finding import SEVERITIES, Finding
from gateway.findings.report import Report

VERSION = 1


def render(report: Report, language: str, *, color: bool = False) -> str:
    """See ``writers.Render``; both languages are always there."""
    counts: dict[str, int] = {severity: report.count(severity) for severity in reversed(SEVERITIES)}
    data = {
        "version": VERSION,
        "command": report.command,
        "summary": {
            "subjects": len(report.subjects),
            **counts,
            "known": report.known,
            "ignored": report.ignored,
        },
        "subjects": report.subjects,
        "findings": [as_data(finding) for finding in report.findings],
    }
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode("utf-8") + "\n"


def as_data(finding: Finding) -> dict[str, Any]:
    """A finding with its fingerprint, as JSON knows it."""
    fields: dict[str, Any] = msgspec.to_builtins(finding)
    del fields["key"]
    return {**fields, "fingerprint": finding.fingerprint}
