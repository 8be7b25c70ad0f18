"""Findings that the tests of the writers share."""

from gateway.findings.finding import Finding, Severity, Text
from gateway.findings.report import Report, Subject

PATH = "/soapenv:Envelope/soapenv:Body/ns0:Answer/ns0:record[2]/core:code"


def finding(rule: str = "RIVTA-XSD-007", severity: Severity = "error", **changes: object) -> Finding:
    """A finding with everything in it."""
    values: dict[str, object] = {
        "layer": "schema",
        "message": Text("värdet ”9” är inte tillåtet: <ett> & annat", "the value “9” is not allowed: <one> & more"),
        "file": "svar/åäö, 1.xml",
        "line": 7,
        "column": 11,
        "xpath": PATH,
        "namespaces": {"core": "urn:example:core:1", "ns0": "urn:example:answer:1"},
        "expected": ("1", "2"),
        "about": Text("Slaget.", "The kind."),
        "hint": Text("Skriv 1 eller 2.", "Write 1 or 2."),
        "contract": "Answer_1.0",
        "excerpt": "          <core:code>9</core:code>",
    }
    return Finding(rule=rule, severity=severity, **{**values, **changes})


def report(*findings: Finding) -> Report:
    """A run over two messages, one of them good."""
    layers = {"well-formed": "passed", "schema": "failed", "semantics": "skipped"}
    subjects = (
        Subject(name="svar/åäö, 1.xml", contract="Answer_1.0", kind="response", layers=layers),
        Subject(name="bra.xml", contract="Answer_1.0", kind="request", layers={"well-formed": "passed"}),
    )
    return Report(command="check", subjects=subjects, findings=findings, known=2, ignored=1)
