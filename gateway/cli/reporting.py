"""What commands with findings have in common: leave out what is known or ignored, write, tell the exit code."""

import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import click

from gateway import texts
from gateway.findings.finding import Finding, Severity
from gateway.findings.report import FINE, Report, Subject
from gateway.findings.writers import writer


class Choice(NamedTuple):
    """What the user chose.

    Attributes:
        output: one of ``writers.FORMATS``.
        lang: ``sv`` or ``en``.
        fail_on: the mildest severity that fails.
        baseline: file of the findings that are known.
        write_baseline: write it instead of reading it.
        ignore: file of the findings that do not count.
    """

    output: str = "text"
    lang: str = "sv"
    fail_on: Severity = "error"
    baseline: Path | None = None
    write_baseline: bool = False
    ignore: Path | None = None


def report(command: str, subjects: Sequence[Subject], findings: Sequence[Finding], choice: Choice) -> int:
    """Write a run's report to standard output; the exit code.

    Raises:
        DataError: baseline or ignore file is wrong.
        click.ClickException: the baseline cannot be written, or the options do not fit together.
    """
    from gateway.findings import select

    known = ignored = 0
    left = list(findings)
    if choice.ignore:
        left, ignored = select.apply_ignores(left, choice.ignore, date.today())
    if choice.write_baseline:
        return _write(left, choice)
    if choice.baseline:
        left, known = select.apply_baseline(left, choice.baseline)
    done = Report(command=command, subjects=tuple(subjects), findings=tuple(left), known=known, ignored=ignored)
    click.echo(writer(choice.output)(done, choice.lang, color=_color()), nl=False)
    return done.exit_code(choice.fail_on)


def _write(findings: Sequence[Finding], choice: Choice) -> int:
    from gateway.findings import select

    if choice.baseline is None:
        raise click.UsageError("--write-baseline needs --baseline FILE")
    try:
        count = select.write_baseline(findings, choice.baseline)
    except OSError as error:
        raise click.ClickException(f"{choice.baseline}: {error.strerror}") from None
    click.echo(texts.text("findings", "baseline_written", choice.lang, count=count, path=choice.baseline))
    return FINE


def _color() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
