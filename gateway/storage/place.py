"""Where the database is, when nobody has said, and what kind it is. Imports no driver."""

import os
import re
from hashlib import blake2b
from pathlib import Path

from gateway import data
from gateway.configuration.kinds import without_password
from gateway.errors import DataError
from gateway.settings import Settings

_POSTGRESQL = re.compile(r"postgres(?:ql)?(?:\+psycopg)?://")
_SQLITE = re.compile(r"sqlite(?:\+pysqlite)?://(?:/([^?]*))?(?:\?.*)?")

NO_FILE = (0, 0)


def database_url(settings: Settings) -> str:
    """The setting ``database_url``, or an SQLite file in the user's state folder (never beside the code).

    The file's name carries a digest of the data folder's path: two copies of the project have two databases, so that
    the engagements of one are not mixed with the routes of the other.

    Raises:
        DataError: there is no setting and no data folder.
    """
    return settings.database_url or f"sqlite:///{state_folder() / f'rivta-{own_name()}.sqlite3'}"


def own_name() -> str:
    """Eight hexadecimal digits that stand for the data folder."""
    return blake2b(os.fsencode(data.root()), digest_size=4).hexdigest()


def shown(url: str) -> str:
    """A database URL without its password."""
    return without_password(url)


def state_folder() -> Path:
    """``$XDG_STATE_HOME/rivta``; a relative path there does not count (XDG Base Directory Specification 0.8)."""
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    return (named if named.is_absolute() else Path.home() / ".local" / "state") / "rivta"


def is_postgresql(url: str) -> bool:
    """Whether a URL means PostgreSQL, in any of the spellings in use."""
    return _POSTGRESQL.match(url) is not None


def sqlalchemy_url(url: str) -> str:
    """The URL as SQLAlchemy wants it: PostgreSQL always through psycopg 3."""
    return _POSTGRESQL.sub("postgresql+psycopg://", url, count=1)


def libpq_url(url: str) -> str:
    """The URL as PostgreSQL's own library wants it."""
    return _POSTGRESQL.sub("postgresql://", url, count=1)


def sqlite_path(url: str) -> Path:
    """The file of an SQLite URL.

    Raises:
        DataError: it is no URL of SQLite or PostgreSQL, or of a database in memory, which no other process would see.
    """
    found = _SQLITE.fullmatch(url)
    if found is None:
        raise unusable(f"{shown(url)!r} begins with neither sqlite:/// nor postgresql://")
    if found[1] in (None, "", ":memory:"):
        raise unusable("a database in memory is seen by one connection only; name a file")
    return Path(found[1])


def unusable(problem: str) -> DataError:
    """What a setting that cannot be used leads to."""
    return DataError(Path("database_url"), 0, f"not usable: {problem}")


def make_private(path: Path) -> None:
    """Make a file that only its owner can read, and its folder; SQLite gives its log the same rights."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def identity(path: Path) -> tuple[int, int]:
    """What tells a file from another of the same name, ``NO_FILE`` when there is none."""
    try:
        found = path.stat()
    except OSError:
        return NO_FILE
    return (found.st_dev, found.st_ino)
