"""What is public about contracts that a package may hold: ``contracts/known/aggregation.toml``."""

from pathlib import Path
from typing import Literal

import msgspec

from gateway.contracts.descriptor import Table
from gateway.tomlfile import load

FILE = Path("contracts", "known", "aggregation.toml")


class Known(Table, frozen=True, kw_only=True):
    """How the national aggregating service asks with a contract.

    Attributes:
        responder: namespace of the contract.
        result: whether its answer has a result element.
        category_filter, newest_months, refused, per_source, merged: as in a descriptor.
    """

    responder: str
    service_domain: str
    categorization: tuple[str, ...]
    patient: str
    source_filter: str = ""
    records: str
    call_per: Literal["source_system", "logical_address"] = "source_system"
    result: bool = True
    category_filter: str = ""
    newest_months: int = 0
    refused: dict[str, str] = msgspec.field(default_factory=dict)
    per_source: dict[str, Literal["logical_address", "person"]] = msgspec.field(default_factory=dict)
    merged: tuple[str, ...] = ()


class _File(Table, frozen=True, kw_only=True):
    """The file."""

    contract: tuple[Known, ...] = ()


def load_known(root: Path) -> dict[str, Known]:
    """The rows by responder namespace; none when the data folder has no such file.

    Raises:
        DataError: the file is broken.
    """
    path = root / FILE
    return {row.responder: row for row in load(path, _File).contract} if path.is_file() else {}
