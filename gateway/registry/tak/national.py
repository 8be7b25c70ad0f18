"""A national catalogue as the source of routes and permissions, and the local copy for when it cannot be reached.

As the national routers do it: both are fetched whole, an empty list is a failure, what was fetched is saved, what is in
use is kept when a refresh fails, and a start without the catalogue takes the copy.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from gateway.errors import DataError
from gateway.registry.formats import cache, vagval
from gateway.registry.formats.content import Content, Publication
from gateway.registry.formats.errors import wrong
from gateway.registry.formats.flat import Flat
from gateway.registry.formats.rebuild import rebuild
from gateway.settings import Settings
from gateway.storage import place

Fetch = Callable[[bytes], bytes]
"""Puts a question to the catalogue and returns the answer; raises DataError. Waits: for a thread."""

REFRESH_OK, REFRESH_FAILED = "REFRESH_OK", "REFRESH_FAILED"
RESTORED, REUSING = "RESTORED_FROM_LOCAL_CACHE", "REUSING_EXISTING_CACHE"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was got.

    Attributes:
        status: ``REFRESH_OK``, ``RESTORED_FROM_LOCAL_CACHE`` or ``REFRESH_FAILED``.
        problem: why it is not fresh, English.
        copy_problem: why the copy could not be written, or read, English.
    """

    flat: Flat
    status: str
    problem: str = ""
    copy_problem: str = ""


class NationalCatalogue:
    """Fetches from a national catalogue.

    Attributes:
        url: where it is.
        path: of the local copy.
    """

    def __init__(self, settings: Settings, fetch: Fetch) -> None:
        self.url, self._fetch = settings.catalogue_url, fetch
        name = blake2b(self.url.encode(), digest_size=4).hexdigest()
        self.path = Path(settings.catalogue_file or place.state_folder() / f"local-tak-cache-{name}.xml")

    def fetch(self) -> Refreshed:
        """Fetch and save. For a thread.

        Raises:
            DataError: the catalogue cannot be reached or read, or has nothing; what is in use is to be kept.
        """
        here = Path(self.url)
        routes = cache.read(here, self._fetch(vagval.request(vagval.ROUTES))).routes
        if not routes:
            raise wrong(here, "empty", kind=vagval.ROUTES)
        permissions = cache.read(here, self._fetch(vagval.request(vagval.PERMISSIONS))).permissions
        if not permissions:
            raise wrong(here, "empty", kind=vagval.PERMISSIONS)
        found = Flat(routes, permissions)
        return Refreshed(found, REFRESH_OK, copy_problem=self._save(found))

    def start(self) -> Refreshed:
        """The same at a start, when there is nothing to keep: else the copy, else nothing."""
        try:
            return self.fetch()
        except DataError as error:
            problem = str(error)
        try:
            return Refreshed(self.restored(), RESTORED, problem)
        except DataError as error:
            return Refreshed(Flat(), REFRESH_FAILED, problem, error.problem)

    def restored(self) -> Flat:
        """What the copy says.

        Raises:
            DataError: there is none, or it cannot be read.
        """
        try:
            return cache.read(self.path, self.path.read_bytes())
        except OSError as error:
            raise DataError(self.path, 0, f"cannot be read: {error.strerror}") from None

    def publication(self) -> Publication:
        """The whole, as far as routers know it, from the copy.

        Raises:
            DataError: there is none, or it cannot be read.
        """
        return Publication(rebuild(self.restored(), Content()))

    def _save(self, found: Flat) -> str:
        """Write the copy in one go, so that there is always a whole one; why that failed."""
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        try:
            place.make_private(draft)
            draft.write_bytes(cache.write(rebuild(found, Content())))
            draft.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            return str(error)
        return ""
