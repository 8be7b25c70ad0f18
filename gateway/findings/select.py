"""Which findings count: a baseline of those that are known, and a file of those that are ignored, with reasons."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any

import msgspec

from gateway.errors import DataError
from gateway.findings import rules
from gateway.findings.finding import Finding
from gateway.findings.report import UNREADABLE
from gateway.tomlfile import load, table_lines

_POSITION = re.compile(r"\[\d+\]")


class Ignore(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of an ignore file; all that is given must fit.

    Attributes:
        rule: id or name, ``*`` and ``?`` allowed.
        file: path of the subject, ``*`` and ``?`` allowed (``*`` goes across folders).
        xpath: place in the document without positions, ``*`` and ``?`` allowed.
        contract: ``Name_m.n``.
        reason: why; for whoever reads it next year.
        expires: the last day on which it holds.
    """

    rule: str
    file: str = "*"
    xpath: str = "*"
    contract: str = "*"
    reason: Annotated[str, msgspec.Meta(min_length=1)]
    expires: date | None = None

    def fits(self, finding: Finding) -> bool:
        """Whether it names this finding."""
        rule = rules.find(finding.rule)
        names = (finding.rule.lower(), rule.name if rule else "")
        path = _POSITION.sub("", finding.xpath)
        return (
            any(fnmatchcase(name, self.rule.lower()) for name in names)
            and fnmatchcase(finding.file.replace("\\", "/"), self.file)
            and fnmatchcase(path, self.xpath)
            and fnmatchcase(finding.contract, self.contract)
        )


class _Ignores(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ignore: tuple[Ignore, ...] = ()


def apply_ignores(findings: Sequence[Finding], path: Path, today: date) -> tuple[list[Finding], int]:
    """The findings that no row names, and how many were left out.

    A row that has expired leaves nothing out and is a finding itself; so is, mildly, one that names nothing.
    What could not be read is never left out.

    Raises:
        DataError: the file is wrong, for example a row without a reason.
    """
    rows = load(path, _Ignores).ignore
    lines = table_lines(path, "ignore") or [0] * len(rows)
    used: Counter[int] = Counter()
    left: list[Finding] = []
    for finding in findings:
        fitting = [number for number, row in enumerate(rows) if finding.layer != UNREADABLE and row.fits(finding)]
        used.update(fitting)
        if not any(_holds(rows[number], today) for number in fitting):
            left.append(finding)
    ignored = len(findings) - len(left)
    own = rules.area("report")
    for number, row in enumerate(rows):
        place: dict[str, Any] = {"file": str(path), "line": lines[number], "key": f"{row.rule} {row.file} {row.xpath}"}
        values = {"rule": row.rule, "expires": row.expires, "reason": row.reason}
        if not _holds(row, today):
            left.append(own["RIVTA-REP-001"].finding(values, **place))
        elif not used[number]:
            left.append(own["RIVTA-REP-002"].finding(values, **place))
    return left, ignored


def _holds(row: Ignore, today: date) -> bool:
    return row.expires is None or today <= row.expires


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of a baseline: a fingerprint, how often it is known, and what it was, for people."""

    fingerprint: str
    count: int = 1
    rule: str = ""
    file: str = ""
    xpath: str = ""


class _Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    version: int
    findings: tuple[Known, ...]


def write_baseline(findings: Iterable[Finding], path: Path) -> int:
    """Write the findings as known ones; how many there are.

    Raises:
        OSError: the file cannot be written.
    """
    counts: Counter[str] = Counter()
    first: dict[str, Finding] = {}
    for finding in findings:
        if finding.layer != UNREADABLE:
            counts[finding.fingerprint] += 1
            first.setdefault(finding.fingerprint, finding)
    known = [
        Known(fingerprint=name, count=counts[name], rule=each.rule, file=each.file, xpath=_POSITION.sub("", each.xpath))
        for name, each in sorted(first.items(), key=lambda item: (item[1].file, item[1].rule, item[0]))
    ]
    data = msgspec.json.encode(_Baseline(version=1, findings=tuple(known)))
    path.write_bytes(msgspec.json.format(data, indent=2) + b"\n")
    return sum(counts.values())


def apply_baseline(findings: Iterable[Finding], path: Path) -> tuple[list[Finding], int]:
    """The findings that the baseline does not know, and how many it knew. What could not be read always counts.

    Raises:
        DataError: the file is unreadable or no baseline.
    """
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=_Baseline).findings
    except (OSError, msgspec.DecodeError) as error:
        raise DataError(path, 0, f"expected a baseline written by --write-baseline: {error}") from None
    left_over = Counter({row.fingerprint: row.count for row in rows})
    left: list[Finding] = []
    known = 0
    for finding in findings:
        if finding.layer != UNREADABLE and left_over[finding.fingerprint] > 0:
            left_over[finding.fingerprint] -= 1
            known += 1
        else:
            left.append(finding)
    return left, known
