"""Compressed messages: Content-Encoding gzip and deflate (RFC 9110, 8.4.1), with a guard against bombs."""

import zlib
from functools import lru_cache

from gateway.soap.head import MessageError

_MAX_RATIO = 250  # far above what repeated records reach, far below the 1,000 of a bomb
_FREE_BYTES = 1_048_576  # what may come out whatever the ratio
_MAX_PIECES = 64  # of a gzip message; each piece costs a copy of what follows
_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's names for the three wrappings
_FIRST = b"\x1f\x8b"
_NAMES = {b"gzip": _GZIP, b"x-gzip": _GZIP, b"deflate": _ZLIB, b"identity": 0, b"": 0}


class TooLargeError(MessageError):
    """More comes out than is allowed."""


def inflate(data: bytes, coding: bytes, limit: int) -> bytes:
    """The message inside compressed data.

    Args:
        data: as received.
        coding: value of Content-Encoding; one coding.
        limit: largest message, bytes.

    Raises:
        MessageError: unknown coding, damaged or cut data, or too much of it.
    """
    wrapping = _NAMES.get(coding.strip().lower())
    if wrapping is None:
        raise MessageError(f"Content-Encoding {coding.decode('latin-1')} is not known here; gzip and deflate are")
    if not wrapping:
        return data
    if wrapping == _ZLIB and not _is_zlib(data):
        wrapping = _RAW  # what some senders call deflate (RFC 9110, 8.4.1.2)
    try:
        return _inflate(data, wrapping, limit)
    except zlib.error as error:
        raise MessageError(f"the compressed message is damaged: {error}") from None


def is_known(coding: bytes) -> bool:
    """Whether ``inflate`` understands this value of Content-Encoding."""
    return coding.strip().lower() in _NAMES


@lru_cache(maxsize=256)
def accepts(accepted: bytes, coding: bytes) -> bool:
    """Whether a value of Accept-Encoding names a coding, or any, with a weight above zero.

    A caller that sends none is taken not to accept any: RFC 9110 allows all, but who does not ask seldom understands.
    """
    weights: dict[bytes, bool] = {}
    for item in accepted.lower().split(b","):
        name, *parameters = (part.strip() for part in item.split(b";"))
        weights[name.removeprefix(b"x-")] = not any(_zero(parameter) for parameter in parameters)
    return weights.get(coding.strip().lower().removeprefix(b"x-"), weights.get(b"*", False))


def _zero(parameter: bytes) -> bool:
    name, _, value = parameter.partition(b"=")
    return name.strip() == b"q" and not value.strip().strip(b"0.")


def _is_zlib(data: bytes) -> bool:
    """Whether data starts with the two bytes of RFC 1950: method 8, and a multiple of 31."""
    return len(data) > 1 and data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2], "big") % 31 == 0


def _inflate(data: bytes, wrapping: int, limit: int) -> bytes:
    allowed = min(limit, max(_FREE_BYTES, len(data) * _MAX_RATIO))
    parts: list[bytes] = []
    size = 0
    while data and len(parts) < _MAX_PIECES:
        inflater = zlib.decompressobj(wrapping)
        part = inflater.decompress(data, allowed - size + 1)
        size += len(part)
        if size > allowed:
            raise TooLargeError(
                f"the message is larger than {limit} bytes when it is unpacked"
                if size > limit
                else f"the message is more than {_MAX_RATIO} times as large when it is unpacked"
            )
        if not inflater.eof:
            raise MessageError("the compressed message ends too early")
        parts.append(part)
        data = inflater.unused_data
        if data and (wrapping != _GZIP or not data.startswith(_FIRST)):  # gzip may come in several pieces
            break
    if data:
        raise MessageError("something follows the compressed message")
    return b"".join(parts)
