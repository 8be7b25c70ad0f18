"""The checks that WSDL files and schemas share."""

from collections.abc import Iterator

from gateway.contracts.lint.breach import Breach, Subject


def encoding(subject: Subject) -> Iterator[Breach]:
    """UTF-8 or UTF-16 (RIV-TA Basic Profile 2.1 #1)."""
    declared = subject.root.getroottree().docinfo.encoding or "UTF-8"
    if declared.upper() not in ("UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "US-ASCII", "ASCII"):
        yield Breach("file-encoding", 1, declared, "UTF-8")


def links(subject: Subject) -> Iterator[Breach]:
    """Imports and includes lead to files of the package, spelled as these are."""
    for link in subject.document.links:
        if link.problem:
            yield Breach("import-resolves", link.line, link.written, link.problem, link.kind)
        elif link.target and not link.exact:
            yield Breach("import-spelled", link.line, link.written, link.target, link.kind)
