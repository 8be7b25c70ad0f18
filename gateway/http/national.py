"""What the national router's listener answers by itself, before a message is looked at (VP, transport-level answers).

Its answers have no body and it logs nothing; here they are in the log.
"""

from collections.abc import Callable

from gateway.message import TEXT, Answer, Request

MAX_HEAD = 8192  # bytes of all headers together
_MAX_LINE = 4096  # bytes of the request line
_SHORT = _MAX_LINE // 2  # a target that fits surely
_VERSION = len(b"  HTTP/1.1")
_PREFIX = b"/vp"
_METHODS = (b"allow", b"GET,HEAD,POST,PUT,DELETE,TRACE,OPTIONS,CONNECT,PATCH")
_BAD, _NOT_FOUND, _HEAD_TOO_LARGE = 400, 404, 431
_BODYLESS = frozenset((400, 404, 405, 413, 417))

Refuse = Callable[[int, str, Request], Answer]


class NationalListener:
    """Decides which requests go no further than the listener."""

    def __init__(self, refuse: Refuse) -> None:
        """``refuse(status, reason, request)`` writes the log and the answer."""
        self._refuse = refuse

    def __call__(self, request: Request) -> Answer | None:
        """The answer to a request that never becomes a call; None for all others."""
        method, target = request.method, request.target
        if method == b"POST" and target[:3] == _PREFIX and len(target) < _SHORT and b"host" in request.values:
            return None
        if len(method) + len(target) + _VERSION > _MAX_LINE:
            return self._refuse(_NOT_FOUND, f"the request line is longer than {_MAX_LINE} bytes", request)
        if not target.lower().startswith(_PREFIX):
            return self._refuse(_NOT_FOUND, "paths begin with /vp", request)
        if method == b"OPTIONS":
            return Answer(200, [_METHODS], b"", close=True)
        if b"host" not in request.values:
            return self._refuse(_BAD, "no Host header", request)
        if method == b"TRACE":
            return self._refuse(405, "TRACE is not answered", request)
        return None


def national_status(status: int, request: Request) -> int:
    """The status that the national listener has for a refusal.

    A head that is too large is a bad request. A request line that cannot be read leads to a path of its library's own
    making, which is not found.
    """
    if status == _HEAD_TOO_LARGE:
        return _BAD
    return _NOT_FOUND if status == _BAD and not request.target else status


def bare(answer: Answer) -> Answer:
    """A refusal as the national listener writes it, without a body; others are left as they are."""
    if answer.status not in _BODYLESS:
        return answer
    kept = [header for header in answer.headers if header[0] != b"content-type"]
    return Answer(answer.status, [*kept, TEXT] if answer.status == _NOT_FOUND else kept, b"", close=True)
