"""What the subcommands of ``rivta contracts`` share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway import data, texts
from gateway.contracts.added import Source, folder, sources
from gateway.contracts.packageerror import PackageError
from gateway.settings import from_environment

F = TypeVar("F", bound=Callable[..., Any])

into = click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="Another contracts folder than that of the setting contracts_folder.",
)


@contextmanager
def told(language: str) -> Iterator[None]:
    """What is wrong with a package becomes one line in the user's language, and exit code 2."""
    try:
        yield
    except PackageError as error:
        raise click.ClickException(error.text(language)) from None


def contracts_folder(config: Path | None, chosen: Path | None) -> Path:
    """Where added packages are: ``--into``, else the setting, else the default."""
    return chosen if chosen is not None else folder(data.root(), from_environment(config).contracts_folder)


def every_source(where: Path) -> list[Source]:
    """Every descriptor, ours first."""
    return list(sources(data.root(), str(where)))


def named(found: list[Source], name: str) -> list[Source]:
    """The descriptors of a contract (``Name``, ``Name_m.n``, ``Name m.n``) or of an added package, ignoring case.

    Raises:
        PackageError: there is none.
    """
    wanted = name.replace(" ", "_").lower()
    matching = [
        each
        for each in found
        if wanted in (each.path.stem.lower(), each.path.stem.rpartition("_")[0].lower())
        or (each.added and wanted == each.base.name.lower())
    ]
    if not matching:
        known = sorted({each.path.stem for each in found} | {each.base.name for each in found if each.added})
        raise PackageError("unknown", name, known=", ".join(known))
    return matching


def say(key: str, language: str, **values: object) -> str:
    """A text of the group ``contracts``."""
    return texts.text("contracts", key, language, **values)
