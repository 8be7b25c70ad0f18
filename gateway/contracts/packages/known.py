"""What is public about contracts that a package may hold: ``contracts/known/aggregation.toml``."""

from pathlib import Path
from typing import Literal

from gateway.contracts.descriptor import Table
from gateway.tomlfile import load

FILE = Path("contracts", "known", "aggregation.toml")


class Known(Table, frozen=True, kw_only=True):
    """How the national aggregating service asks with a contract.

    Attributes:
        responder: namespace of the contract.
        result: whether its answer has a result element.
        limit_sv, limit_en: what it does that ours does not; blank when nothing.
    """

    responder: str
    service_domain: str
    categorization: tuple[str, ...]
    patient: str
    source_filter: str = ""
    records: str
    call_per: Literal["source_system", "logical_address"] = "source_system"
    result: bool = True
    limit_sv: str = ""
    limit_en: str = ""


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
