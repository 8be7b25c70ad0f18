"""Lints a package: every document through the checks of its kind, then the layout."""

from collections.abc import Iterator

from gateway.contracts.lint import layout, wsdl, xsd
from gateway.contracts.lint.breach import Breach, Subject
from gateway.contracts.schemaset import SchemaSet
from gateway.findings import rules
from gateway.findings.finding import Finding
from gateway.findings.rules import Rule


def lint(package: SchemaSet, *, whole: bool = True) -> list[Finding]:
    """The breaches in a package, sorted by place.

    Args:
        package: what is judged.
        whole: whether the layout of the package is judged too.
    """
    found = [_finding(path, breach) for path, breach in _breaches(package, whole)]
    return sorted(found, key=lambda finding: finding.place)


def _breaches(package: SchemaSet, whole: bool) -> Iterator[tuple[str, Breach]]:
    for path, error in package.broken.items():
        yield path, Breach("file-readable", error.line, str(error))
    for document in package.documents.values():
        check = wsdl.check if document.is_wsdl else xsd.check
        for breach in check(Subject(document, package)):
            yield document.path, breach
    if whole:
        yield from layout.check(package)


def _finding(path: str, breach: Breach) -> Finding:
    rule = _by_name()[breach.rule]
    values = {"found": breach.found, "wanted": breach.wanted, "what": breach.what}
    expected = (breach.wanted,) if breach.wanted else ()
    key = f"{breach.what} {breach.found} {breach.wanted}"
    return rule.finding(values, file=path, line=breach.line, expected=expected, key=key)


def _by_name() -> dict[str, Rule]:
    return {rule.name: rule for rule in rules.area("lint").values()}
