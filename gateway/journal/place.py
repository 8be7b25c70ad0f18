"""Where the database is, when nobody has said."""

import os
import re
from pathlib import Path

from gateway.settings import Settings

_FILE = "rivta.sqlite3"
_PASSWORD = re.compile("(://[^:@/]*):[^@]*@")


def database_url(settings: Settings) -> str:
    """The setting ``database_url``, or an SQLite file in the user's state folder (never beside the code)."""
    return settings.database_url or f"sqlite:///{state_folder() / _FILE}"


def shown(url: str) -> str:
    """A database URL without its password."""
    return _PASSWORD.sub(r"\1:***@", url)


def state_folder() -> Path:
    """``$XDG_STATE_HOME/rivta``; a relative path there does not count (XDG Base Directory Specification 0.8)."""
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "state") / "rivta"
