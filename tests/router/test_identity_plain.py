"""The plain listener: who may call, and when ``x-vp-sender-id`` is believed (national VP, steps 2a and 2b)."""

from pathlib import Path

import pytest
from gateway_samples import PLATFORM, headers
from identity_parts import HSA_ID, call, code, der, fault, history_sent, pem, ready, with_certificate

from gateway.errors import DataError
from gateway.message import Headers
from gateway.router.identity.addresses import AllowList
from gateway.router.identity.identify import Identify
from gateway.settings import Settings

MODES = pytest.mark.parametrize("mode", ["national", "strict"])
SENDER, INSTANCE, FORWARDED = (b"x-vp-sender-id", b"x-vp-instance-id", b"x-forwarded-for")
OWN = headers(HSA_ID)
TEXT_011 = (
    "VP011 [prov] Anrop har gjorts utanför TLS vilket ej är tillåtet. Tjänstekonsumenten ska alltid använda TLS för "
    "säker kommunikation."
)
NOT_LISTED = (
    "Caller was not on the white list of accepted IP-addresses.  IP-address: {}. HTTP header that caused checking: {}"
)


@MODES
def test_vp011_for_the_address_of_the_connection(mode: str) -> None:
    """Word for word: faultcode, faultstring, detail (two blanks before IP-address) and HTTP status 500."""
    answer = ready(mode=mode).handle(call(OWN, ip="10.1.1.1"))
    assert fault(answer) == ("SOAP-ENV:Client", TEXT_011, NOT_LISTED.format("10.1.1.1", "CamelNettyRemoteAddress"))


@MODES
def test_vp011_for_the_address_that_a_proxy_tells(mode: str) -> None:
    """An internal call is checked by X-Forwarded-For too; the fault names that header."""
    answer = ready(mode=mode).handle(call([*OWN, (FORWARDED, b"10.20.30.40")]))
    assert fault(answer) == ("SOAP-ENV:Client", TEXT_011, NOT_LISTED.format("10.20.30.40", "X-Forwarded-For"))


def test_the_forwarding_header_is_a_setting() -> None:
    found = ready(forwarded_for_header="X-Real-IP")
    answer = found.handle(call([*OWN, (b"x-real-ip", b"10.20.30.40")]))
    assert fault(answer)[2] == NOT_LISTED.format("10.20.30.40", "X-Real-IP")
    assert code(found.handle(call([*OWN, (FORWARDED, b"10.20.30.40")]))) == ""


@MODES
def test_a_caller_with_a_certificate_is_not_checked_by_the_forwarding_header(mode: str) -> None:
    """Its identity does not rest on the address behind the proxy; the connection's own address is checked."""
    sent = with_certificate(pem(der(), " "), (FORWARDED, b"10.20.30.40"))
    found = ready(mode=mode)
    assert code(found.handle(call(sent))) == ""
    assert found.events[-1][1].source_ip == "10.20.30.40"
    assert code(found.handle(call(sent, ip="10.20.30.40"))) == "VP011"


@MODES
def test_the_forwarded_address_is_the_callers_in_the_log(mode: str) -> None:
    found = ready(mode=mode, allowed_ips=("127.0.0.1", "1.2.3.4"))
    assert code(found.handle(call([*OWN, (FORWARDED, b"1.2.3.4")]))) == ""
    assert found.events[-1][1].source_ip == "1.2.3.4"
    assert code(found.handle(call(OWN))) == ""
    assert found.events[-1][1].source_ip == ""


LISTS = [
    (("127.0.0.1",), "127.0.0.1", True, True),
    (("127.0.0",), "127.0.0.77", True, None),
    (("10.",), "10.1.2.3", True, None),
    (("1.2.3.4",), "1.2.3.45", True, False),
    (("1.2.3.4",), "1.2.3.5", False, False),
    ((" 1.2.3.4 ",), "1.2.3.4", True, True),
    (("10.0.0.0/8",), "10.200.0.1", False, True),
    (("10.0.0.0/8",), "11.0.0.1", False, False),
    (("2001:db8::/32",), "2001:db8:0:0::1", False, True),
    (("::1",), "::1", True, True),
    (("0.0.0.0/0",), "::1", False, False),
    ((), "127.0.0.1", False, False),
    (("",), "127.0.0.1", False, False),
    (("127.0.0.1", "10.1.1.1"), "10.1.1.1", True, True),
    (("127.0.0.1",), "", False, False),
    (("127.0.0.1",), " ", False, False),
]


@pytest.mark.parametrize(("allowed", "ip", "national", "strict"), LISTS)
def test_the_list(allowed: tuple[str, ...], ip: str, national: bool, strict: bool | None) -> None:
    """National: beginnings of addresses, nobody with an empty list. Strict: addresses and networks, nothing else."""
    assert AllowList(allowed, national=True).caller(ip) is national
    if strict is None:
        with pytest.raises(DataError, match=r"allowed_ips: .* beginnings count in national mode only"):
            AllowList(allowed, national=False)
    else:
        assert AllowList(allowed, national=False).caller(ip) is strict


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "10.0.0.256", "localhost", "10.0.0.0/33", "10.0.0.1-10.0.0.9"])
def test_a_wrong_entry_stops_the_start_in_strict_mode(wrong: str) -> None:
    with pytest.raises(DataError) as caught:
        Identify(Settings(allowed_ips=(wrong,)))
    assert caught.value.path == Path("settings")
    assert wrong in str(caught.value)
    assert Identify(Settings(allowed_ips=(wrong,), mode="national"))


