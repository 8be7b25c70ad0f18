"""``rivta producers``: the stubs of regions, municipalities and national mocks."""

from pathlib import Path

import click

from gateway import data
from gateway.cli import options
from gateway.settings import from_environment


@click.command()
@options.offset
@options.scenarios
def command(producer_port_offset: int | None, scenarios: Path | None) -> None:
    """Serve every stub of routing/producers.toml on its own port, on this machine only.

    The Kronoberg pilot is another program: python -m gateway.producers.kronoberg.
    """
    from gateway.contracts.contract import load_all
    from gateway.producers.stub import run
    from gateway.registry.catalogue import load_catalogue

    root = data.root()
    offset = from_environment(producer_port_offset=producer_port_offset).producer_port_offset
    producers = load_catalogue(root, load_all(root)).producers
    try:
        run(root, producers, port_offset=offset, scenario_file=scenarios, ready=lambda: None)
    except OSError as error:
        raise click.ClickException(str(error)) from None
