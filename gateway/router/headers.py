"""Which headers go along to a producer, and which come back: the lists of the national router."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import parse_qsl

from gateway import __version__
from gateway.message import Answer, Headers
from gateway.router.call import (
    CORRELATION_ID,
    EXPLAIN,
    INSTANCE_ID,
    ORIGINAL_CONSUMER,
    PRODUCER_TIME,
    ROUTING_HISTORY,
    SENDER_ID,
    Call,
)
from gateway.router.form import CONTENT_TYPE, national_label
from gateway.router.producer import ProducerAnswer
from gateway.settings import Settings

XML = "text/xml; charset=UTF-8"
_NATIONAL_AGENT = "SKLTP VP/4.3.x"
# Whatever the settings say: what is set anew, and what the platform's HTTP library keeps to itself.
_REQUEST = (
    r"connection|content-length|content-type|host|cache-control|date|pragma|trailer|transfer-encoding|upgrade|via"
    r"|warning|expect|user-agent|camel.*"
    rf"|{ORIGINAL_CONSUMER.decode()}|{CORRELATION_ID.decode()}|{SENDER_ID.decode()}|{INSTANCE_ID.decode()}|{EXPLAIN.decode()}"
)
_ANSWER = (
    r"content-length|date|cache-control|pragma|via|warning|trailer|transfer-encoding|upgrade|host|connection"
    rf"|content-type|camel.*|{PRODUCER_TIME.decode()}|{CORRELATION_ID.decode()}"
)
_ONE_HOP = r"|keep-alive|te|proxy-.*"  # RFC 9110 7.6.1; the national router passes them on
_TOKEN = re.compile(rb"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f]")

Passes = Callable[[bytes], bool]


class Dressing:
    """Dresses requests for producers, and their answers for consumers."""

    def __init__(self, settings: Settings) -> None:
        """Takes the mode, the platform's id and what is set for producers."""
        self._national = settings.mode == "national"
        more = "" if self._national else _ONE_HOP
        asked, answered = settings.request_headers_removed, settings.answer_headers_removed
        self._forwarded = _passing(_REQUEST + more, asked, settings.request_headers_kept)
        self._returned = _passing(_ANSWER + more, answered, settings.answer_headers_kept)
        self._own_id = (INSTANCE_ID, settings.instance_id.encode("latin-1"))
        self._over_tls = settings.by_mode(settings.propagate_correlation_id_for_https)
        self._content_type = (CONTENT_TYPE, settings.producer_content_type.encode("ascii"))
        self._label = (CONTENT_TYPE, XML.encode())

    def outgoing(self, call: Call) -> Headers:
        """The headers of a request, without those that the client adds."""
        forwarded = self._forwarded
        headers = [header for header in call.request.headers if forwarded(header[0])]
        if self._national and b"?" in call.request.target and call.parent is None:
            headers += self._from_query(call)
        headers.append(self._content_type)
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

    def _from_query(self, call: Call) -> Iterator[tuple[bytes, bytes]]:
        """The national router's HTTP library makes headers of query parameters; here only what may be one."""
        query = call.request.target.partition(b"?")[2].decode("latin-1")
        for name, value in parse_qsl(query, keep_blank_values=True):
            key = name.lower().encode("utf-8")
            if _TOKEN.fullmatch(key) and self._forwarded(key) and not _UNPRINTABLE.search(value):
                yield key, value.encode("latin-1", "replace")

    def answer(self, found: ProducerAnswer, call: Call) -> Answer:
        """A producer's answer for the consumer; ``call.producer_seconds`` has to be known.

        When the producer ends its connection, the national router ends the consumer's too.
        """
        headers: Headers = []
        content_type, returned, close = self._label, self._returned, False
        for header in found.headers:
            if header[0] == CONTENT_TYPE:
                content_type = (CONTENT_TYPE, national_label(header[1], found.body)) if self._national else header
            elif returned(header[0]):
                headers.append(header)
            elif header[0] == b"connection":
                close = self._national and header[1].lower() == b"close"
        headers.append(content_type)
        headers.append((PRODUCER_TIME, b"%d" % (call.producer_seconds * 1000)))
        return Answer(found.status, headers, found.body, close)


def user_agent(settings: Settings) -> str:
    """What producers are told who calls."""
    if settings.producer_user_agent:
        return settings.producer_user_agent
    return _NATIONAL_AGENT if settings.mode == "national" else f"rivta-gateway/{__version__}"


def _passing(never: str, removed: str, kept: str) -> Passes:
    """Patterns for whole names, upper and lower case alike; ``kept`` counts before ``removed``."""
    no, off, on = (re.compile(pattern, re.IGNORECASE) for pattern in (never, removed, kept))

    @lru_cache(maxsize=1024)
    def passes(header: bytes) -> bool:
        name = header.decode("latin-1")
        return no.fullmatch(name) is None and (off.fullmatch(name) is None or on.fullmatch(name) is not None)

    return passes
