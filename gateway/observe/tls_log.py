"""Rows of the log about TLS: which handshakes succeeded, and which failed, whose, why, and what to do."""

from collections.abc import Callable
from typing import Any, Protocol

from structlog.typing import FilteringBoundLogger

from gateway import __version__, texts

_KINDS = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "no-certificate",
    "UNSUPPORTED_PROTOCOL": "version",
    "VERSION_TOO_LOW": "version",
    "NO_SHARED_CIPHER": "cipher",
    "HTTP_REQUEST": "plain-http",
    "WRONG_VERSION_NUMBER": "no-tls",
    "TLSV1_ALERT_UNKNOWN_CA": "distrusted",
    "SSLV3_ALERT_BAD_CERTIFICATE": "distrusted",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "distrusted",
}
_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"
_DETAILS = {"certificate has expired": "expired", "certificate is not yet valid": "expired"}


class Handshake(Protocol):
    """What a row is about (``gateway.http.secured``)."""

    @property
    def ip(self) -> str:
        """The caller's address."""
        ...

    @property
    def port(self) -> int:
        """The caller's port."""
        ...

    @property
    def version(self) -> str:
        """``TLSv1.3``; blank when the handshake failed."""
        ...

    @property
    def cipher(self) -> str:
        """The cipher suite agreed on."""
        ...

    @property
    def reason(self) -> str:
        """Why it failed, as OpenSSL calls it."""
        ...

    @property
    def detail(self) -> str:
        """What is wrong with the caller's certificate."""
        ...


class TlsLog:
    """Writes a row for each handshake, with the national platform's names (``event.module`` is skltp-tls)."""

    def __init__(self, logger: FilteringBoundLogger, *, service: str, errors_only: bool = False) -> None:
        """``logger`` from ``gateway.observe.log.writer``; ``service`` is ``service.name``."""
        self._info: Callable[..., Any] = logger.info
        self._error: Callable[..., Any] = logger.error
        self._service, self._errors_only = service, errors_only

    def __call__(self, found: Handshake) -> None:
        """Write the row."""
        caller = f"{found.ip}:{found.port}"
        row = {
            "event.kind": "event",
            "event.category": ["network"],
            "event.module": "skltp-tls",
            "service.name": self._service,
            "service.version": __version__,
            "source.ip": found.ip,
            "source.port": found.port,
        }
        if not found.reason:
            if not self._errors_only:
                action = "tls-handshake-complete"
                row |= {"event.action": action, "event.outcome": "success", "event.type": ["connection", "allowed"]}
                row |= {"tls.version": found.version, "tls.cipher": found.cipher}
                self._info(None, message=f"{action} {caller}", **row)
            return
        action, hints = "tls-handshake-failed", hint(found.reason, found.detail)
        why = f"{found.reason}: {found.detail}" if found.detail else found.reason
        row |= {"event.action": action, "event.outcome": "failure", "event.type": ["connection", "denied"]}
        row |= {"error.code": found.reason, "error.message": why}
        row["labels"] = {f"hint_{language}": text for language, text in hints.items()}
        self._error(None, message=f"{action} {caller}: {why}. {hints['en']}", **row)


def hint(reason: str, detail: str) -> dict[str, str]:
    """What to do about a handshake that failed, by language."""
    kind = _DETAILS.get(detail, "unknown-authority") if reason == _CERTIFICATE else _KINDS.get(reason, "other")
    return texts.both("tls", kind, detail=detail)
