"""``rivta fixtures``: the test persons and everything that is derived from their seed."""

import filecmp
import json
import tempfile
from pathlib import Path

import click

from gateway import data
from gateway.cli import options


@click.group("fixtures")
def command() -> None:
    """Generate or verify the test persons and their records in fixtures/."""


@command.command()
@click.option("--seed", type=int, default=None, help="Another seed than that of the committed data.")
@click.option(
    "--check", is_flag=True, help="Write nothing; exit 1 and name the files when fixtures/ is not what the seed gives."
)
@click.option(
    "--target", type=click.Path(file_okay=False, path_type=Path), default=None, help="Another folder than fixtures/."
)
@options.output
def generate(seed: int | None, check: bool, target: Path | None, output: str) -> int:
    """Generate persons, records, engagements, scenarios and sample messages, byte for byte the same from a seed."""
    from gateway.producers.generate import SEED

    chosen = SEED if seed is None else seed
    folder = target or data.root() / "fixtures"
    if not check:
        _write(chosen, folder)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        _write(chosen, Path(temporary))
        different = _differences(Path(temporary), folder)
    if output == "json":
        click.echo(json.dumps({"different": different}, ensure_ascii=False))
    else:
        for name in different:
            click.echo(name)
    return 1 if different else 0


def _write(seed: int, folder: Path) -> None:
    from gateway.consumers.ask import question
    from gateway.contracts.contract import load_all
    from gateway.producers.generate import generate as write_all
    from gateway.settings import Settings

    summary = write_all(seed, folder)
    messages = folder / "messages"
    messages.mkdir(parents=True, exist_ok=True)
    for contract in (each for each in load_all(data.root()).aggregated() if not each.added):
        message = question(contract, summary.demo_person, Settings().aggregate_address)
        (messages / f"{contract.key}_request.xml").write_bytes(message + b"\n")
    click.echo(
        f"{summary.persons} persons, {summary.fixed_contacts} fixed contacts, {summary.agreements} agreements, "
        f"{summary.care_plans} care plans, {summary.engagements} engagements in {folder}",
        err=True,
    )


def _differences(expected: Path, found: Path) -> list[str]:
    names = {
        path.relative_to(root).as_posix() for root in (expected, found) for path in root.rglob("*") if path.is_file()
    }
    _, different, missing = filecmp.cmpfiles(expected, found, sorted(names), shallow=False)
    return sorted({*different, *missing})
