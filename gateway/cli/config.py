"""``rivta config``: the settings that count, where each comes from, and what the national platform calls it."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

from gateway import texts
from gateway.cli import options
from gateway.configuration import kinds, national
from gateway.configuration.faults import SettingsError, nearest
from gateway.configuration.sources import Effective
from gateway.errors import DataError
from gateway.settings import Settings, effective

_file = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(invoke_without_command=True)
@options.config
@click.option("--check", type=_file, help="Only look for faults in a settings file and in the files that it names.")
@click.option("--national", "wanted", metavar="NAME", help="Only what a property of the national platform is here.")
@click.option("--changed", is_flag=True, help="Only settings that are not the default.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json", "toml"]),
    default="text",
    show_default=True,
    help="For people, programs, or as a settings file.",
)
@options.language
@options.gateway
@click.pass_context
def command(
    ctx: click.Context,
    /,
    config: Path | None,
    check: Path | None,
    wanted: str | None,
    changed: bool,
    output: str,
    lang: str,
    **flags: Any,
) -> int:
    """Print the settings that a gateway would have, and where each comes from: file, environment or flag.

    Takes the flags of rivta serve. Secrets are never printed. Exit code 2 and all faults when the settings cannot be
    used.
    """
    from gateway.cli.config_view import View

    if ctx.invoked_subcommand:
        return 0
    if check is not None:
        return _check(check, flags, output, lang)
    found = effective(config, os.environ, flags)
    view = View(found, lang)
    if wanted is not None:
        view.properties(_named(wanted), output)
    else:
        view.settings(output, changed=changed)
    return 0


@command.command("import")
@click.argument("file", type=_file)
@options.language
def import_(file: Path, lang: str) -> int:
    """Turn FILE, application.properties of the national platform, into a settings file (TOML).

    What could not be carried over stands at the end, with the reason. Exit code 1 when something that the national
    platform would do is lost.
    """
    from gateway.cli.config_import import translate

    text, complete = translate(file, lang)
    click.echo(text, nl=False)
    return 0 if complete else 1


def _named(wanted: str) -> list[national.Property]:
    """The property, or those whose names begin so.

    Raises:
        click.UsageError: there is none.
    """
    found = national.find(wanted)
    begins = [each for each in national.properties() if each.name.lower().startswith(wanted.lower())]
    if found is not None and found not in begins:
        return [found]
    if not begins:
        names = [name for each in national.properties() for name in (each.name, *each.also)]
        near = nearest(wanted, names)
        hint = f"did you mean {near}?" if near else "docs/settings.md has them all"
        raise click.UsageError(f"unknown national property {wanted}; {hint}")
    return begins


def _check(file: Path, flags: Mapping[str, Any], output: str, lang: str) -> int:
    faults: list[DataError] = []
    changed = 0
    try:
        found = effective(file, os.environ, flags)
        changed = sum(origin.kind != "default" for origin in found.origins.values())
        faults = list(_missing(found)) or list(_unusable(found.settings))
    except SettingsError as error:
        faults = list(error.faults)
    except DataError as error:
        faults = [error]
    if output == "json":
        told = [{"file": str(each.path), "line": each.line, "problem": each.problem} for each in faults]
        click.echo(json.dumps({"file": str(file), "changed": changed, "faults": told}, ensure_ascii=False, indent=2))
    elif not faults:
        click.echo(texts.text("config", "fine", lang, file=file, changed=changed))
    if faults and output != "json":
        raise SettingsError(faults)
    return 2 if faults else 0


def _missing(found: Effective[Settings]) -> Iterator[DataError]:
    """A fault for each file and folder that is named and not there."""
    for field in msgspec.structs.fields(Settings):
        origin = found.origins[field.name]
        for way, value, kind in kinds.leaves(getattr(found.settings, field.name), field.type):
            if kinds.is_missing(value, kind):
                name = field.name + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
                problem = f"{name} is {value!r}, where nothing is. Expected {kinds.allowed(kind)}"
                yield DataError(Path(origin.where or "settings"), origin.line, problem)


def _unusable(settings: Settings) -> Iterator[DataError]:
    """What only shows when a file is read: certificates, keys and timeouts."""
    from gateway.http.tls import ProducerTls, server_context
    from gateway.router.timeouts import Timeouts

    looks = [ProducerTls, Timeouts.of, *([server_context] if settings.tls_port else [])]
    for look in looks:
        try:
            look(settings)
        except DataError as error:
            yield error
