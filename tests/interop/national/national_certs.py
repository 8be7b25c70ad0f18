"""Certificates of consumers, of the gateways and of a producer, made for the tests."""

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.cli.testca import TestCa

ELSEWHERE = "annan.example"  # the host of a certificate that is shown by another
NOBODY = "nobody"
_NAMES = {"serial": NameOID.SERIAL_NUMBER, "unit": NameOID.ORGANIZATIONAL_UNIT_NAME, "common": NameOID.COMMON_NAME}


class Certificates:
    """An authority, a server's certificate, and clients' by the sender's name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._authority = TestCa(30, [ELSEWHERE])
        self.ca = self._file("ca.pem", self._authority.pem)
        self.server = self._pair("server", self._authority.server())
        self._clients: dict[str, tuple[str, str]] = {}

    def client(self, sender: str) -> tuple[str, str]:
        """Certificate and key files of a consumer; its id is the subject's serial number, and its unit.

        ``nobody`` has neither.
        """
        if sender not in self._clients:
            parts = (
                {"common": "PROV SYSTEM"} if sender == NOBODY else {"common": "PROV", "unit": sender, "serial": sender}
            )
            pair = self._authority._issue(_subject(parts), ExtendedKeyUsageOID.CLIENT_AUTH)
            self._clients[sender] = self._pair(sender, pair)
        return self._clients[sender]

    def client_context(self, sender: str) -> ssl.SSLContext:
        """A consumer's TLS."""
        context = ssl.create_default_context(cafile=self.ca)
        context.load_cert_chain(*self.client(sender))
        return context

    def producer_context(self, kind: str = "") -> ssl.SSLContext:
        """A producer's TLS, which asks for a certificate. ``elsewhere`` has another host's; ``foreign`` is unknown."""
        pair = self.server
        if kind == "elsewhere":
            names = x509.SubjectAlternativeName([x509.DNSName(ELSEWHERE)])
            issued = self._authority._issue(_subject({"common": "PROV"}), ExtendedKeyUsageOID.SERVER_AUTH, names)
            pair = self._pair(kind, issued)
        elif kind == "foreign":
            pair = self._pair(kind, TestCa(30).server())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        context.load_verify_locations(self.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _pair(self, name: str, pair: tuple[str, str]) -> tuple[str, str]:
        return self._file(f"{name}.pem", pair[0]), self._file(f"{name}.key", pair[1])

    def _file(self, name: str, text: str) -> str:
        path = self._folder / name
        path.write_text(text, "ascii")
        return str(path)


@cache
def header_certificate(**subject: str) -> str:
    """A certificate as PEM, for the header of a proxy; nobody checks who issued it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _subject(subject)
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode("ascii").strip()


def _subject(parts: Mapping[str, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(_NAMES[part], value) for part, value in parts.items()])


def bare(pem: str) -> str:
    """The base64 of a PEM certificate in one line."""
    return "".join(pem.splitlines()[1:-1])
