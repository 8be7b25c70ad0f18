"""A certificate authority for tests, which no real system should ever trust, and which says so."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_ORGANISATION = "RIVTA TEST - NOT FOR REAL USE"
_LOCAL = ("localhost", "127.0.0.1", "::1")
_CLOCKS_DIFFER = timedelta(hours=1)

Pair = tuple[str, str]


class TestCa:
    """An authority with a new key (P-256). Certificate and key are PEM.

    It can vouch for servers on this machine and on the hosts it was made for, and for no others (RFC 5280 4.2.1.10), so
    that somebody who trusts it in a browser, and loses its key, loses little.

    Attributes:
        pem, key: its own.
    """

    __test__ = False  # for pytest: no class of tests, in spite of its name

    def __init__(self, days: int, hosts: Iterable[str] = ()) -> None:
        """``days``: how long its certificate and all that it issues are valid. ``hosts``: more names or addresses."""
        self._hosts = tuple(dict.fromkeys((*_LOCAL, *hosts)))
        now = datetime.now(UTC)
        self._since, self._until = now - _CLOCKS_DIFFER, now + timedelta(days=days)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("RIVTA TEST CA")
        usage = _usage(signs_certificates=True)
        certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.NameConstraints([_subtree(host) for host in self._hosts], None), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.pem, self.key = _pem(certificate), _key_pem(self._key)

    def server(self) -> Pair:
        """Certificate and key of a server on any of the hosts."""
        names = [_general_name(host) for host in self._hosts]
        return self._issue(_name("localhost"), ExtendedKeyUsageOID.SERVER_AUTH, x509.SubjectAlternativeName(names))

    def client(self, hsa_id: str) -> Pair:
        """Certificate and key of a consumer, whose id is the subject's SERIALNUMBER.

        The blank in the common name says that it is not a host's, which the authority could not vouch for.
        """
        return self._issue(_name(f"TEST {hsa_id}", hsa_id), ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issue(self, name: x509.Name, purpose: x509.ObjectIdentifier, *more: x509.ExtensionType) -> Pair:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            self._builder(name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for extension in more:
            builder = builder.add_extension(extension, critical=False)
        return _pem(builder.sign(self._key, hashes.SHA256())), _key_pem(key)

    def _builder(self, name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._since)
            .not_valid_after(self._until)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        )


def _name(common: str, serial: str = "") -> x509.Name:
    parts = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "SE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
        x509.NameAttribute(NameOID.COMMON_NAME, common),
    ]
    if serial:
        parts.append(x509.NameAttribute(NameOID.SERIAL_NUMBER, serial))
    return x509.Name(parts)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _subtree(host: str) -> x509.GeneralName:
    """The same as a name constraint, where an address is a network of one."""
    try:
        return x509.IPAddress(ip_network(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode("ascii")
