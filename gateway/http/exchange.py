"""One connection to a producer: a request out, an answer in, one exchange at a time."""

import asyncio
import ssl
import sys
from typing import cast

import httptools

from gateway.http import tlsreason
from gateway.message import Headers
from gateway.router.outcome import CLOSED, CUT_OFF, HEAD_TOO_LARGE, NOT_HTTP
from gateway.router.producer import RESET, STATUS, TIMEOUT, TLS, TOO_LARGE, ProducerAnswer, ProducerError

_MAX_HEAD = 65_536  # bytes of status line and headers
_INFORMATIONAL = range(100, 200)
_LARGE = 65_536  # bytes; larger bodies are written apart from the head, to save a copy


class Exchange(asyncio.Protocol):
    """A connection. ``heard_at`` is the loop's time when a part of an answer came that was not the last."""

    def __init__(self, host: str, max_bytes: int, *, national: bool) -> None:
        """``max_bytes`` of an answer.

        ``national`` takes an answer that ends before its Content-Length for a whole one, and lets an answer take its
        time as long as it goes on coming.
        """
        self._host, self._max, self._national = host, max_bytes, national
        self.idle_since = self.heard_at = 0.0
        self.seconds = 0.0  # that the answer has
        self.transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[ProducerAnswer] | None = None
        self._parts: list[bytes] = []
        self._bodiless = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self._parser = httptools.HttpResponseParser(self)

    @property
    def usable(self) -> bool:
        """Whether the connection still stands, as far as is known here."""
        return self.transport is not None and not self.transport.is_closing()

    def send(self, head: bytes, body: bytes, waiter: "asyncio.Future[ProducerAnswer]", other: bool = False) -> None:
        """Send a request; the answer, or a ProducerError, goes to ``waiter``. ``other``: it is no POST."""
        assert self.transport is not None
        self._waiter, self._parts = waiter, []
        self._size = self._head_size = 0
        self._head_done, self._keep = False, True
        if other:
            self._bodiless = head.startswith(b"HEAD ")  # and is not used again
        if len(body) > _LARGE:
            self._sent = len(head) + len(body)
            self.transport.write(head)
            self.transport.write(body)
        else:
            whole = head + body
            self._sent = len(whole)
            self.transport.write(whole)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # nothing was asked for: not to be trusted any more
            self.abort()
            return
        if not self._head_done:
            self._head_size += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ProducerError(STATUS, f"The answer is not HTTP: {error}", NOT_HTTP))
            return
        if self._waiter is not None:  # there is more to come
            self.heard_at = asyncio.get_running_loop().time()
            if not self._head_done and self._head_size > _MAX_HEAD:
                text = f"The answer's headers are larger than {_MAX_HEAD} bytes"
                self._fail(ProducerError(TOO_LARGE, text, HEAD_TOO_LARGE))

    # Parser callbacks

    def on_message_begin(self) -> None:
        self._headers: Headers = []
        self._written: list[bytes] = []  # the names as the producer writes them
        self._length: int | None = None
        self._chunked = False
        if self._waiter is None:  # a second answer
            self.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._written.append(name)
        name = name.lower()
        self._headers.append((name, value))
        if name == b"content-length":
            self._length = int(value)
        elif name == b"transfer-encoding":
            self._chunked = True

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in _INFORMATIONAL:
            return
        self._head_done = True
        if self._bodiless:  # the parser, which knows nothing of the request, waits for one
            self._keep = False
            self._finish(status)
        elif self._length is not None and self._length > self._max:
            self._too_large()

    def on_body(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._max:
            self._too_large()
        else:
            self._parts.append(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status in _INFORMATIONAL:
            return
        self._keep = self._parser.should_keep_alive()
        if self._sent > _LARGE and self.transport is not None and self.transport.get_write_buffer_size():
            self._keep = False  # answered before it was asked: the rest of the question is still on its way
        self._finish(status)

    def _finish(self, status: int) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            waiter.set_result(ProducerAnswer(status, self._headers, body))
        self._parts = []  # not to keep the answer as long as the connection
        if not self._keep:
            self.abort()

    def _too_large(self) -> None:
        shown = [(name, value) for name, (_, value) in zip(self._written, self._headers, strict=True)]
        found = ProducerAnswer(self._parser.get_status_code(), shown, b"")  # the national fault quotes them
        self._fail(ProducerError(TOO_LARGE, f"The answer is larger than {self._max} bytes", found=found))

    def connection_lost(self, error: Exception | None) -> None:
        if self._waiter is not None:
            self._broken_off(error)
        del self._parser  # it knows us: a circle, which would stay until somebody looks for garbage

    def _broken_off(self, error: Exception | None) -> None:
        if error is None:
            self._ended()
        elif isinstance(error, ssl.SSLError):  # with TLS 1.3 a refused certificate is told after the handshake
            text = f"TLS handshake failed: {tlsreason.reason(error)}"
            self._fail(ProducerError(TLS, text, java=tlsreason.java(error, self._host)))
        else:
            self._lost(ProducerError(RESET, f"The producer reset the connection {self._when()}"))

    def _ended(self) -> None:
        """The producer has closed the connection in good order, in the midst of an exchange."""
        if self._head_done and not self._chunked and (self._length is None or self._national):
            self._keep = False
            self._finish(self._parser.get_status_code())  # the end of the connection is the end of the answer
        elif self._head_done:
            came = f": {self._size} of {self._length} bytes had come" if self._length is not None else ""
            text = f"The producer closed the connection in the middle of the answer{came}"
            self._fail(ProducerError(RESET, text, CUT_OFF))
        else:
            self._lost(ProducerError(RESET, f"The producer closed the connection {self._when()}", CLOSED))

    def _when(self) -> str:
        return "in the middle of the answer" if self._head_done else "without an answer"

    def _lost(self, error: ProducerError) -> None:
        error.stale = self.idle_since > 0.0 and not self._head_size
        error.unseen = error.stale and error.what == CLOSED and self._unacknowledged() >= self._sent
        self._fail(error)

    def _unacknowledged(self) -> int:
        """Bytes that the producer's machine has not acknowledged, 0 where that cannot be asked.

        With its own end of the connection (FIN) a machine acknowledges all that it had received until then. A reset
        does not; after one, nothing is known.
        """
        if sys.platform != "linux" or self.transport is None:
            return 0
        import fcntl
        import termios

        try:
            number: int = self.transport.get_extra_info("socket").fileno()
            return int.from_bytes(fcntl.ioctl(number, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        except (OSError, ValueError):
            return 0

    def _fail(self, error: ProducerError) -> None:
        """End the exchange with an error and drop the connection."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)
        self.abort()

    def expire(self) -> None:
        """The time for the exchange is over."""
        self._fail(ProducerError(TIMEOUT, "Timeout when waiting on response from producer."))

    def abort(self) -> None:
        """Drop the connection at once."""
        if self.transport is not None:
            self.transport.abort()
