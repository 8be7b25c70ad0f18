"""Addresses of WSDL files that do not follow the usual form: the national router's ``wsdlconfig.json``."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from gateway.errors import DataError

_PREFIX = "vp/"
_RESPONDER = "responder"


class _Row(msgspec.Struct, frozen=True):
    """Keys of the national file."""

    tjanstekontrakt: str
    wsdlfilepath: str
    wsdlurl: str


class Address(NamedTuple):
    """One row.

    Attributes:
        path: where it is served, below the first segment, lower case.
        file: the WSDL file.
        usual: how the usual addresses of the same contract begin, lower case; this row replaces them.
    """

    path: str
    file: Path
    usual: str


def addresses(path: Path) -> Iterator[Address]:
    """The rows of a file; relative paths of WSDL files count from the folder that it stands in.

    Raises:
        DataError: unreadable, not such JSON, or a row that cannot be used.
    """
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list[_Row])
    except OSError as error:
        raise DataError(path, 0, f"cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        expected = 'Expected a list of {"tjanstekontrakt": …, "wsdlfilepath": …, "wsdlurl": "vp/…"}'
        raise DataError(path, 0, f"{error}. {expected}") from None
    for row in rows:
        file = (path.parent / row.wsdlfilepath.removeprefix("file:")).resolve()
        if row.wsdlfilepath.startswith("classpath:"):
            raise DataError(path, 0, f"wsdlfilepath {row.wsdlfilepath}: there are no class paths here; name the file")
        if not file.is_file():
            raise DataError(path, 0, f"wsdlfilepath {row.wsdlfilepath} leads to no file")
        if not row.wsdlurl.lower().startswith(_PREFIX):
            raise DataError(path, 0, f"wsdlurl {row.wsdlurl} does not begin with vp/")
        yield Address(row.wsdlurl[len(_PREFIX) :].lower(), file, _usual(row.tjanstekontrakt))


def _usual(contract: str) -> str:
    """``urn:riv:a:b:GetXResponder:2`` is usually below ``a/b/getx/2/``."""
    parts = contract.lower().removeprefix("urn:").removeprefix("riv:").split(":")
    if len(parts) > 1:
        parts[-2] = parts[-2].removesuffix(_RESPONDER)
    return "/".join((*parts, ""))
