"""A certificate that a proxy passes on in a header (national VP, identity on the plain listener)."""

import base64
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from identity_parts import (
    HSA_ID,
    NO_ID,
    SUBJECT,
    TEXT_002,
    bare,
    call,
    code,
    der,
    fault,
    pem,
    ready,
    signed,
    with_certificate,
)

from gateway.errors import DataError
from gateway.router.identity.certificate import CertificateReader
from gateway.settings import Settings

MODES = pytest.mark.parametrize("mode", ["national", "strict"])
PATTERN = Settings().sender_id_pattern
OTHER = der(((NameOID.SERIAL_NUMBER, "SE0000000000-ANNAN"),))

ACCEPTED = {
    "pem": pem(der()),
    "pem with blanks": pem(der(), " "),
    "pem with tabs": pem(der(), "\t"),
    "pem in one line": pem(der(), ""),
    "pem with text around": f"subject=x {pem(der(), ' ')} and more",
    "bare": bare(der()),
    "bare with blanks": " ".join((bare(der())[:64], bare(der())[64:])),
    "chain, bare": ",".join((bare(der()), bare(OTHER), bare(OTHER))),
    "chain, pem": " ".join((pem(der(), " "), pem(OTHER, " "))),
    "without padding": bare(der()).rstrip("="),
}


@MODES
@pytest.mark.parametrize("form", ACCEPTED)
def test_the_forms_that_proxies_use(form: str, mode: str) -> None:
    """The first certificate of a chain is the caller's."""
    found = ready(mode=mode)
    assert code(found.handle(call(with_certificate(ACCEPTED[form])))) == ""
    assert found.events[-1][1].sender == HSA_ID
    assert found.client.sent[0].header("x-vp-auth-cert") == []
    assert found.client.sent[0].header("x-rivta-original-serviceconsumer-hsaid") == [HSA_ID]


@pytest.mark.parametrize("safe", ["", "+/=", "-"])
def test_url_encoded_pem_is_understood_in_strict_mode(safe: str) -> None:
    """nginx ($ssl_client_escaped_cert) and AWS write it so. The national VP does not decode it, and says so."""
    sent = with_certificate(quote(pem(der()), safe=safe))
    assert code(ready().handle(call(sent))) == ""
    assert code(ready(mode="national").handle(call(sent))) == "VP002"


UNKNOWN = "Exception, unkown certificate type found in httpheader x-vp-auth-cert"
BROKEN = "Exception occured parsing certificate in httpheader x-vp-auth-cert"
NO_SENDER = "No senderId found in Certificate"
REFUSED = [
    ("blank", "", UNKNOWN, "must hold the certificate as PEM"),
    ("text", "hej", UNKNOWN, "must hold the certificate as PEM"),
    ("begins late", " " + bare(der()), UNKNOWN, "must hold the certificate as PEM"),
    ("lower case", pem(der()).lower(), UNKNOWN, "must hold the certificate as PEM"),
    ("beginning alone", "-----BEGIN CERTIFICATE-----" + bare(der()), UNKNOWN, "must hold the certificate as PEM"),
    ("another kind", pem(der()).replace("CERTIFICATE", "PUBLIC KEY"), UNKNOWN, "must hold the certificate as PEM"),
    ("cut", pem(der()[:-40]), BROKEN, "Is it cut off?"),
    ("cut, bare", bare(der())[:-80], BROKEN, "Is it cut off?"),
    ("no base64", pem(der()).replace("MII", "M?I"), BROKEN, "Is it cut off?"),
    ("no certificate", pem(b"hej"), BROKEN, "Is it cut off?"),
    ("empty", "-----BEGIN CERTIFICATE----------END CERTIFICATE-----", BROKEN, "Is it cut off?"),
    ("backwards", "-----END CERTIFICATE----- -----BEGIN CERTIFICATE-----", BROKEN, "Is it cut off?"),
    ("a letter that is none", bare(der()) + "\xe5", BROKEN, "Is it cut off?"),
    ("no id", pem(der(NO_ID)), NO_SENDER, "(CN=prov, C=SE) has nothing that the setting sender_id_pattern finds"),
]


