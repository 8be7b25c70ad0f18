"""Headers that may have been sent several times."""

from gateway.message import Request


def text(request: Request, name: bytes) -> str:
    """The value, blank when absent; a repeated header is ``[one, two]``, as the national router reads it."""
    return f"[{joined(request, name, ', ')}]" if repeated(request, name) else request.header(name)


def joined(request: Request, name: bytes, separator: str) -> str:
    """The value of a header that is a list: repeated, it is one longer list (RFC 9110 5.3)."""
    return separator.join(value.decode("latin-1") for known, value in request.headers if known == name)


def repeated(request: Request, name: bytes) -> bool:
    """Whether a header was sent more than once. For most requests, without any repeated header, the lengths tell."""
    return len(request.values) != len(request.headers) and sum(known == name for known, _ in request.headers) > 1
