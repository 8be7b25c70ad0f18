"""What producers got, and a producer that a test makes up."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from lxml import etree

from gateway.message import Answer, Request
from gateway.soap import xml
from gateway.soap.head import MessageError, scan

_XML = (b"content-type", b"text/xml; charset=UTF-8")
Replies = bytes | str | Callable[["Received"], "bytes | str | tuple[int, bytes]"]


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came to a producer.

    Attributes:
        address: the logical address in it, blank when it has none.
        contract: the namespace of Body's child, blank when it has none.
        headers: the HTTP headers, names in lower case.
        body: the bytes.
    """

    address: str
    contract: str
    headers: dict[str, str]
    body: bytes

    @property
    def tree(self) -> etree._Element:
        """The envelope.

        Raises:
            MessageError: it cannot be read.
        """
        return xml.parse(self.body)


@dataclass
class Inbox:
    """Messages in the order in which they came; every thread may look."""

    messages: list[Received] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, request: Request) -> Received:
        """Keep what came with a request."""
        received = _received(request)
        with self._lock:
            self.messages.append(received)
        return received

    def clear(self) -> None:
        """Forget them."""
        with self._lock:
            self.messages.clear()


def recording(app: Callable[[Request], Awaitable[Answer]], inbox: Inbox) -> Callable[[Request], Awaitable[Answer]]:
    """The same application, whose messages are kept."""

    async def handler(request: Request) -> Answer:
        if request.method == b"POST":
            inbox.add(request)
        return await app(request)

    return handler


def replying(replies: Replies, inbox: Inbox) -> Callable[[Request], Awaitable[Answer]]:
    """A producer that answers as a test says."""

    async def handler(request: Request) -> Answer:
        received = inbox.add(request)
        found = replies(received) if callable(replies) else replies
        status, body = found if isinstance(found, tuple) else (200, found)
        return Answer(status, [_XML], body.encode("utf-8") if isinstance(body, str) else body)

    return handler


def _received(request: Request) -> Received:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers}
    try:
        head = scan(request.body)
    except MessageError:
        return Received("", "", headers, request.body)
    return Received(head.logical_address or "", head.contract, headers, request.body)
