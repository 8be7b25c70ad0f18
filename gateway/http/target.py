"""Where a producer's address leads."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

_PATH = re.compile("[!-~]+")
_UNSAFE = re.compile(rb"[^!-~]")
_PLAIN = 80


class Target(NamedTuple):
    """Where a URL leads."""

    key: tuple[str, int, bool]  # host, port, with TLS
    head: bytes  # request line and Host of a POST

    def other(self, method: bytes, query: bytes | None) -> bytes:
        """Request line and Host for another method, and with another query if one is given."""
        line, host = self.head.split(b"\r\n", 1)
        path = line.split(b" ")[1]
        if query is not None:
            path = path.partition(b"?")[0]
            if query:
                path += b"?" + _UNSAFE.sub(lambda found: b"%%%02X" % found[0][0], query)
        return b"%b %b HTTP/1.1\r\n%b" % (method, path, host)


@lru_cache(maxsize=65_536)
def target(url: str) -> Target:
    """Split a URL.

    Raises:
        ValueError: not an absolute http(s) URL.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"not an http or https address: {url}")
    tls = parts.scheme == "https"
    port = parts.port or (443 if tls else _PLAIN)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _PATH.fullmatch(path):
        raise ValueError(f"not an http or https address: {url}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    named = host if parts.port is None or (port == _PLAIN and not tls) else f"{host}:{port}"
    head = f"POST {path} HTTP/1.1\r\nhost: {named}\r\n".encode("ascii")
    return Target((parts.hostname, port, tls), head)
