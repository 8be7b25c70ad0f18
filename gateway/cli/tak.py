"""``rivta tak``: the service address catalogue: its formats, its pending edits, its publications."""

import getpass
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway import texts
from gateway.cli import options

F = TypeVar("F", bound=Callable[..., Any])
_FINE, _FINDINGS = 0, 1
_FORMS = ("snapshot", "gzip", "export", "cache", "routes", "permissions", "contracts", "components", "files")

_author = click.option(
    "--author",
    default=lambda: getpass.getuser(),
    show_default="the user who is logged in",
    help="Whose edits they are.",
)
_dry = click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")


def _common(function: F) -> F:
    """The options of every command here."""
    for option in (options.language, options.output, options.config):
        function = option(function)
    return function


@click.group("tak")
def command() -> None:
    """Import, compare, publish and export the service address catalogue (TAK) in the database.

    A CATALOGUE is a file in any of the national formats (publication as JSON, also with gzip; a router's local copy or
    an answer of SokVagvalsInfo as XML), a folder with routing/, the number of a publication, ``published`` for the
    newest one, or ``pending`` for that with everybody's edits.
    """


@command.command("import")
@click.argument("catalogue")
@_author
@click.option("--keep", is_flag=True, help="Add and change only; what CATALOGUE does not have stays.")
@click.option("--platform", help="Take orders for this platform only (the setting catalogue_platform).")
@click.option("--force", is_flag=True, help="Import it although rules are broken; see validate.")
@_dry
@_common
def import_(
    catalogue: str,
    author: str,
    keep: bool,
    platform: str | None,
    force: bool,
    dry_run: bool,
    config: Path | None,
    output: str,
    lang: str,
) -> int:
    """Make a catalogue, or an order (beställning), the author's pending edits. Publishing them is another command.

    A catalogue takes the place of what is published, and of the author's earlier edits. An order adds to these. Exit
    code 1 when rules are broken.
    """
    from gateway.cli.tak_sources import Sources, told
    from gateway.cli.tak_view import View

    with told(lang), Sources(config) as sources:
        done = sources.take(catalogue, author, keep=keep, platform=platform, force=force, dry_run=dry_run)
    view = View(lang, output)
    view.imported(done, dry_run=dry_run)
    return _FINDINGS if done.problems and not force else _FINE


@command.command()
@click.argument("target", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--from", "catalogue", default="published", show_default=True, help="Which CATALOGUE.")
@click.option("--form", type=click.Choice(_FORMS), help="Format; by the name of TARGET when left out.")
@click.option("--pretty", is_flag=True, help="JSON on several lines.")
@options.config
@options.language
def export(target: Path, catalogue: str, form: str | None, pretty: bool, config: Path | None, lang: str) -> int:
    """Write a catalogue to TARGET; ``-`` for standard output.

    snapshot: .json; gzip: .gz or .gzip; cache, a router's local copy: .xml; files: a folder named routing. Also:
    export, as export/pv gives it out, and routes, permissions, contracts, components, the answers of SokVagvalsInfo v2.
    """
    from gateway.cli.tak_sources import Sources, told, write

    with told(lang), Sources(config) as sources:
        where = write(sources.publication(catalogue), target, form, pretty=pretty)
    if str(target) != "-":
        click.echo(texts.text("tak", "exported", lang, where=where), err=True)
    return _FINE


@command.command()
@click.argument("before", default="published")
@click.argument("after", default="pending")
@_common
def diff(before: str, after: str, config: Path | None, output: str, lang: str) -> int:
    """Show what tells two catalogues apart, by contract and address. Exit code 1 when anything does."""
    from gateway.cli.tak_sources import Sources, told
    from gateway.cli.tak_view import View
    from gateway.registry.tak.diff import compare

    with told(lang), Sources(config) as sources:
        found = compare(sources.flat(before), sources.flat(after))
    View(lang, output).differences(found)
    return _FINDINGS if found else _FINE


@command.command()
@click.argument("catalogue", default="pending")
@_common
def validate(catalogue: str, config: Path | None, output: str, lang: str) -> int:
    """Check a catalogue, or an order, by the national rules. Exit code 1 when any is broken."""
    from gateway.cli.tak_sources import Sources, told
    from gateway.cli.tak_view import View

    with told(lang), Sources(config) as sources:
        found = sources.problems(catalogue)
    View(lang, output).problems(found, catalogue)
    return _FINDINGS if found else _FINE


@command.command()
@_author
@click.option("--comment", default="", help="What this version is for.")
@_dry
@_common
def publish(author: str, comment: str, dry_run: bool, config: Path | None, output: str, lang: str) -> int:
    """Publish the author's pending edits as a new version. Running gateways use it within a second."""
    from gateway.cli.tak_sources import Sources, told
    from gateway.cli.tak_view import View

    with told(lang), Sources(config) as sources:
        done, found = sources.publish(author, comment, dry_run=dry_run)
    View(lang, output).published(done, found, dry_run=dry_run)
    return _FINE


@command.command()
@click.option("--to", "version", type=click.IntRange(1), help="Publish the content of this version anew instead.")
@_author
@click.option("--comment", default="", help="What the new version is for.")
@_dry
@_common
def rollback(
    version: int | None, author: str, comment: str, dry_run: bool, config: Path | None, output: str, lang: str
) -> int:
    """Take the newest version away, as nationally; with --to, go back further by a new version. Pending edits stay."""
    from gateway.cli.tak_sources import Sources, told
    from gateway.cli.tak_view import View

    with told(lang), Sources(config) as sources:
        done = sources.roll_back(version, author, comment, dry_run=dry_run)
    View(lang, output).rolled_back(done, dry_run=dry_run)
    return _FINE


@command.command("list")
@click.option("--pending", is_flag=True, help="The edits that are not published, instead.")
@_common
def list_(pending: bool, config: Path | None, output: str, lang: str) -> int:
    """List the publications, the newest first."""
    from gateway.cli.tak_sources import Sources, told
    from gateway.cli.tak_view import View

    with told(lang), Sources(config) as sources:
        if pending:
            View(lang, output).pending(sources.pending())
        else:
            View(lang, output).publications(sources.publications())
    return _FINE


@command.command()
@_author
@_common
def discard(author: str, config: Path | None, output: str, lang: str) -> int:
    """Forget the author's pending edits."""
    from gateway.cli.tak_sources import Sources, told

    with told(lang), Sources(config) as sources:
        count = sources.discard(author)
    if output == "json":
        click.echo(json.dumps({"discarded": count}))
    else:
        click.echo(texts.text("tak", "discarded", lang, count=count))
    return _FINE
