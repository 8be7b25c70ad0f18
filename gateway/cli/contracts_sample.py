"""``rivta contracts sample``: messages of any contract, right ones or broken in a known way."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gateway import data, texts
from gateway.cli import options
from gateway.cli.known import contracts_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.contracts.contract import Contract
    from gateway.contracts.sample.mutants import Mutant
    from gateway.contracts.sample.sampler import Part, Recipe, Sampler
    from gateway.contracts.sample.verify import Verdict

    Verifier = Callable[[list[Mutant]], list[Verdict]]

_MANIFEST = "manifest.json"


@click.command("sample")
@click.argument("contract")
@click.option("--request", "part", flag_value="request", help="Requests only.")
@click.option("--response", "part", flag_value="response", help="Answers only.")
@click.option("--both", "part", flag_value="both", default=True, help="A request and the answer to it (default).")
@click.option("--minimal", "style", flag_value="minimal", default=True, help="Only what is required (default).")
@click.option("--full", "style", flag_value="full", help="Every element, twice what may be repeated.")
@click.option("--random", "seed", type=int, metavar="SEED", help="Anything between; the same seed, the same bytes.")
@click.option("--count", type=click.IntRange(1, 10_000), default=1, show_default=True, help="So many of each.")
@click.option("--records", type=click.IntRange(0, 1000), help="Records of an answer (1; full 2; random 1 to 3).")
@click.option("--bare", is_flag=True, help="Without SOAP envelope.")
@click.option("--invalid", is_flag=True, help="Broken messages, one for each rule, labelled with the rule.")
@click.option("--every", is_flag=True, help="With --invalid: broken at every place, not only at the first.")
@click.option("--verify", is_flag=True, help="With --invalid: does rivta check catch each by its rule? 1 if not all.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the files. Else to standard output."
)
@options.config
@options.output
@options.language
def sample_command(
    contract: str,
    part: str,
    style: str,
    seed: int | None,
    count: int,
    records: int | None,
    bare: bool,
    invalid: bool,
    every: bool,
    verify: bool,
    out: Path | None,
    config: Path | None,
    output: str,
    lang: str,
) -> int:
    """Make messages of a contract, ours or an added one, that keep its schema and its rules.

    Answers are about the person in the request; persons are test numbers, and everybody is made up. With --invalid one
    message for each rule that CONTRACT's messages can break: --out has them as files with a manifest, --verify tells
    how many rivta check catches. Exit code 0 fine, 1 not all were caught, 2 usage or unreadable.
    """
    from gateway.contracts.instance import InstanceError
    from gateway.contracts.sample.sampler import PARTS, Recipe, Sampler

    if (every or verify) and not invalid:
        raise click.UsageError(texts.text("contracts", "sample_needs_invalid", lang))
    folder = contracts_folder(config)
    sampler = Sampler(_found(contract, folder, lang))
    recipe = Recipe("random" if seed is not None else style, seed or 0, records)  # type: ignore[arg-type]
    parts = [each for each in PARTS if part in ("both", each)]
    try:
        if invalid:
            verified = _verifier(folder) if verify else None
            return _invalid(
                sampler, seed or 0, parts, every=every, verified=verified, out=out, output=output, lang=lang
            )
        made = _samples(sampler, recipe, count, parts, bare=bare)
    except InstanceError as error:
        raise click.ClickException(texts.text("contracts", "sample_impossible", lang, why=error)) from None
    if out is None:
        click.echo(b"\n".join(made.values()), nl=False)
        return 0
    _write(out, made)
    click.echo(texts.text("contracts", "sample_written", lang, count=len(made), folder=out))
    return 0


def _found(name: str, folder: str, lang: str) -> "Contract":
    from gateway.contracts.messages.library import Library

    library = Library(data.root(), folder)
    found = library.find(name)
    if found is None:
        raise click.ClickException(
            texts.text("contracts", "sample_unknown", lang, name=name, known=", ".join(library.names()))
        )
    return found


def _samples(sampler: "Sampler", recipe: "Recipe", count: int, parts: "list[Part]", *, bare: bool) -> dict[str, bytes]:
    from gateway.contracts.sample import write

    found = {}
    for number, pair in enumerate(sampler.pairs(recipe, count), 1):
        numbered = f"_{number:0{len(str(count))}}" if count > 1 else ""
        for part in parts:
            element, address = pair.part(part), sampler.address if part == "request" else ""
            name = f"{sampler.contract.key}_{recipe.style}{numbered}_{part}.xml"
            found[name] = write.bare(element) if bare else write.written(element, address)
    return found


def _invalid(
    sampler: "Sampler", seed: int, parts: "list[Part]", *, every: bool, verified: "Verifier | None", out: Path | None,
    output: str, lang: str,
) -> int:  # fmt: skip
    from gateway.contracts.sample.mutants import mutants, unbroken

    made = list(mutants(sampler, seed, every=every))
    missed = unbroken(sampler, made)
    made = [each for each in made if each.part in parts]
    names = _names(made)
    verdicts = verified(made) if verified else []
    if out is not None:
        _write(out, _files(made, names, sampler))
    if output == "json":
        click.echo(json.dumps(_manifest(sampler, made, names, verdicts, missed), ensure_ascii=False, indent=2))
    else:
        _tell(made, verdicts, missed, out, lang)
    return 1 if any(not verdict.caught for verdict in verdicts) or (verified and missed) else 0


def _verifier(folder: str) -> "Verifier":
    from gateway.contracts.sample.verify import verify

    return lambda made: verify(data.root(), made, _now(), folder)


def _tell(made: "list[Mutant]", verdicts: "list[Verdict]", missed: list[str], out: Path | None, lang: str) -> None:
    if out is not None:
        click.echo(texts.text("contracts", "sample_written", lang, count=len(made), folder=out))
    if not verdicts and out is None:
        for each in made:
            click.echo(f"{each.rule}  {each.name:<20}  {each.part:<8}  {each.where}")
    for verdict in verdicts:
        if not verdict.caught:
            by = ", ".join(verdict.rules) or "-"
            told = f"{verdict.mutant.title} {verdict.mutant.where}"
            click.echo(texts.text("contracts", "sample_survived", lang, name=told, rules=by))
    for rule in missed:
        click.echo(texts.text("contracts", "sample_unbroken", lang, rule=rule))
    if verdicts:
        caught = sum(verdict.caught for verdict in verdicts)
        rate = f"{100 * caught / len(verdicts):.1f}"
        rules = len({verdict.mutant.rule for verdict in verdicts})
        click.echo(
            texts.text("contracts", "sample_rate", lang, caught=caught, all=len(verdicts), rate=rate, rules=rules)
        )


def _names(made: "list[Mutant]") -> list[str]:
    """File names, each once."""
    found: dict[str, int] = {}
    names = []
    for each in made:
        stem, _, part = each.title.rpartition("_")
        found[each.title] = found.get(each.title, 0) + 1
        number = f"_{found[each.title]}" if found[each.title] > 1 else ""
        names.append(f"{stem}{number}_{part}.xml")
    return names


def _files(made: "list[Mutant]", names: list[str], sampler: "Sampler") -> dict[str, bytes]:
    found = {}
    for each, name in zip(made, names, strict=True):
        found[name] = _labelled(each)
        if each.request is not None:
            found[name.replace("_response.xml", "_request.xml")] = each.request
    manifest = json.dumps(_manifest(sampler, made, names, [], []), ensure_ascii=False, indent=2)
    return {**found, _MANIFEST: f"{manifest}\n".encode()}


def _labelled(mutant: "Mutant") -> bytes:
    """With a comment that names the rule, behind the declaration."""
    declaration, end, rest = mutant.data.partition(b"?>")
    place = f" in {mutant.where}" if mutant.where else ""
    told = " ".join(f"{name}={value}" for name, value in mutant.options.items())
    label = f"\n<!-- {mutant.rule} {mutant.name}{place}{f' ({told})' if told else ''} -->"
    codec = "iso-8859-1" if b"8859-1" in declaration else "utf-8"
    return declaration + end + label.encode(codec, "replace") + rest


def _manifest(
    sampler: "Sampler", made: "list[Mutant]", names: list[str], verdicts: "list[Verdict]", missed: list[str]
) -> dict[str, object]:
    rows: list[dict[str, object]] = []
    for number, (each, name) in enumerate(zip(made, names, strict=True)):
        row: dict[str, object] = {"file": name, "rule": each.rule, "name": each.name, "part": each.part}
        row |= {"where": each.where} if each.where else {}
        row |= {"options": dict(each.options)} if each.options else {}
        row |= {"request": name.replace("_response.xml", "_request.xml")} if each.request is not None else {}
        row |= {"caught": verdicts[number].caught, "found": list(verdicts[number].rules)} if verdicts else {}
        rows.append(row)
    found: dict[str, object] = {"contract": sampler.contract.key, "messages": rows}
    if verdicts:
        found |= {"caught": sum(each.caught for each in verdicts), "all": len(verdicts), "unbroken": missed}
    return found


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{error.filename or folder}: {error.strerror}") from None


def _now() -> str:
    return datetime.now(options.stockholm()).strftime("%Y%m%d%H%M%S")