@MODES
@pytest.mark.parametrize(("value", "detail", "hint"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_vp002_word_for_word(value: str, detail: str, hint: str, mode: str) -> None:
    """faultcode, faultstring, detail and HTTP status as the national VP's, its misspellings included."""
    found = ready(mode=mode)
    answer = found.handle(call(with_certificate(value)))
    assert fault(answer) == ("SOAP-ENV:Client", TEXT_002, detail)
    assert (hint in answer.body.decode()) is (mode == "strict")
    assert found.actions == ["error", "resp-out"]


@MODES
def test_two_certificate_headers_are_none(mode: str) -> None:
    """National VP: a repeated header is a list, and a list is no certificate."""
    value = bare(der()).encode()
    answer = ready(mode=mode).handle(call(with_certificate(bare(der()), (b"x-vp-auth-cert", value))))
    assert fault(answer)[2] == UNKNOWN
    assert ("Send x-vp-auth-cert only once" in answer.body.decode()) is (mode == "strict")


@MODES
def test_the_header_is_a_setting(mode: str) -> None:
    found = ready(mode=mode, certificate_header="X-Forwarded-Tls-Client-Cert")
    good = with_certificate(bare(der()), name=b"x-forwarded-tls-client-cert")
    assert code(found.handle(call(good))) == ""
    assert found.client.sent[0].header("x-forwarded-tls-client-cert") == []
    told = "No certificate found in httpheader X-Forwarded-Tls-Client-Cert"
    assert fault(found.handle(call(with_certificate(bare(der())))))[2] == told
    bad = with_certificate("hej", name=b"x-forwarded-tls-client-cert")
    assert fault(found.handle(call(bad)))[2] == UNKNOWN.replace("x-vp-auth-cert", "X-Forwarded-Tls-Client-Cert")


@MODES
def test_the_pattern_is_a_setting(mode: str) -> None:
    """National VP's own tests take the sender from OU."""
    subject = ((NameOID.ORGANIZATIONAL_UNIT_NAME, HSA_ID), (NameOID.COMMON_NAME, "x"))
    found = ready(mode=mode, sender_id_pattern="OU=([^,]+)")
    assert code(found.handle(call(with_certificate(pem(der(subject)))))) == ""
    assert fault(found.handle(call(with_certificate(pem(der())))))[2] == NO_SENDER


@pytest.mark.parametrize(("pattern", "told"), [("OU=(", "no regular expression"), ("OU=.+", "has no group")])
def test_a_wrong_pattern_stops_the_start(pattern: str, told: str) -> None:
    with pytest.raises(DataError, match=f"sender_id_pattern .*{told}"):
        CertificateReader(pattern, national=False)


def reader(pattern: str = PATTERN, *, national: bool = False) -> CertificateReader:
    return CertificateReader(pattern, national=national)


def name(text: str, kind: _ASN1Type) -> bytes:
    return signed(x509.Name([x509.NameAttribute(NameOID.SERIAL_NUMBER, text, kind, _validate=False)]))


@pytest.mark.parametrize(
    ("text", "kind", "national", "strict"),
    [
        (HSA_ID, _ASN1Type.PrintableString, HSA_ID, HSA_ID),
        (HSA_ID, _ASN1Type.UTF8String, HSA_ID, HSA_ID),
        ("SE1-Å", _ASN1Type.UTF8String, "", "SE1-Å"),
        ("A" * 127, _ASN1Type.PrintableString, "A" * 127, "A" * 127),
        ("A" * 130, _ASN1Type.UTF8String, "", "A" * 130),
    ],
)
def test_an_id_in_hex(text: str, kind: _ASN1Type, national: str, strict: str) -> None:
    """RFC 2253 gives ``2.5.4.5=#13…``. The national VP drops five characters and reads bytes of seven bits."""
    value = bare(name(text, kind)).encode()
    assert reader(national=True).header(value).sender == national
    assert reader().header(value).sender == strict


@pytest.mark.parametrize("text", ["SE1\r\nx-vp-sender-id: SE2", "SE1\0", "SE1\x7f", "SE1-Ł"])
@pytest.mark.parametrize("national", [True, False])
def test_an_id_that_fits_in_no_header_is_none(text: str, national: bool) -> None:
    """It is sent to the producer: a line end in it would be a header that nobody has checked."""
    certificate = name(text, _ASN1Type.UTF8String)
    assert reader(national=national).header(bare(certificate).encode()).problem in ("no-id", "broken")
    assert reader("(?s)SERIALNUMBER=(.+)", national=True).peer(certificate).problem == "no-id"


def test_an_id_beside_another_attribute() -> None:
    """A part of a name may have several attributes, which ``[^,]+`` takes along; strict mode reads the value alone."""
    several = x509.RelativeDistinguishedName(
        [x509.NameAttribute(NameOID.SERIAL_NUMBER, HSA_ID), x509.NameAttribute(NameOID.COMMON_NAME, "x")]
    )
    value = bare(signed(x509.Name([several]))).encode()
    assert reader().header(value).sender == HSA_ID


def test_a_certificate_is_read_once() -> None:
    """A proxy sends the same header with every call of a consumer."""
    found = reader()
    value = bare(der()).encode()
    assert found.header(value) is found.header(bytes(bytearray(value)))
    assert found.header.cache_info().hits == 1
    assert found.peer(der()) is found.peer(bytes(bytearray(der())))


def test_a_header_may_be_large() -> None:
    """A chain of real certificates is longer than the eight kilobytes that the national VP takes."""
    chain = ",".join([bare(der()), *(base64.b64encode(bytes(3000)).decode() for _ in range(4))])
    assert code(ready().handle(call(with_certificate(chain)))) == ""


def test_the_order_of_a_name_does_not_matter() -> None:
    assert reader().header(bare(der(SUBJECT[::-1])).encode()).sender == HSA_ID
