"""Where the catalogue and the HSA tree come from: the database, the reviewable files, or the last good copy.

Whoever publishes tells so in the same transaction (``changes.bump``); a database in which nobody ever has is empty.
"""

import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.contracts.contract import Contracts
from gateway.errors import DataError
from gateway.registry.apart import is_large, load_apart
from gateway.registry.catalogue import Catalogue, Permission, Route, load_catalogue
from gateway.registry.database import load_rows, load_tree
from gateway.registry.formats.content import Content, Publication
from gateway.registry.formats.flat import Described, of_catalogue, to_rows
from gateway.registry.formats.rebuild import rebuild
from gateway.registry.hsa import HsaTree
from gateway.registry.tak.national import REFRESH_FAILED, REFRESH_OK, RESTORED, Fetch, NationalCatalogue, Refreshed
from gateway.registry.tak.reading import newest, version
from gateway.settings import Settings
from gateway.storage import catalogue_rows, place
from gateway.storage.errors import StorageError
from gateway.storage.reading import Numbers, is_missing, numbers, numbers_in, reading

_NONE_THERE = "holds no publication; see rivta tak publish, or set catalogue to auto or files"


@dataclass(frozen=True, slots=True)
class Read:
    """A catalogue that was read.

    Attributes:
        tree: from the database, None when there is none in it or hsa_files are set.
        origin: where all this came from, English, for the log.
        files: whether it came from routing/.
        numbers: how often each kind of data in the database had changed; None when it could not be reached.
        trouble: why not, English, blank when it could.
        refresh: of a national catalogue, how it went; None when the catalogue does not come from one.
    """

    routes: Iterable[Route]
    permissions: Iterable[Permission]
    origin: str
    tree: HsaTree | None = None
    files: bool = False
    numbers: Numbers | None = None
    trouble: str = ""
    refresh: Refreshed | None = None


