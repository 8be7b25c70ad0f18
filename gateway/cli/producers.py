"""``rivta producers``: the stubs of regions, municipalities and national mocks."""

from pathlib import Path

import click

from gateway import data
from gateway.cli import options
from gateway.settings import from_environment


@click.command()
@options.config
@options.offset
@options.scenarios
@click.option("--announce", metavar="URL", help="Tell the engagement index of this gateway when a record file changes.")
@click.option("--announce-all", is_flag=True, help="Tell it at the start of everything that is held, too.")
@click.option(
    "--mock",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="A port, before the offset, where every logical address answers every contract from its schema.",
)
def command(
    config: Path | None,
    producer_port_offset: int | None,
    scenarios: Path | None,
    announce: str | None,
    announce_all: bool,
    mock: int | None,
) -> None:
    """Serve every stub of routing/producers.toml on its own port, on this machine only.

    A record file that is edited is read anew. For a contract that rivta contracts add has put there, and of which a
    stub holds no records, it answers the smallest message that the schema allows.

    The Kronoberg pilot is another program: python -m gateway.producers.kronoberg.
    """
    from gateway.contracts.contract import load_all
    from gateway.producers.announce import Announcer
    from gateway.producers.stub import run
    from gateway.registry.catalogue import load_catalogue

    if announce_all and announce is None:
        raise click.UsageError("--announce-all needs --announce URL")
    root = data.root()
    settings = from_environment(config, producer_port_offset=producer_port_offset)
    contracts = load_all(root, settings.contracts_folder)
    catalogue = load_catalogue(root, contracts)
    announcer = None if announce is None else Announcer.of(announce, contracts, catalogue.consumers, settings)
    try:
        run(
            root,
            catalogue.producers,
            port_offset=settings.producer_port_offset,
            scenario_file=scenarios,
            contracts_folder=settings.contracts_folder,
            mock_port=mock or 0,
            announcer=announcer,
            announce_all=announce_all,
        )
    except OSError as error:
        raise click.ClickException(str(error)) from None
