"""The settings of a TLS connection that differ from producer to producer."""

from typing import Literal

import msgspec

TlsVersion = Literal["1.2", "1.3"]


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
        ciphers: TLS 1.2 cipher suites in OpenSSL's notation; blank for Python's choice.
    """

    name: str
    domain_name: str = ""
    domain_suffix: str = ""
    port: int = 0
    certificate: str = ""
    key: str = ""
    key_password: str = ""
    ca: str = ""
    verify_host: bool | None = None
    minimum: TlsVersion = "1.2"
    maximum: Literal["", "1.2", "1.3"] = ""
    ciphers: str = ""

    def matches(self, host: str, port: int) -> bool:
        """Whether it is for a host (lower case) and port."""
        if self.port not in (0, port):
            return False
        if self.domain_name:
            return self.domain_name.lower() == host
        return bool(self.domain_suffix) and host.endswith(self.domain_suffix.lower())
