"""Where a producer's address leads."""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

_PATH = re.compile("[!-~]+")


class Target(NamedTuple):
    """Where a URL leads."""

    key: tuple[str, int, bool]  # host, port, with TLS
    head: bytes  # request line and Host


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
    port = parts.port or (443 if tls else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not _PATH.fullmatch(path):
        raise ValueError(f"not an http or https address: {url}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    named = host if parts.port is None else f"{host}:{port}"
    head = f"POST {path} HTTP/1.1\r\nhost: {named}\r\n".encode("ascii")
    return Target((parts.hostname, port, tls), head)
