"""Packages that a user has added: put there whole or not at all, listed and removed."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace as replace_fields
from pathlib import Path, PurePosixPath
from typing import Literal, NamedTuple

from gateway.configuration.tomltext import literal
from gateway.contracts.contract import load_contract
from gateway.contracts.descriptor import Table
from gateway.contracts.packageerror import PackageError
from gateway.contracts.packages import archive, compare, descriptors
from gateway.contracts.packages.corrections import corrected
from gateway.contracts.packages.guess import Derived, derive
from gateway.contracts.packages.known import Known, load_known
from gateway.contracts.packages.layout import Interaction, Package, packages
from gateway.contracts.particles import Particles
from gateway.contracts.schemaset import SchemaSet
from gateway.errors import DataError
from gateway.tomlfile import load

FILE = "package.toml"
State = Literal["added", "replaced", "same", "shipped"]


class Card(Table, frozen=True, kw_only=True):
    """package.toml: what an added package is.

    Attributes:
        source: name of the folder or archive that it came from.
        content: SHA-256 over its files, hexadecimal.
        derived: SHA-256 of each descriptor as it was derived, by its stem; another one now means that it was edited.
    """

    domain: str
    version: str
    source: str
    content: str
    derived: dict[str, str]


class Outcome(NamedTuple):
    """What became of a package.

    Attributes:
        where: its folder, None when nothing was written.
        derived: what was found out about each of its contracts.
        kept: stems of descriptors that were edited by hand and stay as they were.
        corrected: paths of documents in which something was put right, see ``corrections``.
    """

    tag: str
    state: State
    where: Path | None
    derived: tuple[Derived, ...]
    kept: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()


def add(path: Path, root: Path, into: Path, *, replace: bool = False) -> list[Outcome]:
    """Take the packages in a folder or archive into the contracts folder ``into``: all of them, or none.

    Args:
        root: the data folder, whose contracts are never replaced.
        replace: whether other content of a package that is there already is replaced.

    Raises:
        PackageError: a package is refused; nothing has been written.
        DataError: the data folder's own contracts are wrong.
    """
    found = packages(archive.read(path), path.resolve().name)
    tags: dict[str, Package] = {}
    for package in found:
        if package.tag in tags:
            raise PackageError("clash", package.base or path.name, contract=package.tag, other=tags[package.tag].base)
        tags[package.tag] = package
    shipped = _shipped(root)
    outcomes, staged = [], []
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=into) as temporary:
            for package in found:
                outcome = _stage(package, path.resolve().name, root, into, Path(temporary), shipped, replace=replace)
                outcomes.append(outcome)
                if outcome.state in ("added", "replaced"):
                    staged.append((Path(temporary) / package.tag, into / package.tag))
            _swap(staged, Path(temporary))
    except OSError as error:
        raise PackageError("unwritable", str(into), why=error.strerror or error) from None
    finally:
        if into.is_dir() and not any(into.iterdir()):
            into.rmdir()
    return outcomes


def remove(base: Path) -> None:
    """Remove an added package, at once for whoever reads the folder.

    Raises:
        PackageError: its folder cannot be changed.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".old-", dir=base.parent) as temporary:
            base.rename(Path(temporary) / base.name)
    except OSError as error:
        raise PackageError("unwritable", str(base), why=error.strerror or error) from None


def card(base: Path) -> Card:
    """What an added package is.

    Raises:
        DataError: its package.toml is missing or wrong.
    """
    return load(base / FILE, Card)


def derived_again(base: Path, root: Path) -> Iterator[Derived]:
    """What is derived from an added package, whatever its descriptors say now.

    Raises:
        PackageError: its schemas are wrong.
        DataError: contracts/known is wrong.
    """
    known = load_known(root)
    files = {f"schemas/{path}": data for path, data in archive.read(base / "xsd").items()}
    for package in packages(files, base.name):
        yield from _derived(package, known)


