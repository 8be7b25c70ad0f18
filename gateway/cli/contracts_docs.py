"""``rivta contracts docs``: the contracts as a site of static pages."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from gateway import data
from gateway.cli import options
from gateway.cli.contracts_common import contracts_folder, every_source, into, say, told
from gateway.contracts.packageerror import PackageError

if TYPE_CHECKING:
    from gateway.contracts.site.parties import Parties, Party
    from gateway.contracts.site.subject import Subject
    from gateway.registry.catalogue import Catalogue


@click.command("docs")
@click.argument("names", metavar="[CONTRACT…]", nargs=-1)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The site's folder: a new one, or a site.")
@click.option("--package", help="A package in the official layout (folder or zip) instead of the platform's contracts.")
@click.option("--previous", help="Tell what has changed since this folder, zip file or revision in git.")
@into
@options.config
@options.language
def docs_command(
    names: tuple[str, ...],
    out: Path,
    package: str | None,
    previous: str | None,
    into: Path | None,
    config: Path | None,
    lang: str,
) -> int:
    """Write the contracts as a site of static pages, in Swedish and English.

    A page for each contract: purpose, facts, every element with cardinality, type, text and example, a picture of the
    call, samples, rules, history, and who calls and answers. It needs no server and no network; open index.html. The
    same contracts give the same bytes.
    """
    from gateway.contracts.diff import sources
    from gateway.contracts.site import site

    with told(lang):
        folder = contracts_folder(config, into)
        subjects = _subjects(package, folder)
        chosen = _chosen(subjects, names)
        before = sources.load(previous) if previous else None
        files = site.build(chosen, data.root() / "contracts" / "rules" / "examples", _parties(subjects, folder), before)
        try:
            site.write(out, files)
        except OSError as error:
            raise click.ClickException(f"{out}: {error.strerror}") from None
    click.echo(say("site_written", lang, count=len(chosen), start=out / "index.html"))
    return 0


def _subjects(package: str | None, folder: Path) -> "list[Subject]":
    from gateway.contracts.diff import sources
    from gateway.contracts.site.subject import of_package, of_sources

    if package is not None:
        if not Path(package).exists():
            raise PackageError("nothing", package)
        return list(of_package(sources.load(package)))
    best = {}
    for each in sorted(every_source(folder), key=lambda source: source.order):
        best[each.path.stem] = each  # of the same version ours counts, as when it is loaded
    return list(of_sources(list(best.values())))


def _chosen(subjects: "list[Subject]", names: tuple[str, ...]) -> "list[Subject]":
    """Those that are named, all when none is.

    Raises:
        PackageError: there is none of a name.
    """
    if not subjects:
        raise PackageError("no_contracts")
    found: dict[str, Subject] = {}
    for name in names:
        wanted = name.replace(" ", "_").lower()
        fitting = [each for each in subjects if wanted in (each.key.lower(), each.name.lower())]
        if not fitting:
            raise PackageError("unknown", name, known=", ".join(sorted(each.key for each in subjects)))
        found |= {each.key: each for each in fitting}
    return list(found.values()) or subjects


def _parties(subjects: "list[Subject]", folder: Path) -> "Mapping[str, Parties]":
    """Who calls and who answers, by responder namespace, as the files in routing/ say."""
    from gateway.contracts.contract import Contracts, load_all
    from gateway.contracts.site.parties import Parties
    from gateway.registry.catalogue import load_catalogue

    known = Contracts({each.responder: each.contract for each in subjects if each.contract is not None})
    catalogue = load_catalogue(data.root(), known or load_all(data.root(), str(folder)))
    return {
        each.responder: Parties(_consumers(catalogue, each.responder), _producers(catalogue, each.responder))
        for each in subjects
    }


def _consumers(catalogue: "Catalogue", responder: str) -> "tuple[Party, ...]":
    from gateway.contracts.site.parties import Party

    names = {consumer.hsa_id: consumer.name for consumer in catalogue.consumers}
    receivers: dict[str, list[str]] = {}
    for each in catalogue.permissions:
        if each.contract == responder:
            receivers.setdefault(each.sender, []).append(each.receiver)
    found = [
        Party(names.get(sender, sender), sender, details=tuple(dict.fromkeys(sorted(addresses))))
        for sender, addresses in receivers.items()
    ]
    return tuple(sorted(found))


def _producers(catalogue: "Catalogue", responder: str) -> "tuple[Party, ...]":
    from gateway.contracts.site.parties import Party

    found = {
        Party(catalogue.name_of(route.receiver), route.receiver, _answers(route.address))
        for route in catalogue.routes
        if route.contract == responder
    }
    return tuple(sorted(found))


def _answers(address: str) -> Literal["producer", "aggregator", "platform"]:
    if address.startswith("aggregate:"):
        return "aggregator"
    return "platform" if address.startswith("platform:") else "producer"