class Source:
    """Reads the catalogue from where the settings ``catalogue`` and ``database_url`` say it is.

    Attributes:
        url: of the database.
        national: the national catalogue that routes and permissions are fetched from, None for none.
    """

    def __init__(self, settings: Settings, root: Path, contracts: Contracts, fetch: Fetch | None = None) -> None:
        """``fetch`` puts questions to the national catalogue that the settings name."""
        self.url = place.database_url(settings)
        self.national = NationalCatalogue(settings, fetch) if settings.catalogue_url and fetch else None
        self._fetched_before = False
        self._settings, self._root, self._contracts = settings, root, contracts
        self._stopped = False
        self._apart: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """End the process that reads large files, if there is one; ``read``, in its thread, raises DataError then."""
        self._stopped = True
        if self._apart is not None:
            self._apart.kill()

    def _begun(self, process: "subprocess.Popen[bytes]") -> None:
        self._apart = process
        if self._stopped:
            process.kill()

    def read(self, start: Catalogue | None = None) -> Read:
        """Read everything. For a thread, when calls are under way.

        Args:
            start: what the files say, when the gateway starts: then there is nothing to keep if the database cannot be
                reached, and the last good copy is taken, or the files.

        Raises:
            DataError: a file is broken, or the database cannot be read and this is no start.
        """
        self._stopped = False
        if self.national is not None:
            return self._fetched(self.national, start)
        if self._settings.catalogue == "files" and self._settings.hsa_files:
            return self._files(start, numbers={})
        try:
            return self._database(start)
        except StorageError as error:
            if start is None:
                raise DataError(Path("database"), 0, str(error)) from None
            return replace(self._without_database(start), numbers=None, trouble=str(error))

    def _fetched(self, national: NationalCatalogue, start: Catalogue | None) -> Read:
        """Routes and permissions from a national catalogue; the HSA tree is ours all the same."""
        found = national.fetch() if self._fetched_before and start is None else national.start()
        if found.status == REFRESH_FAILED and start is None:
            raise DataError(Path(national.url), 0, found.problem)
        self._fetched_before = found.status != REFRESH_FAILED
        origin = {REFRESH_OK: national.url, RESTORED: f"the local copy, {national.path}"}.get(found.status, "nowhere")
        routes, permissions = to_rows(found.flat, national.url)
        tree, seen, trouble = None, dict[str, int](), ""
        try:
            if not is_missing(self.url):
                with reading(self.url) as select:
                    seen = numbers_in(select)
                    tree = self._tree(catalogue_rows.reader(select)) if "hsa" in seen else None
        except StorageError as error:
            if start is None:
                raise DataError(Path("database"), 0, str(error)) from None
            trouble = str(error)
        return Read(
            routes, permissions, origin, tree, numbers=None if trouble else seen, trouble=trouble, refresh=found
        )

    def version(self, number: int) -> Publication | None:
        """A publication of any age, None when there is none of that number. For a thread.

        Raises:
            DataError: it cannot be read.
        """
        try:
            return version(self.url, number)
        except StorageError as error:
            raise DataError(Path("database"), 0, str(error)) from None

    def publication(self) -> Publication:
        """The whole catalogue, with all that a gateway does not route by. For a thread: it may be large.

        Raises:
            DataError: it cannot be read.
        """
        if self.national is not None:
            return self.national.publication()
        if self._settings.catalogue != "files":
            try:
                found = newest(self.url)
            except StorageError as error:
                raise DataError(Path("database"), 0, str(error)) from None
            if found is not None or self._settings.catalogue == "database":
                return found or Publication(Content())
        offset = self._settings.producer_port_offset
        files = load_catalogue(self._root, self._contracts, port_offset=offset)
        described = {
            each.descriptor.responder: Described(each.descriptor.title.sv, *each.descriptor.order[:2])
            for each in self._contracts.values()
        }
        return Publication(rebuild(replace(of_catalogue(files), contracts=described), Content()))

    def _database(self, start: Catalogue | None) -> Read:
        seen: Numbers = {}
        if not is_missing(self.url):
            with reading(self.url) as select:
                seen = numbers_in(select)
                read = catalogue_rows.reader(select)
                wanted = self._settings.catalogue != "files" and "catalogue" in seen
                if wanted and (version := catalogue_rows.newest_publication(select)):
                    return self._published(read, version, seen)
                tree = self._tree(read) if "hsa" in seen else None
                return self._unpublished(start, seen, tree)
        return self._unpublished(start, seen, None)

    def _published(self, read: catalogue_rows.Read, version: int, seen: Numbers) -> Read:
        """The newest publication. A database that others have, too, may be out of reach one day: keep a copy."""
        path = catalogue_rows.copy_path(self.url)
        if not place.is_postgresql(self.url) or _numbers_of(path) == seen:
            return self._rows(read, version, seen, place.shown(self.url))
        with catalogue_rows.Copy(read, path, seen) as copy:
            return self._rows(copy.read, version, seen, place.shown(self.url))

    def _rows(self, read: catalogue_rows.Read, version: int, seen: Numbers, where: str) -> Read:
        routes, permissions = load_rows(read, version)
        return Read(routes, permissions, f"publication {version} in {where}", self._tree(read), numbers=seen)

    def _tree(self, read: catalogue_rows.Read) -> HsaTree | None:
        tree = load_tree(read)
        return None if self._settings.hsa_files else tree

    def _unpublished(self, start: Catalogue | None, seen: Numbers, tree: HsaTree | None) -> Read:
        if self._settings.catalogue == "database":
            raise DataError(Path("database"), 0, f"{place.shown(self.url)} {_NONE_THERE}")
        return replace(self._files(start, seen), tree=tree)

    def _without_database(self, start: Catalogue) -> Read:
        path = catalogue_rows.copy_path(self.url)
        if self._settings.catalogue != "files" and path.is_file():
            with suppress(StorageError), reading(f"sqlite:///{path}") as select:
                version = catalogue_rows.newest_publication(select)
                return self._rows(catalogue_rows.reader(select), version, {}, f"the last good copy, {path}")
        if self._settings.catalogue == "database":
            return Read((), (), "nowhere: there is no last good copy either")
        return self._files(start, {})

    def _files(self, start: Catalogue | None, numbers: Numbers) -> Read:
        where, offset = str(self._root / "routing"), self._settings.producer_port_offset
        if start is None and is_large(self._root):  # calls are under way
            rows = load_apart(self._root, self._contracts, port_offset=offset, begun=self._begun)
            return Read(*rows, where, files=True, numbers=numbers)
        found = start or load_catalogue(self._root, self._contracts, port_offset=offset)
        return Read(found.routes, found.permissions, where, files=True, numbers=numbers)


def _numbers_of(path: Path) -> Numbers | None:
    """Of what moment a copy is."""
    try:
        return numbers(f"sqlite:///{path}") if path.is_file() else None
    except StorageError:
        return None
