"""Findings as JUnit XML: a suite for each contract, a case for each message and layer.

Errors are failures, layers that were not run are skipped, the rest stands in ``system-out``.
"""

import re
from collections.abc import Iterable

from lxml import etree

from gateway.findings.finding import Finding
from gateway.findings.report import UNREADABLE, Report, Subject, by_subject

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, language: str, *, color: bool = False) -> str:
    """See ``writers.Render``."""
    root = etree.Element("testsuites", name=f"rivta {report.command}")
    suites: dict[str, etree._Element] = {}
    for subject, findings in by_subject(report):
        name = subject.contract or f"rivta {report.command}"
        if name not in suites:
            suites[name] = etree.SubElement(root, "testsuite", name=name)
        _cases(suites[name], subject, findings, language)
    for element in (*suites.values(), root):
        _count(element)
    return etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8").decode("utf-8")


def _cases(suite: etree._Element, subject: Subject, findings: list[Finding], language: str) -> None:
    layers = [*subject.layers, *(each.layer for each in findings if each.layer not in subject.layers)]
    for layer in dict.fromkeys(layers):
        own = [finding for finding in findings if finding.layer == layer]
        case = etree.SubElement(suite, "testcase", name=layer or "check", classname=_clean(subject.name), time="0")
        if subject.name:
            case.set("file", _clean(subject.name))
        errors = [finding for finding in own if finding.severity == "error"]
        if errors:
            kind = "error" if layer == UNREADABLE else "failure"
            message = _clean(errors[0].message.of(language))
            failure = etree.SubElement(case, kind, message=message, type=errors[0].rule)
            failure.text = _clean("\n\n".join(_lines(errors, language)))
        elif subject.layers.get(layer) == "skipped":
            etree.SubElement(case, "skipped")
        milder = [finding for finding in own if finding.severity != "error"]
        if milder:
            etree.SubElement(case, "system-out").text = _clean("\n\n".join(_lines(milder, language)))


def _lines(findings: Iterable[Finding], language: str) -> Iterable[str]:
    for each in findings:
        place = ":".join(str(part) for part in (each.file, each.line, each.column) if part)
        parts = [f"{place} {each.severity} {each.rule}", each.message.of(language), each.xpath, each.hint.of(language)]
        yield "\n".join(part for part in parts if part)


def _count(element: etree._Element) -> None:
    element.set("tests", str(len(element.findall(".//testcase"))))
    for name in ("failure", "error", "skipped"):
        plural = name if name == "skipped" else f"{name}s"
        element.set(plural, str(len(element.findall(f".//{name}"))))


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
