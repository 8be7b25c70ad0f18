"""A PostgreSQL that is made for the tests and removed after them, from the machine's own packages."""

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

VARIABLE = "RIVTA_TEST_POSTGRES"
USER = "rivta"
_PACKAGES = Path("/usr/lib/postgresql")  # Debian's place for it, which is not on the path
_NOBODY = ("postgres", "nobody")  # PostgreSQL refuses to run as root
_FAST = "-c fsync=off -c full_page_writes=off -c shared_buffers=64MB -c max_connections=60"
DURABLE = "-c shared_buffers=512MB -c max_wal_size=4GB -c max_connections=60"
# Ends the server of tests that were killed: it would run for ever.
_GUARD = """
while kill -0 "$1" 2> /dev/null; do sleep 1; done
test -f "$2/data/postmaster.pid" && kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"
sleep 1
rm -rf "$2"
"""


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, the newest version's; None when PostgreSQL is not installed."""
    versions = sorted(_PACKAGES.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    found = shutil.which("initdb")
    return versions[0].parent if versions else Path(found).resolve().parent if found else None


class Cluster:
    """A running server on a free port of the loopback address, with a socket file in its folder.

    Attributes:
        port: TCP port.
        folder: everything it has.
    """

    def __init__(self, folder: Path, programs: Path, options: str = _FAST) -> None:
        self.folder, self._programs, self._options = folder, programs, options
        self._data, self._user = folder / "data", _other_user()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    def create(self) -> None:
        """Make the files and start the server."""
        folder = str(self.folder)
        if self._user:
            shutil.chown(folder, self._user)
        locale = ["--locale=C.UTF-8", "--encoding=UTF8"]
        self._run("initdb", "-D", str(self._data), "-U", USER, "-A", "trust", "--no-sync", "--no-instructions", *locale)
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self.port} -k {self.folder} -h 127.0.0.1 {self._options}"
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-t", "30", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        """Stop it at once, as a machine that fails does."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def url(self, database: str = "postgres") -> str:
        """The URL of a database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments]
        if self._user:
            command = ["setpriv", f"--reuid={self._user}", f"--regid={_group(self._user)}", "--clear-groups", *command]
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stderr.decode('utf-8', 'replace')}"


class PostgreSQL:
    """A server that tests make their databases in.

    Attributes:
        cluster: our own, None for one that somebody else runs.
    """

    def __init__(self, url: str, cluster: Cluster | None) -> None:
        self.cluster, self._url = cluster, url
        self._numbers = itertools.count(1)

    @contextmanager
    def database(self) -> Iterator[str]:
        """A new database, dropped afterwards also when connections are left; its URL."""
        name = f"rivta_test_{os.getpid()}_{next(self._numbers)}"
        self._do(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        try:
            yield str(urlsplit(self._url)._replace(path=f"/{name}").geturl())
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def cluster(options: str = _FAST) -> Iterator[Cluster]:
    """A cluster in a temporary folder of its own: short, because the name of a socket file may have 107 characters.

    ``options`` are the server's; with ``DURABLE`` a commit waits for the disk.

    Raises:
        LookupError: PostgreSQL is not installed.
    """
    programs = binaries()
    if programs is None:
        raise LookupError(f"PostgreSQL is not installed (apt-get install postgresql), and {VARIABLE} names no other")
    folder = Path(tempfile.mkdtemp(prefix="rivta-pg-"))
    made = Cluster(folder, programs, options)
    guard = subprocess.Popen(
        ["sh", "-c", _GUARD, "sh", str(os.getpid()), str(folder)], stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        made.create()
        yield made
    finally:
        guard.kill()
        guard.wait()
        if (folder / "data" / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(folder)


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """The server that the environment names, else one of our own.

    Raises:
        LookupError: there is none.
    """
    named = os.environ.get(VARIABLE, "")
    if named and named != "required":
        yield PostgreSQL(named, None)
        return
    with cluster() as made:
        yield PostgreSQL(made.url(), made)


def _other_user() -> str:
    if os.geteuid() != 0:
        return ""
    for name in _NOBODY:
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise LookupError(f"PostgreSQL does not run as root, and the machine has none of the users {', '.join(_NOBODY)}")


def _group(user: str) -> int:
    return pwd.getpwnam(user).pw_gid
