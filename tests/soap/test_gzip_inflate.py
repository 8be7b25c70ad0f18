"""``gateway.soap.gzip``: compressed messages, and what is no message but a bomb."""

import gzip as python_gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.soap.gzip import TooLargeError, accepts, inflate, is_known
from gateway.soap.head import MessageError

MESSAGE = "<a>Åäö</a>".encode() * 50
LIMIT = 100_000
RAW = zlib.compressobj(wbits=-15)
PACKED = {
    b"gzip": python_gzip.compress(MESSAGE, mtime=0),
    b"deflate": zlib.compress(MESSAGE),
    b"DEFLATE ": RAW.compress(MESSAGE) + RAW.flush(),
    b"X-Gzip": python_gzip.compress(MESSAGE[:100], mtime=0) + python_gzip.compress(MESSAGE[100:], mtime=0),
    b"identity": MESSAGE,
    b"": MESSAGE,
}


@pytest.mark.parametrize("coding", PACKED)
def test_every_coding_is_unpacked(coding: bytes) -> None:
    """RFC 9110, section 8.4.1; deflate also without zlib's wrapping, as some send it."""
    assert inflate(PACKED[coding], coding, LIMIT) == MESSAGE
    assert is_known(coding)


@pytest.mark.parametrize("coding", [b"br", b"zstd", b"gzip, gzip", b"gzip;q=1", b"\xe5"])
def test_other_codings_are_told(coding: bytes) -> None:
    with pytest.raises(MessageError, match="is not known here; gzip and deflate are"):
        inflate(b"x", coding, LIMIT)
    assert not is_known(coding)


@pytest.mark.parametrize(
    ("data", "coding", "told"),
    [
        (PACKED[b"gzip"][:-1], b"gzip", "ends too early"),
        (PACKED[b"deflate"][:-5], b"deflate", "ends too early"),
        (PACKED[b"gzip"][:5], b"gzip", "ends too early"),
        (PACKED[b"gzip"] + b"x", b"gzip", "something follows"),
        (PACKED[b"deflate"] * 2, b"deflate", "something follows"),
        (PACKED[b"gzip"][:-8] + b"12345678", b"gzip", "damaged"),
        (MESSAGE, b"gzip", "damaged"),
        (MESSAGE, b"deflate", "damaged"),
        (python_gzip.compress(b"", mtime=0) * 65, b"gzip", "something follows"),
    ],
)
def test_what_is_damaged_is_told(data: bytes, coding: bytes, told: str) -> None:
    with pytest.raises(MessageError, match=told):
        inflate(data, coding, LIMIT)


def test_nothing_is_nothing() -> None:
    assert inflate(b"", b"gzip", LIMIT) == b""


def test_the_limit_is_that_of_the_message() -> None:
    assert inflate(PACKED[b"gzip"], b"gzip", len(MESSAGE)) == MESSAGE
    with pytest.raises(TooLargeError, match=f"larger than {len(MESSAGE) - 1} bytes when it is unpacked"):
        inflate(PACKED[b"gzip"], b"gzip", len(MESSAGE) - 1)
    with pytest.raises(TooLargeError, match="larger than 100 bytes"):
        inflate(PACKED[b"X-Gzip"], b"x-gzip", 100)


def test_a_bomb_stops_long_before_the_limit() -> None:
    """Ten megabytes of zeros in ten kilobytes: a thousand to one, which no message reaches."""
    bomb = python_gzip.compress(bytes(10_000_000), mtime=0)
    with pytest.raises(TooLargeError, match="more than 250 times as large"):
        inflate(bomb, b"gzip", 50_000_000)
    assert inflate(python_gzip.compress(bytes(1_000_000), mtime=0), b"gzip", 50_000_000) == bytes(1_000_000)


@given(st.binary(max_size=400), st.integers(0, 9), st.sampled_from([b"gzip", b"deflate"]))
def test_any_bytes_come_out_as_they_went_in(data: bytes, level: int, coding: bytes) -> None:
    packed = python_gzip.compress(data, level, mtime=0) if coding == b"gzip" else zlib.compress(data, level)
    assert inflate(packed, coding, 400) == data


@given(st.data())
def test_a_cut_message_is_never_taken_for_a_whole_one(data: st.DataObject) -> None:
    end = data.draw(st.integers(1, len(PACKED[b"gzip"]) - 1))
    with pytest.raises(MessageError):
        inflate(PACKED[b"gzip"][:end], b"gzip", LIMIT)


@pytest.mark.parametrize(
    ("accepted", "coding", "yes"),
    [
        (b"gzip", b"gzip", True),
        (b"gzip, deflate", b"deflate", True),
        (b"GZIP;q=0.5", b"x-gzip", True),
        (b"x-gzip", b"GZIP", True),
        (b"*", b"gzip", True),
        (b"gzip;q=0", b"gzip", False),
        (b"*, gzip; q=0.000", b"gzip", False),
        (b"*;q=0", b"gzip", False),
        (b"deflate", b"gzip", False),
        (b"identity", b"gzip", False),
        (b"", b"gzip", False),
        (b"br;level=1", b"br", True),
    ],
)
def test_what_a_caller_accepts(accepted: bytes, coding: bytes, yes: bool) -> None:
    """RFC 9110, section 12.5.3; a caller that says nothing is spared."""
    assert accepts(accepted, coding) == yes