def _stage(
    package: Package,
    source: str,
    root: Path,
    into: Path,
    temporary: Path,
    shipped: Callable[[], dict[str, str]],
    *,
    replace: bool,
) -> Outcome:
    """Write a package below ``temporary`` and try whether it can be used."""
    derived = tuple(_derived(package, load_known(root)))
    kept = tuple(each for each in derived if not _is_shipped(package, each.interaction, shipped))
    if not kept:
        return Outcome(package.tag, "shipped", None, derived)
    right = corrected(package.documents)
    changed = tuple(path for path, data in right.items() if data != package.files[path])
    files = {f"xsd/{path.removeprefix(package.schemas)}": data for path, data in right.items()}
    for path, data in package.files.items():
        if not path.startswith(package.schemas):
            files[f"files/{path.removeprefix(package.base)}"] = data
    texts = {each.interaction.key: descriptors.write(each, source) for each in kept}
    made = {key: compare.content([("", text.encode())]) for key, text in texts.items()}
    digest = compare.content(files.items())
    there = into / package.tag
    if there.exists():
        if card(there).content == digest:
            return Outcome(package.tag, "same", there, derived)
        if not replace:
            raise PackageError("exists", tag=package.tag, folder=into)
    edited = _edited(there) if there.exists() else {}
    base = temporary / package.tag
    for key, text in texts.items():
        files[f"contracts/{key}.toml"] = edited.get(key, text.encode())
    about = {"domain": package.domain, "version": package.version, "source": source, "content": digest}
    lines = [f"{name} = {literal(value)}" for name, value in about.items()]
    lines += ["", "[derived]", *(f"{literal(key)} = {literal(value)}" for key, value in made.items())]
    files[FILE] = "\n".join([*lines, ""]).encode()
    for path, data in files.items():
        target = base / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for key in texts:
        _try(base, key, edited=key in edited, there=there)
    state: State = "replaced" if there.exists() else "added"
    return Outcome(package.tag, state, there, derived, tuple(key for key in texts if key in edited), changed)


def _try(base: Path, key: str, *, edited: bool, there: Path) -> None:
    path = base / "contracts" / f"{key}.toml"
    try:
        load_contract(path, base, added=True)
    except DataError as error:
        if edited:
            raise PackageError("edited", file=there / "contracts" / path.name, why=error.problem) from None
        where = error.path.resolve()
        inside = where.relative_to(base.resolve()).as_posix() if where.is_relative_to(base.resolve()) else where.name
        raise PackageError("schema", inside.replace("xsd/", "schemas/", 1), error.line, why=error.problem) from None


def _derived(package: Package, known: dict[str, Known]) -> Iterator[Derived]:
    for interaction in package.interactions:
        particles = Particles(package.documents.view(interaction.wsdl))
        placed = replace_fields(
            interaction,
            wsdl=interaction.wsdl.removeprefix(package.schemas),
            xsd=interaction.xsd.removeprefix(package.schemas),
        )
        yield derive(placed, particles, known.get(interaction.responder))


def _edited(base: Path) -> dict[str, bytes]:
    """The descriptors of an added package that are not as they were derived, by stem."""
    made = card(base).derived
    found = {path.stem: path.read_bytes() for path in (base / "contracts").glob("*.toml")}
    return {key: data for key, data in found.items() if made.get(key) != compare.content([("", data)])}


def _shipped(root: Path) -> Callable[[], dict[str, str]]:
    """What the data folder's own contracts mean, by ``Name_m.n``; found out once, when somebody asks."""
    found: dict[str, str] = {}

    def meanings() -> dict[str, str]:
        if not found:
            for path in sorted((root / "contracts").glob("*.toml")):
                contract = load_contract(path, root)
                xsd = root / "xsd"
                documents = SchemaSet({
                    file.relative_to(xsd).as_posix(): file.read_bytes() for file in xsd.rglob("*.xsd")
                })  # fmt: skip
                start = contract.xsd.relative_to(xsd).as_posix()
                found[path.stem] = compare.meaning(documents.closure(start))
        return found

    return meanings


def _is_shipped(package: Package, interaction: Interaction, shipped: Callable[[], dict[str, str]]) -> bool:
    """Whether the platform has this very contract.

    Raises:
        PackageError: it has one of that name and version that says something else.
    """
    ours = shipped().get(interaction.key)
    if ours is None:
        return False
    start = f"{package.schemas}{interaction.xsd}"
    if compare.meaning(package.documents.closure(start)) != ours:
        raise PackageError("shipped", PurePosixPath(interaction.xsd).name, contract=interaction.key)
    return True


def _swap(staged: list[tuple[Path, Path]], temporary: Path) -> None:
    """Move what is staged to its place; on failure what was there comes back."""
    done: list[tuple[Path, Path]] = []
    try:
        for new, place in staged:
            if place.exists():
                old = temporary / f"old-{place.name}"
                place.rename(old)
                done.append((place, old))
            os.rename(new, place)
            done.append((new, place))
    except OSError:
        for source, moved in reversed(done):
            if moved.exists() and not source.exists():
                moved.rename(source)
            elif moved.exists():
                shutil.rmtree(moved)
        raise
