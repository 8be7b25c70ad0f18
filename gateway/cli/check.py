"""``rivta check``: whether messages conform to their contracts."""

import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import data, texts
from gateway.cli import options
from gateway.cli.known import contracts_folder
from gateway.findings.finding import SEVERITIES
from gateway.findings.report import UNUSABLE
from gateway.findings.writers import FORMATS

if TYPE_CHECKING:
    from gateway.contracts.messages.sources import Message
    from gateway.findings.finding import Finding, Severity

_MIB = 1_048_576


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[FILE | FOLDER | PATTERN | -]...")
@click.option("--journal", is_flag=True, help="Check the messages that a gateway kept with --journal payloads.")
@click.option("--contract", default="", help="They must belong to this contract: name, name and version, or namespace.")
@click.option("--part", type=click.Choice(["request", "response"]), help="They must be of this direction.")
@click.option(
    "--request",
    type=click.Path(exists=True, dir_okay=False),
    help="The request that they answer. Else x_request.xml is taken for x_response.xml.",
)
@click.option(
    "--reader",
    type=click.Choice(["resident", "staff"]),
    help="Judge the answers as what this reader is to see, not as what a source system gives out.",
)
@click.option("--jobs", type=click.IntRange(0), default=1, show_default=True, help="Processes; 0 for one per core.")
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    default=1024 * _MIB,
    show_default="1 GiB",
    help="Larger messages are refused.",
)
@options.reporting(FORMATS, SEVERITIES)
@options.config
@options.language
def command(
    paths: tuple[str, ...],
    journal: bool,
    contract: str,
    part: str | None,
    request: str | None,
    reader: str | None,
    jobs: int,
    max_bytes: int,
    output: str,
    fail_on: "Severity",
    baseline: Path | None,
    write_baseline: bool,
    ignore: Path | None,
    config: Path | None,
    lang: str,
) -> int:
    """Check messages through all layers: well-formed, envelope, headers, schema, the contract's rules, meaning.

    Requests and responses alike, in SOAP envelopes or bare; SOAP faults are recognised. A folder means all .xml files
    in it, - standard input. Exit code 0 conforms, 1 findings, 2 usage or unreadable.
    """
    from gateway.cli import reporting
    from gateway.contracts.messages import sources
    from gateway.contracts.messages.checker import Options

    if bool(paths) == journal:
        raise click.UsageError("give files, folders or patterns, or --journal")
    now = datetime.now(options.stockholm()).strftime("%Y%m%d%H%M%S")
    folder = contracts_folder(config)
    wanted = Options(now, contract, part or "", reader or "", max_bytes, folder)  # type: ignore[arg-type]
    messages = _kept(config) if journal else sources.named(paths, request or "")
    try:
        found = list(sources.check_all(data.root(), wanted, messages, jobs or os.cpu_count() or 1))
    except sources.NoMessages as error:
        raise click.ClickException(f"{error}: no message is there") from None
    except LookupError:
        raise click.ClickException(_unknown(contract, folder)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename or '-'}: {error.strerror}") from None
    if not found:
        click.echo(texts.text("journal", "how_to_keep", lang), err=True)
        return UNUSABLE
    findings = [finding for checked in found for finding in sorted(checked.findings, key=_place)]
    subjects = tuple(checked.subject for checked in found)
    choice = reporting.Choice(output, lang, fail_on, baseline, write_baseline, ignore)
    return reporting.report("check", subjects, findings, choice)


def _place(finding: "Finding") -> Any:
    return finding.place


def _unknown(name: str, folder: str) -> str:
    from gateway.contracts.messages.library import Library

    library = Library(data.root(), folder)
    known = ", ".join(library.names())
    nearest = library.nearest(name)
    return f"{name}: no such contract; known: {known}" + (f". Nearest: {nearest}" if nearest else "")


def _kept(config: Path | None) -> "Iterator[Message]":
    """The messages of a journal, the oldest first: a call's request and answer, and each source's."""
    from gateway.cli.journal import opened
    from gateway.contracts.messages.sources import Message
    from gateway.journal.reader import Wanted

    with opened(config) as reader:
        for entry in reversed(reader.find(Wanted(), sys.maxsize)):
            own = reader.messages(entry.id)
            pairs = [(entry.id, "req-in", "resp-out", own), (entry.id, "req-out", "resp-in", own)]
            pairs += [(each.id, "req-out", "resp-in", reader.messages(each.id)) for each in reader.sources(entry.id)]
            seen: set[bytes] = set()
            for number, asked, answered, kept in pairs:
                request, answer = kept.get(asked), kept.get(answered)
                for kind, body in ((asked, request), (answered, answer)):
                    if body and body not in seen:
                        seen.add(body)
                        yield Message(
                            f"journal:{number}/{kind}", data=body, request_data=request if kind == answered else None
                        )
