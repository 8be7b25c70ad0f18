"""The outgoing call: which headers go along, and what each outcome at the producer means for the consumer."""

import re
import time
from functools import lru_cache
from typing import NamedTuple, Protocol

from gateway.message import Answer, Headers
from gateway.router.call import (
    CORRELATION_ID,
    INSTANCE_ID,
    ORIGINAL_CONSUMER,
    PRODUCER_TIME,
    SENDER_ID,
    Call,
)
from gateway.router.refusal import PRODUCER_FAILED, Refusal
from gateway.soap import ns

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

    def __init__(self, client: Client, instance_id: str, *, keep_content_type: bool) -> None:
        """``keep_content_type`` leaves the producer's label right; the national platform overwrites it."""
        self._client, self._keep = client, keep_content_type
        self._own_id = (INSTANCE_ID, instance_id.encode("latin-1"))

    async def __call__(self, call: Call, timeout: float | None = None) -> Answer:
        """Send, and judge the outcome (rules of the national router).

        Raises:
            Refusal: VP009; ``kind`` tells the outcome.
        """
        started = time.perf_counter()
        try:
            found = await self._client.post(call.address, self._headers(call), call.body, timeout)
            _judge(found)
        except ProducerError as error:
            call.producer_seconds = time.perf_counter() - started
            raise Refusal(PRODUCER_FAILED, kind=error.kind, address=call.address, why=error.text) from None
        call.producer_seconds = time.perf_counter() - started
        return Answer(found.status, self._answer_headers(found, call), found.body)

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


def _judge(found: ProducerAnswer) -> None:
    if found.status in _OK:
        if not found.body:
            raise ProducerError("empty", f"Empty message when server responded with status code: {found.status}")
        return
    if found.status == _SERVER_ERROR and ns.SOAP11.encode() in found.body:
        return  # the producer's own fault goes to the consumer untouched
    raise ProducerError("status", f"The producer answered with HTTP status {found.status}")


@lru_cache(maxsize=1024)
def _forwarded(name: bytes) -> bool:
    return _REQUEST_DROPS.fullmatch(name.decode("latin-1")) is None


@lru_cache(maxsize=1024)
def _returned(name: bytes) -> bool:
    return _ANSWER_DROPS.fullmatch(name.decode("latin-1")) is None
