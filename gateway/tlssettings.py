"""The settings of TLS, and those that differ from producer to producer."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.configuration.ciphers import openssl_ciphers
from gateway.configuration.kinds import File, Name, OtherHost, Port, Secret

TlsVersion = Literal["1.2", "1.3"]
OtherTlsVersion = Literal["", "1.2", "1.3"]
Ciphers = Annotated[
    str,
    Meta(
        description="TLS 1.2 cipher suites such as ECDHE+AESGCM:!AES128, or with the names that Java uses, or blank",
        extra={"check": openssl_ciphers},
    ),
]


class TlsOverride(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How to call some producers otherwise than the rest: ``[[producer_tls_overrides]]`` in the settings file.

    Attributes:
        name: for messages; each one its own.
        domain_name: the host that it is for, upper or lower case; counts before ``domain_suffix``.
        domain_suffix: the end of the hosts that it is for.
        port: only for this port; 0 for all. Alone, without a domain, it is for nobody.
        certificate, key, key_password: as ``producer_tls_certificate`` …; a blank certificate is that of the default.
        ca: as ``producer_tls_ca``; blank is that of the default.
        verify_host: as ``producer_verify_host``; left out, it is that of the default.
        minimum, maximum: TLS versions; a blank maximum is the newest.
        ciphers: as ``tls_ciphers``; blank is that of the default.
    """

    name: Name
    domain_name: str = ""
    domain_suffix: str = ""
    port: Port = 0
    certificate: File = ""
    key: File = ""
    key_password: Secret = ""
    ca: File = ""
    verify_host: bool | None = None
    minimum: TlsVersion = "1.2"
    maximum: OtherTlsVersion = ""
    ciphers: Ciphers = ""

    def matches(self, host: str, port: int) -> bool:
        """Whether it is for a host (lower case) and port."""
        if self.port not in (0, port):
            return False
        if self.domain_name:
            return self.domain_name.lower() == host
        return bool(self.domain_suffix) and host.endswith(self.domain_suffix.lower())


class TlsSettings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What can be set about TLS, on the listener and towards producers.

    Attributes:
        tls_port: TCP port of the TLS listener, which asks every caller for a certificate; 0 for none.
        tls_host: address that the TLS listener listens on; blank for that of ``host``.
        tls_certificate, tls_key, tls_key_password: PEM files of its own certificate, chain included, and of the key.
        tls_client_ca: PEM file of the authorities whose certificates callers may have.
        tls_minimum: the oldest TLS version, ``1.2`` or ``1.3``, of the listener and, unless it is said, of producers.
        tls_maximum: the newest TLS version of the listener; blank for the newest that there is.
        tls_ciphers: TLS 1.2 cipher suites of the listener in OpenSSL's notation (``!`` leaves one out), or with the
            names that Java uses; blank for Python's choice.
        producer_tls_certificate, producer_tls_key, producer_tls_key_password: what producers are shown, if they ask.
        producer_tls_ca: PEM file of the authorities that producers may have; blank for those of the machine.
        producer_tls_minimum, producer_tls_maximum, producer_tls_ciphers: as ``tls_minimum`` …, for calls to producers;
            a blank minimum is ``tls_minimum``.
        producer_verify_host: whether a producer's certificate must have its host name; left out, in strict mode only.
        producer_tls_overrides: other TLS settings for some producers, the first that matches; tables in a file, JSON in
            the environment.
    """

    tls_port: Port = 0
    tls_host: OtherHost = ""
    tls_certificate: File = ""
    tls_key: File = ""
    tls_key_password: Secret = ""
    tls_client_ca: File = ""
    tls_minimum: TlsVersion = "1.2"
    tls_maximum: OtherTlsVersion = ""
    tls_ciphers: Ciphers = ""
    producer_tls_certificate: File = ""
    producer_tls_key: File = ""
    producer_tls_key_password: Secret = ""
    producer_tls_ca: File = ""
    producer_tls_minimum: OtherTlsVersion = ""
    producer_tls_maximum: OtherTlsVersion = ""
    producer_tls_ciphers: Ciphers = ""
    producer_verify_host: bool | None = None
    producer_tls_overrides: tuple[TlsOverride, ...] = ()
