"""The contracts that messages are judged by, loaded one by one when a message needs them.

A command that checks one message must not compile the schemas of all contracts first.
"""

import difflib
import re
from functools import cached_property
from pathlib import Path

from gateway.contracts.added import Source, sources
from gateway.contracts.contract import Contract, load_contract
from gateway.soap import ns

_RESPONDER = re.compile(rb"^responder\s*=\s*[\"']([^\"']+)[\"']", re.MULTILINE)
_VERSION = re.compile(r"_(\d+)\.(\d+)$")


class Library:
    """The descriptors below a data folder, and the added ones."""

    def __init__(self, root: Path, contracts_folder: str = "") -> None:
        """``contracts_folder``: the setting of that name."""
        self._root, self._folder = root, contracts_folder
        self._loaded: dict[str, Contract | None] = {}

    def by_tag(self, tag: str) -> Contract | None:
        """The contract that a request or response element belongs to.

        Raises:
            DataError: its descriptor or schema is wrong.
        """
        found = self._load(ns.namespace(tag))
        return found if found and tag in (found.request_tag, found.response_tag) else None

    def find(self, name: str) -> Contract | None:
        """By responder namespace, ``Name``, ``Name_m.n`` or ``Name m.n``, ignoring case; newest version first.

        Raises:
            DataError: its descriptor or schema is wrong.
        """
        wanted = name.replace(" ", "_").lower()
        newest = sorted(self._paths.items(), key=lambda item: _version(item[1].stem), reverse=True)
        for responder, path in newest:
            stem = path.stem.lower()
            if wanted in (responder.lower(), stem, stem.rpartition("_")[0]):
                return self._load(responder)
        return None

    def names(self) -> list[str]:
        """``Name m.n`` of every contract, sorted."""
        return sorted(path.stem.replace("_", " ") for path in self._paths.values())

    def nearest(self, tag: str) -> str:
        """``Name m.n`` of the contract whose namespace or name is most like a tag's; blank when none is."""
        space, local = ns.namespace(tag), ns.local(tag).removesuffix("Response")
        keys = dict(self._paths)
        found = difflib.get_close_matches(space, keys, n=1, cutoff=0.8)
        if found:
            return keys[found[0]].stem.replace("_", " ")
        stems = {path.stem.rpartition("_")[0].lower(): path.stem for path in self._paths.values()}
        named = difflib.get_close_matches(local.lower(), stems, n=1, cutoff=0.6)
        return stems[named[0]].replace("_", " ") if named else ""

    def _load(self, responder: str) -> Contract | None:
        if responder not in self._loaded:
            source = self._sources.get(responder)
            self._loaded[responder] = load_contract(source.path, source.base, added=source.added) if source else None
        return self._loaded[responder]

    @cached_property
    def _paths(self) -> dict[str, Path]:
        """Descriptors by responder namespace; the one line that matters is found without reading the whole as TOML."""
        return {responder: source.path for responder, source in self._sources.items()}

    @cached_property
    def _sources(self) -> dict[str, Source]:
        """Ours and those that a user has added; of two minor versions the newer one."""
        found: dict[str, Source] = {}
        for source in sources(self._root, self._folder):
            if match := _RESPONDER.search(source.path.read_bytes()):
                responder = match[1].decode("utf-8", "replace")
                if responder not in found or source.order > found[responder].order:
                    found[responder] = source
        return found


def _version(stem: str) -> tuple[int, int]:
    match = _VERSION.search(stem)
    return (int(match[1]), int(match[2])) if match else (0, 0)
