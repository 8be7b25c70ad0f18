"""Where contracts come from: those that the project ships, and packages that a user has added.

An added package is a folder ``<domain>_<version>`` below the contracts folder, with ``contracts/`` (descriptors) and
``xsd/`` (what its folder ``schemas`` held, WSDL files too).
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway.settings import PREFIX

VARIABLE = f"{PREFIX}CONTRACTS_FOLDER"
_NUMBERS = re.compile(r"\d+")
_KEY = re.compile(r"(.+)_(\d+\.\d+)")


class Source(NamedTuple):
    """A descriptor and where its schema is.

    Attributes:
        path: the descriptor.
        base: the folder that holds contracts/, xsd/ and, for ours, wsdl/.
        added: whether a user has added it.
    """

    path: Path
    base: Path
    added: bool

    @property
    def order(self) -> tuple[list[int], bool, list[int]]:
        """What decides between descriptors of one contract: its version, ours before added ones, the package's."""
        found = _KEY.fullmatch(self.path.stem)
        return numbers(found[2] if found else ""), not self.added, numbers(self.base.name.rpartition("_")[2])


def folder(root: Path, setting: str = "") -> Path:
    """The contracts folder: the setting ``contracts_folder``, else one in the data folder.

    A wheel's data folder goes with the next installation: there it is one in the user's state folder.
    """
    named = setting or os.environ.get(VARIABLE, "")
    if named:
        return Path(named)
    if root.name != "_data":
        return root / "contracts" / "added"
    from gateway.storage.place import state_folder

    return state_folder() / "contracts"


def packages(where: Path) -> list[Path]:
    """The packages in a contracts folder, sorted."""
    if not where.is_dir():
        return []
    return sorted(each for each in where.iterdir() if not each.name.startswith(".") and (each / "contracts").is_dir())


def sources(root: Path, setting: str = "") -> Iterator[Source]:
    """Every descriptor, ours first; several may describe one contract, then the one with the highest order counts."""
    for path in sorted((root / "contracts").glob("*.toml")):
        yield Source(path, root, added=False)
    for base in packages(folder(root, setting)):
        for path in sorted((base / "contracts").glob("*.toml")):
            yield Source(path, base, added=True)


def wsdl_file(base: Path, name: str) -> Path:
    """A descriptor's WSDL file: below wsdl/, in an added package beside the schemas."""
    beside = base / "xsd" / name
    return beside if beside.is_file() else base / "wsdl" / name


def numbers(version: str) -> list[int]:
    """The numbers of a version, for comparing; those of a release candidate count as if it had been released."""
    return [int(each) for each in _NUMBERS.findall(version)]
