"""Which messages a run looks at: files, folders, patterns, standard input; and the request that each answers."""

import gc
import glob
import io
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from gateway.contracts.messages import large
from gateway.contracts.messages.checker import Checked, Checker, Options

STDIN = "-"
_CHUNK = 65_536  # bytes
_GARBAGE = 50_000  # objects made between two looks for cycles
_BATCH = 200  # messages that a process gets at a time


class Message(NamedTuple):
    """A message to check.

    Attributes:
        name: for the findings.
        path: its file; blank when ``data`` is given.
        request: file of the request that it answers, blank when there is none.
        data, request_data: what does not stand in a file.
    """

    name: str
    path: str = ""
    request: str = ""
    data: bytes = b""
    request_data: bytes | None = None


class NoMessages(Exception):
    """A path or pattern leads to no message; the text is the path."""


def named(paths: Iterable[str], request: str = "") -> Iterator[Message]:
    """The messages that paths lead to: files as they are, folders with all their ``.xml`` files, patterns with ``*``.

    Args:
        request: the request that all of them answer; else one is looked for beside each response.

    Raises:
        NoMessages: nothing is there.
    """
    _listing.cache_clear()
    for path in paths:
        files = list(_files(path))
        if not files:
            raise NoMessages(path)
        for each in files:
            yield Message(each, each, request or _request_beside(each))


def check_all(root: Path, options: Options, messages: Iterable[Message], jobs: int) -> Iterator[Checked]:
    """Check messages, in order, in ``jobs`` processes.

    Raises:
        DataError: the files of a contract are wrong.
        LookupError: the wanted contract is not known.
        OSError: a file cannot be read.
    """
    checker = Checker(root, options)
    _tune()
    if jobs <= 1:
        for message in messages:
            yield check_one(checker, message)
        return
    from concurrent.futures import ProcessPoolExecutor

    waiting = iter(messages)
    with ProcessPoolExecutor(jobs, initializer=_start, initargs=(root, options)) as pool:
        for checked in pool.map(_check_batch, iter(lambda: list(islice(waiting, _BATCH)), [])):
            yield from checked


def check_one(checker: Checker, message: Message) -> Checked:
    """Check one message; a large one without holding it whole.

    Raises:
        OSError: its file cannot be read.
    """
    request = Path(message.request).read_bytes() if message.request else message.request_data
    if message.path == STDIN:
        return _stream(checker, message.name, open(0, "rb", closefd=False), request)
    if not message.path:
        return checker.check(message.name, message.data, request)
    descriptor = os.open(message.path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    data = os.read(descriptor, _CHUNK)
    if len(data) < _CHUNK:
        os.close(descriptor)
        return checker.check(message.name, data, request)
    with open(descriptor, "rb") as file:
        size = os.fstat(descriptor).st_size
        if size > checker.options.max_bytes:
            return checker.unusable(checker.too_large(message.name, size))
        file.seek(0)
        return _stream(checker, message.name, file, request)


def _stream(checker: Checker, name: str, file: BinaryIO, request: bytes | None) -> Checked:
    """What can be held is judged whole, the rest piece by piece; nobody reads more than is allowed."""
    head = file.read(large.LARGE + 1)
    if len(head) <= large.LARGE:
        return checker.check(name, head, request)
    return large.check(checker, name, _Limited(head, file, checker.options.max_bytes), request)


class _Limited:
    """A head that was read already and the rest of its file; more bytes than allowed are an error."""

    def __init__(self, head: bytes, file: BinaryIO, most: int) -> None:
        self._head, self._file, self._left = io.BytesIO(head), file, most

    def read(self, size: int = -1, /) -> bytes:
        """As a file.

        Raises:
            OverflowError: more than is allowed.
        """
        part = self._head.read(size) or self._file.read(size)
        self._left -= len(part)
        if self._left < 0:
            raise OverflowError
        return part


def _files(path: str) -> Iterator[str]:
    folder, name = os.path.split(path)
    if path == STDIN or (name.endswith(".xml") and name in _listing(folder)) or os.path.isfile(path):
        yield path
    elif os.path.isdir(path):
        yield from sorted(str(file) for file in Path(path).rglob("*.xml") if file.is_file())
    elif glob.has_magic(path):
        yield from sorted(each for each in glob.iglob(path, recursive=True) if os.path.isfile(each))


def _request_beside(path: str) -> str:
    """The file with the request that a response answers, by its name: ``x_response.xml`` and ``x_request.xml``."""
    folder, name = os.path.split(path)
    stem, extension = os.path.splitext(name)
    if "request" in stem.lower() or path == STDIN:
        return ""
    candidate = (stem.replace("response", "request") if "response" in stem else f"{stem}_request") + extension
    return os.path.join(folder, candidate) if candidate in _listing(folder) else ""


@lru_cache(maxsize=64)
def _listing(folder: str) -> frozenset[str]:
    """The names in a folder: asked once, not for every file in it."""
    try:
        return frozenset(os.listdir(folder or "."))
    except OSError:
        return frozenset()


_own: list[Checker] = []


def _tune() -> None:
    """What a check makes has no cycles, so that looking for them often is a waste."""
    gc.set_threshold(_GARBAGE)


def _start(root: Path, options: Options) -> None:
    _tune()
    _own.append(Checker(root, options))


def _check_batch(messages: list[Message]) -> list[Checked]:
    return [check_one(_own[0], message) for message in messages]
