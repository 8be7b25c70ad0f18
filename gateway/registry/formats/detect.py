"""Tells which of the catalogue's formats a file is in, and reads it."""

from pathlib import Path

from gateway.contracts.contract import Contracts
from gateway.errors import DataError
from gateway.registry.catalogue import load_catalogue
from gateway.registry.formats import cache, order, snapshot
from gateway.registry.formats.content import Publication
from gateway.registry.formats.errors import wrong
from gateway.registry.formats.flat import Flat, of_catalogue
from gateway.registry.formats.order import Order

Found = Publication | Flat | Order
_BOM = b"\xef\xbb\xbf"
_FOLDER = "routing"


def read(path: Path, contracts: Contracts, *, port_offset: int = 0) -> Found:
    """Read a catalogue in any format: a publication or an order (JSON), a router's copy or an answer (XML), or files.

    Args:
        path: a file, or a folder named ``routing``, or one that holds such a folder.
        contracts: whose names the files in routing/ may use.
        port_offset: added to the ports of producers.toml.

    Raises:
        DataError: it cannot be read; a FormatError says so in both languages.
    """
    if path.is_dir():
        root = path.parent if path.name == _FOLDER else path
        return of_catalogue(load_catalogue(root.resolve(), contracts, port_offset=port_offset))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(path, 0, f"cannot be read: {error.strerror}") from None
    return parsed(path, data)


def parsed(path: Path, data: bytes) -> Found:
    """The same of the bytes of a file.

    Raises:
        FormatError: it is in none of the formats, or broken.
    """
    plain = snapshot.unpacked(path, data).removeprefix(_BOM)
    if plain.lstrip().startswith(b"<"):
        return cache.read(path, plain)
    if any(name in plain for name in (b'"inkludera"', b'"exkludera"', b'"genomforandeTidpunkt"')):
        return order.read(path, plain)
    if plain.lstrip().startswith(b"{"):
        return snapshot.read(path, plain)
    raise wrong(path, "unknown")
