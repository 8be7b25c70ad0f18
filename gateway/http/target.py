"""Where a producer's address leads."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

_PATH = re.compile("[!-~]+")
_PLAIN = 80
# The national router's HTTP library escapes these, and takes a % before two hex digits for an escape.
_TO_ESCAPE = re.compile(r"""[ "#<>\\^`{|}~]|%(?![0-9A-Fa-f]{2})""")
# A Java URI may not hold these; what is not ASCII it may.
_FORBIDDEN = re.compile(r"""[\s\x00-\x1f\x7f-\xa0"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})""")
_BRACKET = re.compile(r"[\[\]]")  # nor these in its path


class Target(NamedTuple):
    """Where a URL leads."""

    key: tuple[str, int, bool]  # host, port, with TLS
    head: bytes  # request line and Host of a POST

    def other(self, method: bytes, query: bytes | None) -> bytes:
        """Request line and Host for another method, and with another query if one is given.

        Only the national router passes on a consumer's query, so it is escaped as there.
        """
        line, host = self.head.split(b"\r\n", 1)
        path = line.split(b" ")[1]
        if query is not None:
            path = path.partition(b"?")[0]
            if query:
                escaped = _escaped(query.decode("latin-1")).encode("latin-1")
                path += b"?" + re.sub(rb"[^!-~]", lambda found: b"%%%02X" % found[0][0], escaped)
        return b"%b %b HTTP/1.1\r\n%b" % (method, path, host)


@lru_cache(maxsize=65_536)
def target(url: str, national: bool = False) -> Target:
    """Split a URL.

    Path and query go out as they are written: to a producer ``%2F`` is not ``/`` (RFC 3986, 2.2). ``national`` as the
    national router, which takes the escapes out and escapes some characters again.

    Raises:
        ValueError: not an absolute http(s) URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.hostname.isascii():
        raise _wrong(url)
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else _PLAIN)
    if national:
        path = _rebuilt(parts, url)
    else:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not _PATH.fullmatch(path):
            raise _wrong(url)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    named = host if parts.port is None or (port == _PLAIN and not tls) else f"{host}:{port}"
    head = f"POST {path} HTTP/1.1\r\nhost: {named}\r\n".encode()
    return Target((parts.hostname, port, tls), head)


def _rebuilt(parts: SplitResult, url: str) -> str:
    """Path and query as the national router builds them anew.

    Without their escapes, so that ``%2F`` separates and ``%3F`` begins a query; what a URI cannot hold is escaped
    again, what is not ASCII goes out as UTF-8. An address, or a result, that is no Java URI is refused.
    """
    for written in (parts.path, parts.query):
        if _FORBIDDEN.search(written):
            raise _wrong(url)
    bare = "/" + unquote(parts.path).removeprefix("/") + (f"?{unquote(parts.query)}" if parts.query else "")
    built = _escaped(bare)
    if _FORBIDDEN.search(built) or _BRACKET.search(built.partition("?")[0]):
        raise _wrong(url)
    return built


def _escaped(text: str) -> str:
    return _TO_ESCAPE.sub(lambda found: f"%{ord(found[0]):02X}", text)


def _wrong(url: str) -> ValueError:
    return ValueError(f"not an http or https address: {url}")