FORWARDS = [
    ([b"1.2.3.4"], True, True),
    ([b"1.2.3.4, 9.9.9.9"], True, False),
    ([b"9.9.9.9, 1.2.3.4"], False, False),
    ([b"1.2.3.4,127.0.0.1"], True, True),
    ([b"1.2.3.4", b"127.0.0.1"], False, True),
    ([b"1.2.3.4", b"9.9.9.9"], False, False),
    ([b"1.2.3.45"], True, False),
    ([b""], False, False),
    ([b"unknown"], False, False),
]


@pytest.mark.parametrize(("values", "national", "strict"), FORWARDS)
def test_a_list_of_forwarded_addresses(values: list[bytes], national: bool, strict: bool) -> None:
    """National: the whole value by its beginning, so that only the first address counts. Strict: every address."""
    sent = [*OWN, *((FORWARDED, value) for value in values)]
    for mode, expected in (("national", national), ("strict", strict)):
        found = ready(mode=mode, allowed_ips=("127.0.0.1", "1.2.3.4"))
        assert (code(found.handle(call(sent))) == "") is expected, mode


NOBODY = "No certificate found in httpheader x-vp-auth-cert"


@MODES
@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ([], "Say who you are"),
        ([(SENDER, b"X")], "x-vp-sender-id counts only together with x-vp-instance-id: rivta-gateway."),
        (headers("X", "other"), "x-vp-sender-id counts only together with x-vp-instance-id: rivta-gateway."),
        ([(INSTANCE, PLATFORM.encode())], "x-vp-sender-id (your HSA-id) is missing or blank"),
        (headers("X", PLATFORM.upper()), "x-vp-sender-id counts only together with"),
    ],
)
def test_vp002_when_nobody_says_who_calls(sent: Headers, hint: str, mode: str) -> None:
    """National VP, VP002, header missing; only strict mode says what to do about it."""
    answer = ready(mode=mode).handle(call(sent))
    assert fault(answer)[2] == NOBODY
    assert (hint in answer.body.decode()) is (mode == "strict")


@MODES
def test_a_believed_sender_has_no_routing_history(mode: str) -> None:
    """National VP: internal calls send on what they got; the platform's own calls come back to it on purpose."""
    found = ready(mode=mode)
    name = b"x-rivta-routing-history"
    assert code(found.handle(call([*OWN, (name, b"some-server#" + PLATFORM.encode())]))) == ""
    assert history_sent(found) == [f"some-server#{PLATFORM}"]
    assert code(found.handle(call(OWN))) == ""
    assert history_sent(found) == []


@MODES
def test_another_platforms_instance_id_leads_to_the_certificate(mode: str) -> None:
    """National VP: x-vp-sender-id alone, or with another instance id, is ignored; so is X-Forwarded-For then."""
    more = ((SENDER, b"FORGED"), (INSTANCE, b"other"), (FORWARDED, b"10.20.30.40"))
    found = ready(mode=mode)
    assert code(found.handle(call(with_certificate(pem(der()), *more)))) == ""
    assert found.events[-1][1].sender == HSA_ID
    assert found.client.sent[0].header("x-vp-sender-id") == [HSA_ID]


def repeated(*names: bytes) -> Headers:
    return [*OWN, *(header for header in OWN if header[0] in names)]


def test_a_repeated_sender_is_nobody() -> None:
    """Two answers to the question who calls are none. Nationally they are one id together, without permission."""
    answer = ready().handle(call(repeated(SENDER)))
    assert fault(answer)[2] == NOBODY
    assert "only once each" in answer.body.decode()
    found = ready(mode="national")
    assert fault(found.handle(call(repeated(SENDER))))[2].endswith(f"senderId: [{HSA_ID}, {HSA_ID}]")


@MODES
def test_a_repeated_instance_id_is_another_one(mode: str) -> None:
    assert fault(ready(mode=mode).handle(call(repeated(INSTANCE))))[2] == NOBODY


@MODES
def test_other_headers_may_be_repeated(mode: str) -> None:
    found = ready(mode=mode)
    assert code(found.handle(call([*OWN, (b"x-other", b"a"), (b"x-other", b"b")]))) == ""
    assert found.events[-1][1].sender == HSA_ID


def test_a_blank_sender_is_nobody_in_strict_mode_only() -> None:
    """Nationally a header without a value is a sender without a name, who has no permission."""
    sent = [(SENDER, b""), (INSTANCE, PLATFORM.encode())]
    assert fault(ready().handle(call(sent)))[2] == NOBODY
    assert fault(ready(mode="national").handle(call(sent)))[2].endswith("receiverId: A, senderId: ")


@MODES
def test_the_order_address_sender_message(mode: str) -> None:
    """National VP, order of checks: VP011 before VP002 before VP015."""
    found = ready(mode=mode)
    assert code(found.handle(call([], ip="10.1.1.1", body=b"hej"))) == "VP011"
    assert code(found.handle(call([], body=b"hej"))) == "VP002"
    assert code(found.handle(call(OWN, body=b"hej"))) == "VP015"
