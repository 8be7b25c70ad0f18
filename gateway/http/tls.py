"""TLS: the listener that asks every caller for a certificate, and mutual TLS to producers.

A certificate that is trusted ends a chain, be it an authority's or the producer's own, as in a Java trust store.
"""

import ssl
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from gateway.configuration.ciphers import openssl_ciphers
from gateway.errors import DataError
from gateway.settings import Settings
from gateway.tlssettings import TlsOverride, TlsVersion

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3, "": ssl.TLSVersion.MAXIMUM_SUPPORTED}
refusals: ContextVar[list[ssl.SSLError]] = ContextVar("refusals")
"""Where the handshake under way notes why its caller is refused: the end of the connection does not say it."""
_TOLD = ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "CERTIFICATE_VERIFY_FAILED", "UNSUPPORTED_PROTOCOL", "NO_SHARED_CIPHER")


def server_context(settings: Settings) -> ssl.SSLContext:
    """For the TLS listener. A caller without a certificate from ``tls_client_ca`` gets no connection.

    Raises:
        DataError: a file is missing or cannot be used.
    """
    for name in ("tls_certificate", "tls_key", "tls_client_ca"):
        if not getattr(settings, name):
            raise DataError(Path("settings"), 0, f"tls_port is set, but not {name}; try: rivta certs")
    context = _context(ssl.PROTOCOL_TLS_SERVER, settings.tls_minimum, settings.tls_maximum)
    _choose_ciphers(context, "tls_ciphers", settings.tls_ciphers)
    context.sslobject_class = _Telling
    context.verify_mode = ssl.CERT_REQUIRED
    _load_own(context, settings.tls_certificate, settings.tls_key, settings.tls_key_password)
    _load_trusted(context, settings.tls_client_ca)
    return context


class _Telling(ssl.SSLObject):
    """Tells a caller that gets no connection why.

    OpenSSL has the alert ready (``certificate required``, ``unknown CA``) when it refuses a caller, but the event loops
    drop the connection without sending it, and the caller would see no more than an end. They send what is ready when
    the handshake seems to go on; the caller then closes, or the handshake's time runs out.
    """

    _certificate: bytes | None = None  # of the caller, DER; once the handshake is done it stays the same
    _refusal: ssl.SSLError | None = None
    _patience = 4  # parts of data that a refused caller may still have sent; they stay in memory

    def do_handshake(self) -> None:
        """Go on with the handshake.

        Raises:
            ssl.SSLError: it has failed, or needs more from the caller.
        """
        if self._refusal is None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                if error.reason not in _TOLD:
                    raise
                self._refusal = error
                refusals.get([]).append(error)
            else:
                return
        elif not self._patience:
            raise self._refusal
        self._patience -= 1
        raise ssl.SSLWantReadError

    def getpeercert(self, binary_form: bool = False) -> Any:
        """As in ssl, but each call on a connection gets the same bytes: OpenSSL would write them anew each time."""
        if not binary_form:
            return super().getpeercert()
        if self._certificate is None:
            self._certificate = super().getpeercert(True)
        return self._certificate


class ProducerTls:
    """The context for each producer: that of the first override that matches, or the default's."""

    def __init__(self, settings: Settings) -> None:
        """Contexts that need files are made at once, so that a broken one is told at the start.

        Raises:
            DataError: a file is missing or cannot be used; overrides with the same name; one that is for nobody.
        """
        self._settings = settings
        overrides = settings.producer_tls_overrides
        names = [override.name for override in overrides]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise DataError(Path("settings"), 0, f"Duplicate TLS configuration names found: {', '.join(twice)}")
        for override in overrides:
            if settings.mode == "strict" and not (override.domain_name or override.domain_suffix):
                why = "needs domain_name or domain_suffix; without, it is for nobody"
                raise DataError(Path("settings"), 0, f"producer_tls_overrides: {override.name} {why}")
        self._overrides = [(override, self._make(override)) for override in overrides]
        self._default: ssl.SSLContext | None = None
        if settings.producer_tls_certificate or settings.producer_tls_ca:
            self._default = self._make(self._default_settings())
        self._found: dict[tuple[str, int], ssl.SSLContext] = {}

    def __call__(self, host: str, port: int) -> ssl.SSLContext:
        """The context for a host (any case) and port."""
        found = self._found.get((host, port))
        if found is None:
            found = self._found[host, port] = self._choose(host.lower(), port)
        return found

    def _choose(self, host: str, port: int) -> ssl.SSLContext:
        for override, context in self._overrides:
            if override.matches(host, port):
                return context
        if self._default is None:  # made late: reading the machine's authorities takes longer than all else here
            self._default = self._make(self._default_settings())
        return self._default

    def _default_settings(self) -> TlsOverride:
        settings = self._settings
        minimum = settings.producer_tls_minimum or settings.tls_minimum
        return TlsOverride(name="default", minimum=minimum, maximum=settings.producer_tls_maximum)

    def _make(self, chosen: TlsOverride) -> ssl.SSLContext:
        settings = self._settings
        context = _context(ssl.PROTOCOL_TLS_CLIENT, chosen.minimum, chosen.maximum)
        verify = settings.producer_verify_host if chosen.verify_host is None else chosen.verify_host
        context.check_hostname = settings.by_mode(verify)
        if chosen.certificate:
            _load_own(context, chosen.certificate, chosen.key, chosen.key_password)
        elif settings.producer_tls_certificate:
            own = (settings.producer_tls_certificate, settings.producer_tls_key, settings.producer_tls_key_password)
            _load_own(context, *own)
        if trusted := chosen.ca or settings.producer_tls_ca:
            _load_trusted(context, trusted)
        else:
            context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        _choose_ciphers(context, chosen.name, chosen.ciphers or settings.producer_tls_ciphers)
        return context


def _context(protocol: int, minimum: TlsVersion, maximum: str = "") -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = _VERSIONS[minimum]
    context.maximum_version = _VERSIONS[maximum]
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def _choose_ciphers(context: ssl.SSLContext, name: str, written: str) -> None:
    """Those of TLS 1.2; blank leaves Python's choice."""
    if not written:
        return
    try:
        context.set_ciphers(openssl_ciphers(written))
    except (ValueError, ssl.SSLError) as error:
        raise DataError(Path("settings"), 0, f"{name}: no known cipher in {written}: {error}") from None


def _load_own(context: ssl.SSLContext, certificate: str, key: str, password: str) -> None:
    """A password is always given: without, OpenSSL would ask for it on the terminal."""
    try:
        context.load_cert_chain(certificate, key or None, password=lambda: password)
    except FileNotFoundError:
        missing = certificate if not Path(certificate).is_file() else key
        raise DataError(Path(missing), 0, "no such file") from None
    except OSError as error:  # SSLError is one
        what = f"{certificate} and {key}" if key else certificate
        why = getattr(error, "reason", None) or error
        raise DataError(Path(certificate), 0, f"{what} are not a certificate and its key in PEM: {why}") from None


def _load_trusted(context: ssl.SSLContext, path: str) -> None:
    try:
        context.load_verify_locations(path)
    except FileNotFoundError:
        raise DataError(Path(path), 0, "no such file") from None
    except OSError as error:
        why = getattr(error, "reason", None) or error
        raise DataError(Path(path), 0, f"holds no certificates in PEM: {why}") from None
