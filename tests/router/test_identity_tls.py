"""The TLS listener: nothing but the certificate of the connection says who calls (national VP, identity over HTTPS)."""

import pytest
from cryptography.x509.oid import NameOID
from gateway_samples import headers
from identity_parts import HSA_ID, NO_ID, TEXT_002, bare, code, der, fault, over_tls, ready
from log_parts import fields

MODES = pytest.mark.parametrize("mode", ["national", "strict"])
FORGED = der(((NameOID.SERIAL_NUMBER, "SE0000000000-ANNAN"),))
INJECTED = ((NameOID.SERIAL_NUMBER, HSA_ID), (NameOID.COMMON_NAME, "x, SERIALNUMBER=SE0000000000-ANNAN, y"))


@MODES
def test_the_certificate_counts(mode: str) -> None:
    found = ready(mode=mode)
    assert code(found.handle(over_tls([], der()))) == ""
    assert found.events[-1][1].sender == HSA_ID
    assert found.client.sent[0].header("x-vp-sender-id") == [HSA_ID]


@MODES
def test_what_the_headers_say_does_not(mode: str) -> None:
    """A certificate in a header, or a sender's id, is for the plain listener behind its allow-list."""
    found = ready(mode=mode)
    forged = [*headers("SE0000000000-ANNAN"), (b"x-vp-auth-cert", bare(FORGED).encode())]
    assert code(found.handle(over_tls(forged, der()))) == ""
    assert found.events[-1][1].sender == HSA_ID
    assert found.client.sent[0].header("x-vp-sender-id") == [HSA_ID]
    assert found.client.sent[0].header("x-vp-auth-cert") == []


@MODES
def test_there_is_no_allow_list(mode: str) -> None:
    found = ready(mode=mode)
    assert code(found.handle(over_tls([(b"x-forwarded-for", b"10.20.30.40")], der(), ip="203.0.113.9"))) == ""
    assert found.events[-1][1].source_ip == ""


@MODES
@pytest.mark.parametrize(
    ("certificate", "shown"), [(der(NO_ID), "CN=prov, C=SE"), (None, "null"), (b"hej", "null")], ids=str
)
def test_vp002_word_for_word(certificate: bytes | None, shown: str, mode: str) -> None:
    """The detail shows the subject as Java prints it, or ``null``."""
    answer = ready(mode=mode).handle(over_tls([], certificate))
    assert fault(answer) == ("SOAP-ENV:Client", TEXT_002, f"No senderId found in Certificate: {shown}")
    assert ("sender_id_pattern finds" in answer.body.decode()) is (mode == "strict")


def test_a_common_name_is_no_serial_number_in_strict_mode() -> None:
    """Java's form, which the national VP looks in, does not escape the equals sign of a value."""
    found = ready()
    assert code(found.handle(over_tls([], der(INJECTED)))) == ""
    found = ready(mode="national")
    assert fault(found.handle(over_tls([], der(INJECTED))))[2].endswith("senderId: SE0000000000-ANNAN")


@MODES
def test_the_pattern_is_the_same_setting(mode: str) -> None:
    subject = ((NameOID.ORGANIZATIONAL_UNIT_NAME, HSA_ID),)
    assert code(ready(mode=mode, sender_id_pattern="OU=([^,]+)").handle(over_tls([], der(subject)))) == ""


@MODES
def test_the_order_sender_message(mode: str) -> None:
    found = ready(mode=mode)
    assert code(found.handle(over_tls([], der(NO_ID), body=b"hej"))) == "VP002"
    assert code(found.handle(over_tls([], der(), body=b"hej"))) == "VP015"


def test_the_log_tells_the_listener_and_the_warning() -> None:
    found = ready(sender_ids_allowed=("SENDER1",))
    original = (b"x-rivta-original-serviceconsumer-hsaid", b"SE0000000000-URSPRUNG")
    assert code(found.handle(over_tls([original], der()))) == ""
    labels = fields("req-in", found.events[0][1])["labels"]
    assert labels["route"] == "vp-https-route"
    assert labels["senderid"] == HSA_ID
    assert labels["warning"].startswith(f"{HSA_ID} is not in sender_ids_allowed")
    assert code(found.handle(over_tls([], der()))) == ""
    assert "warning" not in fields("req-in", found.events[-1][1])["labels"]
