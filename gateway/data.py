"""Where the data of the project is: contracts, wsdl, xsd, routing and fixtures."""

import os
from functools import cache
from pathlib import Path

from gateway.errors import DataError

VARIABLE = "RIVTA_DATA"
FOLDERS = ("contracts", "wsdl", "xsd", "routing", "fixtures")


@cache
def root() -> Path:
    """The folder that holds contracts/, wsdl/, xsd/, routing/ and fixtures/.

    A wheel carries them inside the package (``gateway/_data``); a checkout has them beside it. The environment
    variable ``RIVTA_DATA`` names another folder, such as a copy to try things in.

    Raises:
        DataError: a folder is missing.
    """
    package = Path(__file__).resolve().parent
    named = os.environ.get(VARIABLE)
    candidates = (Path(named),) if named else (package / "_data", package.parent)
    for candidate in candidates:
        if all((candidate / folder).is_dir() for folder in FOLDERS):
            return candidate.resolve()
    raise DataError(candidates[-1], 0, f"expected the folders {', '.join(FOLDERS)} here")
