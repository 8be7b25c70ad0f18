"""``rivta contracts export``."""

from pathlib import Path

import click

from gateway import data
from gateway.cli import options
from gateway.cli.contracts_common import contracts_folder, every_source, into, say, told
from gateway.contracts.added import Source, numbers
from gateway.contracts.descriptor import Descriptor
from gateway.contracts.packageerror import PackageError
from gateway.tomlfile import load


@click.command("export")
@click.option(
    "--domain", help="Of which domain, such as clinicalprocess:logistics:logistics. Needed when there are several."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file, or a folder for the official name ServiceContracts_<domain>_<version>.zip.",
    default=Path(),
    show_default="here",
)
@into
@options.config
@options.language
def export_command(domain: str | None, out: Path, into: Path | None, config: Path | None, lang: str) -> int:
    """Write a domain's contracts as an official package: schemas, WSDL, docs, samples, constraints.

    The same contracts give the same bytes, whenever and wherever.
    """
    from gateway.contracts.packages import export

    by_domain: dict[str, list[Source]] = {}
    for source in every_source(contracts_folder(config, into)):
        by_domain.setdefault(load(source.path, Descriptor).domain, []).append(source)
    with told(lang):
        if domain is None and len(by_domain) > 1:
            raise PackageError("several_domains", known=", ".join(sorted(by_domain)))
        wanted = domain or next(iter(by_domain))
        chosen = by_domain.get(wanted.replace("_", ":"))
        if chosen is None:
            raise PackageError("no_domain", wanted, known=", ".join(sorted(by_domain)))
        content = export.files(data.root(), chosen)
    versions = [each.path.stem.rpartition("_")[2] for each in chosen]
    versions += [each.base.name.rpartition("_")[2] for each in chosen if each.added]
    file = out / export.name(wanted.replace("_", ":"), max(versions, key=numbers)) if out.is_dir() else out
    try:
        file.write_bytes(export.archive(content))
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from None
    click.echo(say("exported", lang, file=file, count=len(content)))
    return 0
