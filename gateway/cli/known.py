"""The contracts that a command knows: the project's, and those in the folder that ``contracts_folder`` names.

Commands ask here, so that the folder counts whether a settings file, the environment or nobody names it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from gateway import data
from gateway.settings import from_environment

if TYPE_CHECKING:
    from gateway.contracts.contract import Contracts


def contracts_folder(config: Path | None = None) -> str:
    """The setting; ``config`` is the settings file.

    Raises:
        DataError: the settings cannot be used.
    """
    return from_environment(config).contracts_folder


def contracts(config: Path | None = None) -> "Contracts":
    """All of them, loaded.

    Raises:
        DataError: the settings, or files of a contract, cannot be used.
    """
    from gateway.contracts.contract import load_all

    return load_all(data.root(), contracts_folder(config))
