"""``rivta contracts lint``: whether contract files keep the rules of RIV-TA."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import data
from gateway.cli import options
from gateway.findings.finding import SEVERITIES, Severity
from gateway.findings.writers import FORMATS

if TYPE_CHECKING:
    from gateway.contracts.schemaset import SchemaSet

_OWN_IGNORES = Path("contracts") / "lint" / "ignore.toml"


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[PACKAGE]...")
@options.reporting(FORMATS, SEVERITIES)
@options.language
def lint_command(
    paths: tuple[str, ...],
    output: str,
    fail_on: Severity,
    baseline: Path | None,
    write_baseline: bool,
    ignore: Path | None,
    lang: str,
) -> int:
    """Judge WSDL files, schemas and the layout of packages by the rules of RIV-TA.

    PACKAGE is a folder, a zip file, or a revision in git (HEAD~1:xsd). Without one the project's own contracts are
    judged, less what contracts/lint/ignore.toml names with a reason. Levels: skall is an error, bör a warning. Exit
    code 0 fine, 1 findings, 2 usage or unreadable.
    """
    import msgspec

    from gateway.cli import reporting
    from gateway.contracts.lint.run import lint
    from gateway.contracts.packageerror import PackageError
    from gateway.findings.report import Subject

    root = data.root()
    subjects, findings = [], []
    if not paths and ignore is None:
        ignore = root / _OWN_IGNORES
    try:
        for named in paths or (str(root),):
            own = not paths
            package = _load(root, named)
            lead = "" if own else f"{named.rstrip('/')}{'' if named.endswith(':') else '/'}"
            found = lint(package, whole=not own)
            findings += [msgspec.structs.replace(each, file=f"{lead}{each.file}") for each in found]
            subjects += [Subject(name=f"{lead}{path}") for path in sorted((*package.documents, *package.broken))]
    except PackageError as error:
        raise click.ClickException(error.text(lang)) from None
    choice = reporting.Choice(output, lang, fail_on, baseline, write_baseline, ignore)
    return reporting.report("contracts lint", subjects, findings, choice)


def _load(root: Path, named: str) -> "SchemaSet":
    from gateway.contracts.diff import sources
    from gateway.contracts.packages.archive import read
    from gateway.contracts.schemaset import SchemaSet

    path = Path(named)
    if path == root:
        kinds = (("xsd", "xsd"), ("wsdl", "wsdl"))
        found = (each for folder, kind in kinds for each in sorted((root / folder).rglob(f"*.{kind}")))
        return SchemaSet({each.relative_to(root).as_posix(): each.read_bytes() for each in found}, lenient=True)
    return SchemaSet(read(path), lenient=True) if path.exists() else sources.load(named)
