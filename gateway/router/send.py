"""The outgoing call: which headers go along, and what each outcome at the producer means for the consumer."""

import asyncio
import re
import time
from functools import lru_cache, partial
from typing import NamedTuple, Protocol

from gateway.message import Answer, Headers
from gateway.router.call import (
    CORRELATION_ID,
    INSTANCE_ID,
    ORIGINAL_CONSUMER,
    PRODUCER_TIME,
    ROUTING_HISTORY,
    SENDER_ID,
    Call,
)
from gateway.router.refusal import PRODUCER_FAILED, Refusal
from gateway.router.unpack import speaks_soap12, unpacked
from gateway.soap import gzip, ns
from gateway.soap.head import MessageError

# Never forwarded: what belongs to one hop, to this platform, or to the transport (the list of the national router).
_REQUEST_DROPS = re.compile(
    r"x-vp.*|x-forwarded.*|(x-)?mule_.*|peer_certificates|connection|keep-alive|accept-encoding|content-length"
    r"|content-type|host|cache-control|date|pragma|trailer|transfer-encoding|te|upgrade|via|warning|expect|user-agent"
    rf"|{ORIGINAL_CONSUMER.decode()}|{CORRELATION_ID.decode()}|proxy-.*"
)
_ANSWER_DROPS = re.compile(
    r"soapaction|(x-)?mule_.*|local_certificate|peer_certificates|http\.method|content-length|date|cache-control|pragma"
    r"|via|warning|trailer|transfer-encoding|upgrade|host|connection|keep-alive|server|content-type|proxy-.*"
    rf"|{PRODUCER_TIME.decode()}|{CORRELATION_ID.decode()}"  # set anew
)
_OK = range(200, 300)
_SERVER_ERROR = 500
_SOAP12_ERRORS = (400, 500)  # SOAP 1.2 Part 2, table 20
_LARGE = 100_000  # bytes; more is unpacked in a thread
XML = "text/xml; charset=UTF-8"
_XML_HEADER = (b"content-type", XML.encode())


class ProducerError(Exception):
    """No usable answer from a producer.

    Attributes:
        kind: ``refused``, ``connect-timeout``, ``timeout``, ``tls``, ``reset``, ``too-large``, ``status`` or ``empty``.
        text: what happened, English.
    """

    def __init__(self, kind: str, text: str) -> None:
        self.kind, self.text = kind, text
        super().__init__(text)


class ProducerAnswer(NamedTuple):
    """What came back from a producer; header names in lower case."""

    status: int
    headers: Headers
    body: bytes


class Client(Protocol):
    """What the router needs of an HTTP client."""

    async def post(self, url: str, headers: Headers, body: bytes, timeout: float | None = None) -> ProducerAnswer:
        """POST a message; raises ProducerError."""
        ...


class Sender:
    """Sends calls to ``http(s)://`` addresses."""

    def __init__(
        self,
        client: Client,
        instance_id: str,
        *,
        keep_content_type: bool,
        correlation_over_tls: bool = False,
        max_bytes: int = 15_728_640,
    ) -> None:
        """``keep_content_type`` leaves the producer's label right; the national platform overwrites it.

        ``correlation_over_tls`` sends the correlation id to https producers too. ``max_bytes`` is for answers that
        come compressed, when they are not any more.
        """
        self._client, self._keep, self._over_tls = client, keep_content_type, correlation_over_tls
        self._max_bytes = max_bytes
        self._own_id = (INSTANCE_ID, instance_id.encode("latin-1"))

    async def __call__(self, call: Call, timeout: float | None = None) -> Answer:
        """Send, and judge the outcome (rules of the national router).

        Raises:
            Refusal: VP009; ``kind`` tells the outcome.
        """
        started = time.perf_counter()
        try:
            headers, body = self._headers(call), call.body
            if call.form is not None:
                headers, body = call.form.outgoing(headers, body)
            found = await self._client.post(call.address, headers, body, timeout)
            if found.body[:1] != b"<":
                found = await self._unpacked(found, call)
            self._judge(found, call)
        except ProducerError as error:
            call.producer_seconds = time.perf_counter() - started
            raise Refusal(PRODUCER_FAILED, kind=error.kind, address=call.address, why=error.text) from None
        call.producer_seconds = time.perf_counter() - started
        return Answer(found.status, self._answer_headers(found, call), found.body)

    async def _unpacked(self, found: ProducerAnswer, call: Call) -> ProducerAnswer:
        """The answer without what its reader does not understand."""
        work = partial(unpacked, found.headers, found.body, call, self._max_bytes, national=not self._keep)
        try:
            headers, body = work() if len(found.body) < _LARGE else await asyncio.to_thread(work)
        except gzip.TooLargeError as error:
            raise ProducerError("too-large", f"The answer cannot be unpacked: {error}") from None
        except MessageError as error:
            raise ProducerError("status", f"The answer cannot be unpacked: {error}") from None
        return ProducerAnswer(found.status, headers, body)

    def _judge(self, found: ProducerAnswer, call: Call) -> None:
        if found.status in _OK:
            if not found.body:
                raise ProducerError("empty", f"Empty message when server responded with status code: {found.status}")
            return
        if found.status == _SERVER_ERROR and ns.SOAP11.encode() in found.body:
            return  # the producer's own fault goes to the consumer untouched
        if found.status in _SOAP12_ERRORS and self._keep and speaks_soap12(call) and ns.SOAP12.encode() in found.body:
            return  # who asks in SOAP 1.2 can read its faults, which the national router does not know
        raise ProducerError("status", f"The producer answered with HTTP status {found.status}")

    def _headers(self, call: Call) -> Headers:
        headers = [header for header in call.request.headers if _forwarded(header[0])]
        headers.append(_XML_HEADER)
        headers.append((ORIGINAL_CONSUMER, (call.original_consumer or call.sender).encode("latin-1")))
        if call.address.startswith("http://"):
            headers += (
                (SENDER_ID, call.sender.encode("latin-1")),
                self._own_id,
                (CORRELATION_ID, call.correlation_id.encode("latin-1")),
            )
        elif self._over_tls:
            headers.append((CORRELATION_ID, call.correlation_id.encode("latin-1")))
        if call.history:
            headers = [header for header in headers if header[0] != ROUTING_HISTORY]
            headers.append((ROUTING_HISTORY, call.history.encode("latin-1")))
        return headers

    def _answer_headers(self, found: ProducerAnswer, call: Call) -> Headers:
        headers: Headers = []
        content_type = _XML_HEADER
        for header in found.headers:
            if header[0] == b"content-type":
                if self._keep:
                    content_type = header
            elif _returned(header[0]):
                headers.append(header)
        headers.append(content_type)
        headers.append((PRODUCER_TIME, b"%d" % (call.producer_seconds * 1000)))
        return headers


@lru_cache(maxsize=1024)
def _forwarded(name: bytes) -> bool:
    return _REQUEST_DROPS.fullmatch(name.decode("latin-1")) is None


@lru_cache(maxsize=1024)
def _returned(name: bytes) -> bool:
    return _ANSWER_DROPS.fullmatch(name.decode("latin-1")) is None
