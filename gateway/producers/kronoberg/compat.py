"""Lets spyne 2.14 (February 2022, its last release) start on Python 3.12 and later.

spyne carries a copy of ``six`` 1.14 whose import hook has only ``find_module``. Python 3.12 no longer asks
for that (https://docs.python.org/3/whatsnew/3.12.html, "Removed: importlib"), so ``spyne.util.six.moves``
is not found and ``import spyne`` fails. The maintained ``six`` has the same names and a current hook; its
modules are registered under the names of the copy. Python 3.13 also dropped ``cgi``, which spyne uses for
one header parser: the distribution ``legacy-cgi`` brings it back and is declared as a dependency.
"""

import importlib
import operator
import sys
from types import ModuleType
from typing import Final

_COPY: Final = "spyne.util.six"
_MOVES: Final = (
    "moves",
    "moves.collections_abc",
    "moves.http_cookies",
    "moves.urllib",
    "moves.urllib.error",
    "moves.urllib.parse",
    "moves.urllib.request",
)


def install() -> None:
    """Make the maintained ``six`` answer to ``spyne.util.six``, where spyne's copy cannot work.

    Does nothing before Python 3.12, and nothing the second time.

    Raises:
        ImportError: ``six`` is not installed.
    """
    if sys.version_info < (3, 12) or _COPY in sys.modules:
        return
    six = importlib.import_module("six")
    copy = ModuleType(_COPY, six.__doc__)
    copy.__dict__.update({name: value for name, value in vars(six).items() if not name.startswith("__")})
    # spyne's one addition to its copy.
    copy.__dict__["get_function_name"] = operator.attrgetter("__name__")
    sys.modules[_COPY] = copy
    for name in _MOVES:
        sys.modules[f"{_COPY}.{name}"] = importlib.import_module(f"six.{name}")
