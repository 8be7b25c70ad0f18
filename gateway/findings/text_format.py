"""Findings for people: place, rule, the line, what was expected, what to do. Within 100 columns, but for file names."""

import re
import textwrap
from collections.abc import Iterator

from gateway import texts
from gateway.findings.finding import Finding, Severity
from gateway.findings.report import Report

WIDTH = 100
_LABEL = 11  # columns
_COLORS: dict[Severity, str] = {"error": "31", "warning": "33", "info": "36"}
_DIM, _BOLD = "2", "1"


def render(report: Report, language: str, *, color: bool = False) -> str:
    """See ``writers.Render``."""
    view = _View(language, color)
    lines = [line for finding in report.findings for line in (*view.finding(finding), "")]
    return "\n".join([*lines, *view.summary(report)]) + "\n"


class _View:
    def __init__(self, language: str, color: bool) -> None:
        self.language, self.color = language, color

    def finding(self, found: Finding) -> Iterator[str]:
        place = ":".join(str(part) for part in (found.file, found.line, found.column) if part)
        severity = self.word(f"severity_{found.severity}")
        yield self.paint(place, _BOLD)  # whole, so that terminals and editors can open it
        head = f"{severity} {found.rule}"
        body = _fold(f"{head}  {found.message.of(self.language)}", "  ", "    ")
        yield body[0].replace(head, self.paint(severity, _COLORS[found.severity]) + f" {found.rule}", 1)
        yield from body[1:]
        yield from self.source(found)
        for label, text in self.facts(found):
            lead = f"  {self.word(label):<{_LABEL}}"
            if label == "where":
                yield from _path(text, lead, " " * (_LABEL + 2))
            else:
                yield from _fold(text, lead, " " * (_LABEL + 2))

    def facts(self, found: Finding) -> Iterator[tuple[str, str]]:
        if found.xpath:
            yield "where", found.xpath
        if found.expected:
            yield "expected", ", ".join(found.expected)
        if found.about:
            yield "about", found.about.of(self.language)
        if found.hint:
            yield "hint", found.hint.of(self.language)

    def source(self, found: Finding) -> Iterator[str]:
        if not found.excerpt:
            return
        number = str(found.line or "")
        room = WIDTH - len(number) - 8
        lead = len(found.excerpt) - len(found.excerpt.lstrip())
        yield self.paint(f"    {number} | ", _DIM) + found.excerpt.strip()[:room]
        column = found.column - 1 - lead
        if found.column > 0 and 0 <= column < room:
            yield (
                self.paint(f"    {' ' * len(number)} | ", _DIM)
                + " " * column
                + self.paint("^", _COLORS[found.severity])
            )

    def summary(self, report: Report) -> Iterator[str]:
        counts = {severity: report.count(severity) for severity in ("error", "warning", "info")}
        key = "summary" if report.findings else "summary_clean"
        subjects = len(report.subjects)
        yield texts.text("findings", key, self.language, subjects=subjects, **counts)
        if report.known or report.ignored:
            yield texts.text("findings", "left_out", self.language, known=report.known, ignored=report.ignored)

    def word(self, key: str) -> str:
        return texts.text("findings", key, self.language)

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color else text


def _path(text: str, first: str, rest: str) -> Iterator[str]:
    """A path, broken before a step."""
    line = first
    for step in re.findall(r"/?[^/]+", text):
        if len(line) + len(step) > WIDTH and line.strip() and line != first:
            yield line
            line = rest
        line += step
    yield line


def _fold(text: str, first: str, rest: str) -> list[str]:
    """Lines of at most ``WIDTH`` columns; what has no blanks (a path) is broken anywhere."""
    one_line = " ".join(text.split())
    return textwrap.wrap(one_line, WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False) or [""]
