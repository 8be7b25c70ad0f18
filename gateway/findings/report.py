"""What a run found: the subjects it looked at and the findings. Writers turn it into text, JSON and so on."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from gateway.findings.finding import SEVERITIES, Finding, Severity

Outcome = Literal["passed", "failed", "skipped"]
UNREADABLE = "input"  # the layer of what could not be judged at all
FINE, FOUND, UNUSABLE = 0, 1, 2  # exit codes


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at: a message, a contract, a pair of versions.

    Attributes:
        name: as ``Finding.file``.
        contract: ``Name_m.n``, blank when unknown.
        kind: what it was, such as ``request``, ``response`` or ``fault``.
        layers: the layers of the check in order, with how each went; a layer is skipped when an earlier one made it
            pointless.
    """

    name: str
    contract: str = ""
    kind: str = ""
    layers: dict[str, Outcome] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run.

    Attributes:
        command: what ran, such as ``check``.
        subjects: in the order in which they were looked at.
        findings: sorted by place.
        known: findings left out because the baseline has them.
        ignored: findings left out because the ignore file names them.
    """

    command: str
    subjects: tuple[Subject, ...]
    findings: tuple[Finding, ...]
    known: int = 0
    ignored: int = 0

    def count(self, severity: Severity) -> int:
        """How many findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def exit_code(self, fail_on: Severity) -> int:
        """0 fine, 1 findings as grave as ``fail_on`` or graver, 2 something could not be read."""
        if any(finding.layer == UNREADABLE for finding in self.findings):
            return UNUSABLE
        least = SEVERITIES.index(fail_on)
        return FOUND if any(SEVERITIES.index(each.severity) >= least for each in self.findings) else FINE


def layers_of(names: Iterable[str], findings: Iterable[Finding], skipped: Iterable[str] = ()) -> dict[str, Outcome]:
    """How each layer went: failed by an error, skipped when named so, else passed."""
    failed = Counter(finding.layer for finding in findings if finding.severity == "error")
    left_out = set(skipped)
    return {name: "failed" if failed[name] else "skipped" if name in left_out else "passed" for name in names}


def by_subject(report: Report) -> list[tuple[Subject, list[Finding]]]:
    """Each subject with its findings; findings about something else come last, under a subject of their own name."""
    grouped: dict[str, list[Finding]] = {}
    for finding in report.findings:
        grouped.setdefault(finding.file, []).append(finding)
    found = [(subject, grouped.pop(subject.name, [])) for subject in report.subjects]
    return found + [(Subject(name=name), findings) for name, findings in grouped.items()]
