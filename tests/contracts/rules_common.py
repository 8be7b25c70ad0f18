"""What a rule about contract files is, and the checks that WSDL and XSD files share."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from contract_files import XS, ContractFile


@dataclass(frozen=True)
class Rule:
    """A rule: its number and level, what it demands, the check, and (old, new) that breaks a good file."""

    number: str
    level: str
    demand: str
    check: Callable[[ContractFile], Iterator[str]]
    breaks: tuple[str, str]
    breaks_name: bool = False

    def broken(self, file: ContractFile) -> ContractFile:
        if self.breaks_name:
            return file.renamed(file.name.replace(*self.breaks))
        return file.changed(*self.breaks)


def differs(what: str, found: object, wanted: object) -> Iterator[str]:
    if found != wanted:
        yield f"{what} is {found!r}, should be {wanted!r}"


def encoding(file: ContractFile) -> Iterator[str]:
    declared = file.root.getroottree().docinfo.encoding or ""
    if declared.upper() not in ("UTF-8", "UTF-16"):
        yield f"encoding {declared!r}"


def imports_resolve(file: ContractFile) -> Iterator[str]:
    for imported in file.root.iter(f"{XS}import"):
        if not (file.path.parent / imported.get("schemaLocation", "")).is_file():
            yield f"{imported.get('schemaLocation')} is not there"
