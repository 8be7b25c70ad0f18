"""What an outcome at a producer means for the consumer (rules and texts: national router, producer outcomes)."""

import http
from urllib.parse import urlsplit

from gateway.router.call import Call
from gateway.router.excerpt import excerpt
from gateway.router.producer import (
    BUSY,
    CONNECT_TIMEOUT,
    EMPTY,
    REFUSED,
    RESET,
    STATUS,
    TIMEOUT,
    TLS,
    TOO_LARGE,
    ProducerAnswer,
    ProducerError,
)
from gateway.router.refusal import PRODUCER_FAILED, Refusal
from gateway.router.unpack import speaks_soap12
from gateway.soap import ns

REDIRECT, SOAP12, CLOSED, CUT_OFF, NOT_HTTP = "redirect", "soap12", "closed", "cut-off", "not-http"
HEAD_TOO_LARGE, UNPACK, UNKNOWN_HOST = "head-too-large", "unpack", "unknown-host"
_OK, _REDIRECTS = range(200, 300), range(300, 400)
_SERVER_ERROR = 500
_SOAP12_ERRORS = (400, 500)  # SOAP 1.2 Part 2, table 20
_SOAP11, _SOAP12 = ns.SOAP11.encode(), ns.SOAP12.encode()
_INVALID = 999  # the status that the national router's HTTP library gives what is not HTTP

_NO_CONTACT = "java.net.ConnectException: Cannot connect to {peer}"
_FAILED = "org.apache.camel.component.netty.http.NettyHttpOperationFailedException"
# What a Java platform calls each outcome. People and scripts look for these names, so the strict mode says them too.
_JAVA = {
    REFUSED: _NO_CONTACT,
    CONNECT_TIMEOUT: _NO_CONTACT,
    BUSY: _NO_CONTACT,
    TIMEOUT: "io.netty.handler.timeout.ReadTimeoutException: Timeout when waiting on response from producer.",
    TLS: "javax.net.ssl.SSLHandshakeException: {java}",
    RESET: "java.net.SocketException: Connection reset",
    STATUS: _FAILED + ": Netty HTTP operation failed invoking {address} with statusCode: {status}{location}",
}
_JAVA[HEAD_TOO_LARGE] = _JAVA[STATUS]
# Outcomes that the national router does not foresee: the bare text of the exception, without a code of its own.
_ENDED = "org.apache.camel.CamelExchangeException: No response received from remote server: {peer}. Exchange[{id}]"
_UNFORESEEN = {
    CLOSED: _ENDED,
    CUT_OFF: _ENDED,
    TOO_LARGE: (
        "io.netty.handler.codec.http.TooLongHttpContentException: Response entity too large: "
        "DefaultHttpResponse(decodeResult: success, version: HTTP/1.1)\nHTTP/1.1 {status} {phrase}{headers}"
    ),
}


def judge(found: ProducerAnswer, call: Call, *, national: bool) -> None:
    """Let an answer pass.

    Raises:
        ProducerError: the consumer gets a fault in its place.
    """
    status = found.status
    if status in _OK:
        if not found.body:
            told = f"Empty message when server responded with status code: {status} {phrase(status)}".rstrip()
            raise ProducerError(EMPTY, told, found=found)
        return
    if status == _SERVER_ERROR and _SOAP11 in found.body:
        return  # the producer's own fault goes to the consumer untouched
    soap12 = status in _SOAP12_ERRORS and _SOAP12 in found.body
    if soap12 and not national and speaks_soap12(call):
        return  # who asks in SOAP 1.2 can read its faults, which the national router does not know
    what = REDIRECT if status in _REDIRECTS else SOAP12 if soap12 else STATUS
    told = f"The producer answered with HTTP status {status} {phrase(status)}".rstrip()
    raise ProducerError(STATUS, told, what, found=found)


def refused(error: ProducerError, call: Call, seconds: float, *, national: bool) -> Refusal:
    """The consumer's fault for an outcome.

    Args:
        error: the outcome.
        call: the call; its address has been called.
        seconds: what the producer had for its answer.
        national: word for word as the national router.
    """
    facts = _facts(error, call)
    name, _, text = _java(error).format(**facts).partition(": ")
    if national:
        plain, why = error.text, error.text
        if error.kind != EMPTY:
            why = f"Exception Caught by Camel when contacting producer. Exception information: ({name}: {text})"
    else:
        plain = _plain(error, seconds)
        why = f"{plain} [{name}]" if name else plain
    advice = "" if national else error.what
    more = {"plain": plain, "why": why + facts["mark"], "seconds": f"{seconds:g}", **facts}
    refusal = Refusal(PRODUCER_FAILED, kind=error.kind, advice=advice, **more)
    if national:
        refusal.labelled = error.kind != EMPTY  # the national router loses the Content-Type of this fault
        if error.what in _UNFORESEEN:
            refusal.raw = (text, f"{name}: {text}")
    return refusal


def _java(error: ProducerError) -> str:
    """Class and message of the exception, with ``{facts}``."""
    if error.what in _UNFORESEEN:
        return _UNFORESEEN[error.what]
    return _JAVA.get(error.what) or _JAVA.get(error.kind, "")


def phrase(status: int) -> str:
    """The standard's words for a status, ``Not Found``; blank for one that is not in it."""
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return ""


def _plain(error: ProducerError, seconds: float) -> str:
    """What happened, in full; what the producer wrote must not get lost."""
    told, found = error.text, error.found
    if error.kind == TIMEOUT:
        told += f" No answer within {seconds:g} s"
    elif error.kind == STATUS and found is not None:
        if location := _header(found, b"location"):
            told += f", a redirection to {location}"
        words = excerpt(found)
        told += f", and wrote: {words}" if words else ", and wrote nothing"
    return f"{told} (tried {error.attempts} times)" if error.attempts > 1 else told


def _facts(error: ProducerError, call: Call) -> dict[str, str]:
    found = error.found or ProducerAnswer(_INVALID, [], b"")
    location = _header(found, b"location") if found.status in _REDIRECTS else ""
    return {
        "address": call.address,
        "peer": _peer(call.address),
        "id": call.correlation_id,
        "java": error.java,
        "status": str(found.status),
        "phrase": phrase(found.status),
        "location": f", redirectLocation: {location}" if location else "",
        "headers": "".join(f"\n{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in found.headers),
        "mark": f"\nVP_PRODUCER_EXCEPTION_HTTP_STATUS={found.status}" if _FAILED in _java(error) else "",
    }


def _peer(address: str) -> str:
    """``host:port``; a Java URL with ``_`` in its host name has no host at all."""
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return address
    host = parts.hostname or ""
    return f"{'null' if '_' in host else host}:{port}"


def _header(found: ProducerAnswer, name: bytes) -> str:
    return next((value.decode("latin-1") for known, value in found.headers if known == name), "")
