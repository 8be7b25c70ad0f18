"""The seam to producers: what a call to one needs of an HTTP client, what comes back, and what can go wrong."""

from typing import NamedTuple, Protocol

from gateway.message import Headers

POST = b"POST"
REFUSED, CONNECT_TIMEOUT, BUSY, TLS, TIMEOUT = "refused", "connect-timeout", "busy", "tls", "timeout"
RESET, TOO_LARGE, STATUS, EMPTY = "reset", "too-large", "status", "empty"


class ProducerAnswer(NamedTuple):
    """What came back from a producer; header names in lower case."""

    status: int
    headers: Headers
    body: bytes


class ProducerError(Exception):
    """No usable answer from a producer.

    Attributes:
        kind: ``refused``, ``connect-timeout``, ``busy``, ``timeout``, ``tls``, ``reset``, ``too-large``, ``status`` or
            ``empty``: what logs, metrics and the aggregating service call it.
        text: what happened, English.
        what: the same more finely, a key of ``[producer.*]`` in the texts; the kind when there is no more to say.
        java: what a Java platform calls it, where that cannot be told from ``what``.
        found: what did come, when it was an answer; of one that is too large, header names as they were written.
        stale: it happened on a connection that had been used before, and not a byte had come.
        unseen: besides, nothing of the request had reached the producer.
        attempts: how often the producer was tried.
    """

    def __init__(
        self, kind: str, text: str, what: str = "", *, java: str = "", found: ProducerAnswer | None = None
    ) -> None:
        self.kind, self.text, self.what, self.java, self.found = kind, text, what or kind, java, found
        self.stale = self.unseen = False
        self.attempts = 1
        super().__init__(text)


class Client(Protocol):
    """What the router needs of an HTTP client."""

    async def post(
        self,
        url: str,
        headers: Headers,
        body: bytes,
        timeout: float | None = None,
        *,
        method: bytes = POST,
        query: bytes | None = None,
        fresh: bool = False,
    ) -> ProducerAnswer:
        """Send a message and read the whole answer.

        Args:
            url: where to.
            headers: names and values, without those of the transport.
            body: the message.
            timeout: seconds for the exchange, None for the client's own.
            method: HTTP method.
            query: takes the place of the URL's own query.
            fresh: use no connection that has been used before.

        Raises:
            ProducerError: no usable answer.
        """
        ...
