"""Reads routing/ in a process of its own, so that calls do not wait for it, and hands the rows over packed.

Reading a million rows takes seconds of work during which the interpreter is not always free for anybody else; and a
million rows in a list stop all calls each time the garbage collector looks through them, and when they are let go.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any, Generic, TypeVar, cast

import msgspec

import gateway
from gateway.contracts.contract import Contract, Contracts
from gateway.errors import DataError
from gateway.registry.catalogue import Permission, Route, load_catalogue

T = TypeVar("T")

_FILES = ("routes.toml", "permissions.toml")
_LARGE = 1_000_000  # bytes; less is read faster than a process starts
_ROWS = 500  # in one piece: half a millisecond of work
_WORDS = 10_000  # that are kept in mind
_NICE = 10  # the process gives way to calls
_ROUTES, _PERMISSIONS, _ERROR, _END = b"r", b"p", b"e", b"."


class _Known(msgspec.Struct, frozen=True):
    """What a catalogue needs of a contract's descriptor; attributes as there."""

    responder: str
    name: str
    key: str
    major: str
    order: tuple[int, ...]
    aggregated: bool


class _Order(msgspec.Struct, frozen=True):
    """What the process is to read."""

    root: str
    port_offset: int
    contracts: list[_Known]


class Packed(Generic[T]):
    """Rows as they came from the process; unpacked anew by each look through them.

    A piece is a list of groups: a row, and the receivers that have one like it, with their addresses if it is a route.
    """

    def __init__(self, kind: type[T]) -> None:
        group: Any = tuple[kind, list[str], list[str]]  # type: ignore[valid-type]
        self._groups: Callable[[bytes], list[tuple[Any, list[str], list[str]]]]
        self._groups = msgspec.msgpack.Decoder(list[group]).decode
        self._pieces: list[bytes] = []
        self._count = 0

    def add(self, piece: bytes) -> None:
        """Add a piece."""
        self._pieces.append(piece)
        self._count += sum(len(receivers) for _, receivers, _ in self._groups(piece))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        words: dict[str, str] = {}
        for piece in self._pieces:
            for row, receivers, addresses in self._groups(piece):
                yield from _rows(_with_known(row, words), receivers, addresses)


def _rows(row: Any, receivers: list[str], addresses: list[str]) -> Iterator[Any]:
    _, *rest = msgspec.structs.astuple(row)
    make, shared = type(row), ""
    if make is not Route:
        for receiver in receivers:
            yield make(receiver, *rest)
        return
    contract, _, *rest = rest
    for receiver, address in zip(receivers, addresses, strict=True):
        shared = shared if address == shared else address  # of neighbours that are equal, one is kept
        yield make(receiver, contract, shared, *rest)


def _with_known(row: Any, words: dict[str, str]) -> Any:
    """The row with its texts as others have them already: contracts and senders come a million times."""
    if len(words) > _WORDS:
        words.clear()
    texts = {name: text for name in row.__struct_fields__ if isinstance(text := getattr(row, name), str)}
    return msgspec.structs.replace(row, **{name: words.setdefault(text, text) for name, text in texts.items()})


def is_large(root: Path) -> bool:
    """Whether the files below ``root/routing`` had better be read apart."""
    return sum(path.stat().st_size for name in _FILES if (path := root / "routing" / name).exists()) > _LARGE


def load_apart(
    root: Path,
    contracts: Contracts,
    *,
    port_offset: int = 0,
    begun: Callable[["subprocess.Popen[bytes]"], object] = lambda _: None,
) -> tuple[Packed[Route], Packed[Permission]]:
    """What ``load_catalogue`` reads of routes and permissions. Waits: for a thread.

    ``begun`` is told of the process, for whoever may want to end it.

    Raises:
        DataError: a file is broken, or the process has ended before it was done.
    """
    known = [msgspec.convert(contract.descriptor, _Known, from_attributes=True) for contract in contracts.values()]
    order = _Order(str(root), port_offset, known)
    routes, permissions = Packed(Route), Packed(Permission)
    above = str(Path(gateway.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (above, os.environ.get("PYTHONPATH"))))}
    with tempfile.TemporaryFile() as told:
        command = [sys.executable, "-m", __name__]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=told, env=environment) as process:  # noqa: S603
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(msgspec.json.encode(order))
            process.stdin.close()
            begun(process)
            ended = b""
            for kind, piece in _pieces(process.stdout):
                if kind == _ERROR:
                    path, line, problem = msgspec.msgpack.decode(piece, type=tuple[str, int, str])
                    raise DataError(Path(path), line, problem)
                if kind == _ROUTES:
                    routes.add(piece)
                elif kind == _PERMISSIONS:
                    permissions.add(piece)
                ended = kind
        if ended != _END:
            told.seek(0)
            last = told.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
            why = f"the process that reads it ended with status {process.returncode}: {last or 'without a word'}"
            raise DataError(root / "routing", 0, why)
    return routes, permissions


def _pieces(pipe: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Kind and content of each; ends early when the process does."""
    while len(head := pipe.read(5)) == 5:
        size = int.from_bytes(head[1:], "big")
        content = pipe.read(size)
        if len(content) < size:
            return
        yield head[:1], content


def _grouped(rows: Iterable[Route | Permission]) -> list[tuple[Route | Permission, list[str], list[str]]]:
    """Neighbours that differ in receiver and address only, together."""
    groups: list[tuple[Route | Permission, list[str], list[str]]] = []
    before: object = None
    for row in rows:
        receiver, *shared = msgspec.structs.astuple(row)
        if isinstance(row, Route):
            del shared[1]
        if shared != before:
            groups.append((row, [], []))
            before = shared
        groups[-1][1].append(receiver)
        if isinstance(row, Route):
            groups[-1][2].append(row.address)
    return groups


def _write(pipe: IO[bytes], kind: bytes, content: object) -> None:
    packed = msgspec.msgpack.encode(content)
    pipe.write(kind + len(packed).to_bytes(4, "big") + packed)


def main(order: bytes, pipe: IO[bytes]) -> None:
    """Read what is ordered and write it in pieces. This runs in the process of its own."""
    wanted = msgspec.json.decode(order, type=_Order)
    contracts = Contracts()
    for each in wanted.contracts:
        contracts[each.responder] = cast(Contract, SimpleNamespace(descriptor=each, key=each.key))
    try:
        found = load_catalogue(Path(wanted.root), contracts, port_offset=wanted.port_offset)
    except DataError as error:
        _write(pipe, _ERROR, (str(error.path), error.line, error.problem))
        return
    for kind, rows in ((_ROUTES, iter(found.routes)), (_PERMISSIONS, iter(found.permissions))):
        while groups := _grouped(islice(rows, _ROWS)):
            _write(pipe, kind, groups)
    _write(pipe, _END, None)


if __name__ == "__main__":
    if hasattr(os, "nice"):
        os.nice(_NICE)
    main(sys.stdin.buffer.read(), sys.stdout.buffer)
