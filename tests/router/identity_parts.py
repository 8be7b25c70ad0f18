"""Certificates with chosen subjects, the forms in which proxies pass them on, and calls that carry them."""

import asyncio
import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from gateway_parts import Bench, bench
from gateway_samples import fault_of, permission, question, request, route

from gateway.message import Answer, Headers, Request

NAME, URL = "GetFixedContacts", "http://producer/vp"
HSA_ID = "TSTNMT2321000156-B02"
TEXT_002 = "VP002 [prov] Fel i klientcertifikat. Saknas, är av felaktig typ, eller är felaktigt utformad."
_DAY = timedelta(days=1)

Attributes = tuple[tuple[x509.ObjectIdentifier, str], ...]
SUBJECT: Attributes = ((NameOID.COUNTRY_NAME, "SE"), (NameOID.COMMON_NAME, "prov"), (NameOID.SERIAL_NUMBER, HSA_ID))
NO_ID: Attributes = SUBJECT[:2]


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def der(attributes: Attributes = SUBJECT) -> bytes:
    """A self-signed certificate with a subject, in the order in which it is encoded."""
    return signed(x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes]))


def signed(name: x509.Name) -> bytes:
    """The same for a name of any shape."""
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key().public_key())
        .serial_number(1)
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .sign(_key(), hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.DER)


def pem(certificate: bytes, separator: str = "\n") -> str:
    """PEM with something in place of the line ends."""
    encoded = base64.b64encode(certificate).decode()
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return separator.join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"))


def bare(certificate: bytes) -> str:
    """Base64 on its own, as Traefik writes it."""
    return base64.b64encode(certificate).decode()


def ready(**settings: Any) -> Bench:
    """A router with one route, which HSA_ID may use."""
    return bench([route("A", NAME, URL)], [permission("A", NAME, HSA_ID)], **settings)


def call(sent: Headers, *, ip: str = "127.0.0.1", body: bytes | None = None) -> Request:
    """A call to that route on the plain listener."""
    return request(question(address="A") if body is None else body, sent, ip=ip)


def with_certificate(value: str, *more: tuple[bytes, bytes], name: bytes = b"x-vp-auth-cert") -> Headers:
    """Headers with a certificate, and others."""
    return [(name, value.encode("latin-1")), *more]


@dataclass
class _Connection:
    """A TLS connection, as far as a router looks at one."""

    certificate: bytes | None

    def get_extra_info(self, name: str) -> "_Connection":
        assert name == "ssl_object"
        return self

    def getpeercert(self, binary_form: bool) -> bytes | None:
        assert binary_form
        return self.certificate


def over_tls(sent: Headers, certificate: bytes | None = None, *, ip: str = "127.0.0.1", body: bytes = b"") -> Request:
    """A call to that route on the TLS listener."""
    connection = cast(asyncio.Transport, _Connection(certificate))
    return replace(call(sent, ip=ip, body=body or None), scheme="https", transport=connection)


def fault(answer: Answer) -> tuple[str, str, str]:
    """faultcode, faultstring and detailString of a refusal."""
    assert answer.status == 500
    assert (b"content-type", b"text/xml; charset=UTF-8") in answer.headers
    return fault_of(answer.body)


def code(answer: Answer) -> str:
    """``VP002`` and the like, blank for an answer that is none."""
    return "" if answer.status == 200 else fault(answer)[1].partition(" ")[0]


def history_sent(found: Bench) -> list[str]:
    """The routing history that the producer got."""
    return found.client.sent[-1].header("x-rivta-routing-history")
