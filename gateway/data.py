"""Where the data of the project is: contracts, wsdl, xsd, routing and fixtures."""

from functools import cache
from pathlib import Path

FOLDERS = ("contracts", "wsdl", "xsd", "routing", "fixtures")


@cache
def root() -> Path:
    """The folder that holds contracts/, wsdl/, xsd/, routing/ and fixtures/.

    A wheel carries them inside the package (``gateway/_data``); a checkout has them beside it.

    Raises:
        FileNotFoundError: neither place holds them.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "_data", package.parent):
        if all((candidate / folder).is_dir() for folder in FOLDERS):
            return candidate
    raise FileNotFoundError(f"none of the folders {', '.join(FOLDERS)} beside or inside {package}")
