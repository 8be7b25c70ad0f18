"""``rivta contracts diff``: what changed between two versions of contracts, and whom it breaks."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import texts
from gateway.cli import options
from gateway.findings.finding import SEVERITIES, Severity
from gateway.findings.writers import FORMATS

if TYPE_CHECKING:
    from gateway.contracts.diff.package import Pair
    from gateway.findings.report import Subject

_NAME, _VERDICT = 60, 18  # columns


@click.command("diff")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--contract", default="", help="Only this contract, by name.")
@options.reporting(FORMATS, SEVERITIES)
@options.language
def diff_command(
    old: str,
    new: str,
    contract: str,
    output: str,
    fail_on: Severity,
    baseline: Path | None,
    write_baseline: bool,
    ignore: Path | None,
    lang: str,
) -> int:
    """Compare two versions of contracts: what they mean, not how they are written.

    OLD and NEW are folders, zip files, or revisions in git (HEAD~1:xsd, or HEAD~1 for everything in it). Each change is
    judged by the message that it is in, with which side has to follow first, and whether the version number is right
    (RIV-TA Service Schema). Exit code 0 compatible, 1 findings, 2 usage or unreadable.
    """
    from gateway.cli import reporting
    from gateway.contracts.diff import sources
    from gateway.contracts.diff.package import compare
    from gateway.contracts.packageerror import PackageError

    try:
        pairs = compare(sources.load(old), sources.load(new))
    except PackageError as error:
        raise click.ClickException(error.text(lang)) from None
    if contract:
        names = sorted({pair.name for pair in pairs})
        pairs = [pair for pair in pairs if pair.name.lower() == contract.lower()]
        if not pairs:
            raise click.BadParameter(f"{contract}: expected one of {', '.join(names)}", param_hint="--contract")
    if output == "text":
        click.echo("\n".join(_summary(pairs, lang)) + "\n")
    findings = [finding for pair in pairs for finding in pair.findings]
    choice = reporting.Choice(output, lang, fail_on, baseline, write_baseline, ignore)
    return reporting.report("contracts diff", [_subject(pair) for pair in pairs], findings, choice)


def _subject(pair: "Pair") -> "Subject":
    from gateway.findings.report import Subject

    kind = "breaks" if pair.breaks else "fits" if pair.findings else "same"
    return Subject(name=pair.title, contract=pair.name, kind=f"{kind}, first: {pair.first}")


def _summary(pairs: "list[Pair]", lang: str) -> Iterator[str]:
    def word(key: str) -> str:
        return texts.text("diff", key, lang)

    yield f"{word('column_contract'):<{_NAME}} {word('column_verdict'):<{_VERDICT}} {word('column_first')}"
    for pair in pairs:
        verdict = "breaks" if pair.breaks else "fits" if pair.findings else "same"
        name = pair.title if len(pair.title) <= _NAME else pair.title[: _NAME - 1] + "…"
        yield f"{name:<{_NAME}} {word(f'verdict_{verdict}'):<{_VERDICT}} {word(f'goes_{pair.first}')}"
