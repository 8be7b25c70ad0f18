"""The order in which a call is checked: of two faults the consumer hears of the one that comes first."""

import pytest
from gateway_parts import Bench, bench
from gateway_samples import (
    NAMES,
    SENDER,
    TOLVAN,
    address_header,
    envelope,
    fault_of,
    headers,
    permission,
    question,
    request,
    request_element,
    responder,
    route,
)

from gateway.message import Answer
from gateway.router.send import ProducerAnswer
from gateway.soap import ns

URL = "http://producer/vp"
NAME = "GetFixedContacts"
DOWN = {URL: ProducerAnswer(404, [], b"")}


def ready(**changes: object) -> Bench:
    return bench([route("A", NAME, URL)], [permission("A", NAME)], **changes)  # type: ignore[arg-type]


def code(answer: Answer) -> str:
    assert answer.status == 500
    return fault_of(answer.body)[1].partition(" ")[0]


GOOD = question(address="A")
NOT_SOAP, NO_ADDRESS = b"hej", envelope(request_element(NAME))
NO_ROUTE = question(address="Z")
TO = f'<wsa:To xmlns:wsa="{ns.WSA}">A</wsa:To>'
BP20 = envelope(request_element(NAME), TO)
OUTSIDE, ANONYMOUS = "10.1.1.1", headers(sender="")
ROUTES = {
    "none": [],
    "two": [route("A", NAME, URL), route("A", NAME, URL)],
    "blank": [route("A", NAME, " ")],
    "other": [route("A", NAME, URL, profile="rivtabp22")],
    "good": [route("A", NAME, URL)],
}


def test_a_call_that_is_right_in_every_way() -> None:
    answer = ready().handle(request(GOOD))
    assert (answer.status, answer.body) == (200, b"<answer/>")


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"ip": OUTSIDE, "sent": ANONYMOUS, "body": NOT_SOAP}, "VP011"),
        ({"sent": ANONYMOUS, "body": NOT_SOAP}, "VP002"),
        ({"sent": headers(instance="other"), "body": NOT_SOAP}, "VP002"),
        ({"body": NOT_SOAP, "routes": "none"}, "VP015"),
        ({"body": NO_ADDRESS, "routes": "none"}, "VP003"),
        ({"body": NO_ROUTE, "permissions": False}, "VP004"),
        ({"routes": "none", "permissions": False, "body": BP20}, "VP004"),
        ({"routes": "two", "permissions": False, "body": BP20}, "VP006"),
        ({"routes": "blank", "permissions": False, "body": BP20}, "VP010"),
        ({"permissions": False, "body": BP20, "routes": "other"}, "VP007"),
        ({"body": BP20, "routes": "other"}, "VP005"),
        ({"body": BP20}, "VP009"),
        ({}, "VP009"),
    ],
)
def test_the_first_fault_in_the_national_order_is_told(wrong: dict[str, object], expected: str, mode: str) -> None:
    """National VP, order of checks: address list, sender, message, address, route, permission, profile, producer."""
    found = bench(
        ROUTES[str(wrong.get("routes", "good"))],
        [permission("A", NAME)] if wrong.get("permissions", True) else [],
        answers=DOWN,  # type: ignore[arg-type]
        mode=mode,
    )
    call = request(wrong.get("body", GOOD), wrong.get("sent"), ip=str(wrong.get("ip", "127.0.0.1")))  # type: ignore[arg-type]
    assert code(found.handle(call)) == expected
    assert bool(found.client.sent) == (expected == "VP009")


def detail(found: Bench, body: bytes = GOOD, **more: object) -> str:
    return fault_of(found.handle(request(body, **more)).body)[2]  # type: ignore[arg-type]


def test_an_address_outside_the_list() -> None:
    """National VP, step 2a, word for word (two blanks before "IP-address")."""
    assert detail(ready(), ip=OUTSIDE).startswith(
        "Caller was not on the white list of accepted IP-addresses.  IP-address: 10.1.1.1. HTTP header"
    )


@pytest.mark.parametrize("ip", ["127.0.0.10", "127.0.0", "", "::ffff:127.0.0.1"])
def test_addresses_are_compared_whole(ip: str) -> None:
    """Unlike the national VP, which compares prefixes, so that 127.0.0.1 also lets 127.0.0.10 in."""
    assert code(ready().handle(request(GOOD, ip=ip))) == "VP011"


def test_the_list_is_a_setting() -> None:
    assert ready(allowed_ips=("10.1.1.1",)).handle(request(GOOD, ip=OUTSIDE)).status == 200
    assert code(ready(allowed_ips=()).handle(request(GOOD))) == "VP011"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (headers(sender="", instance=""), "Say who you are"),
        (headers(instance="other"), "x-vp-sender-id counts only together with x-vp-instance-id: rivta-gateway."),
        (headers(instance=""), "x-vp-sender-id counts only together with x-vp-instance-id: rivta-gateway."),
        (headers(sender=""), "x-vp-sender-id (your HSA-id) is missing or blank"),
    ],
)
def test_a_sender_that_cannot_be_believed(sent: list[tuple[bytes, bytes]], told: str) -> None:
    """National VP, step 2b: the sender's id counts only together with the platform's own instance id."""
    answer = ready().handle(request(GOOD, sent))
    assert fault_of(answer.body)[2] == "No certificate found in httpheader x-vp-auth-cert"
    assert told in answer.body.decode()


def test_no_address() -> None:
    """National VP, step 7; the detail ends with a blank."""
    assert detail(ready(), NO_ADDRESS) == "No receiverId (logical address) found in message header. "


@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_a_blank_address_is_no_address(blank: str) -> None:
    assert code(ready().handle(request(question(address=blank)))) == "VP003"


def test_no_route() -> None:
    """National VP, step 8, word for word."""
    assert detail(ready(), NO_ROUTE) == (
        f"No receiverId (logical address) found for serviceNamespace: {responder(NAME)}, receiverId: Z"
    )


@pytest.mark.parametrize("address", [" A", "A ", "A B"])
def test_a_blank_in_the_address_is_told(address: str) -> None:
    """National VP, VP004: the detail says so when the address holds a blank."""
    assert detail(ready(), question(address=address)).endswith(". Whitespace detected in incoming request!")


@pytest.mark.parametrize(
    ("body", "sv", "en"),
    [
        (question(address="Z"), "Den logiska adressen Z är inte känd", "The logical address Z is not known"),
        (
            question("GetCarePlans", "A"),
            "Ingen producent har tjänstekontraktet",
            "No producer has the service contract",
        ),
        (question(address="A "), "blanktecken", "white space"),
    ],
)
def test_the_strict_fault_says_why_there_is_no_route(body: bytes, sv: str, en: str) -> None:
    text = ready().handle(request(body)).body.decode()
    assert sv in text
    assert en in text


def test_more_than_one_route() -> None:
    found = bench(ROUTES["two"], [permission("A", NAME)])
    assert detail(found) == (
        "More than one receiverId (logical address) with matching Riv-version found for serviceNamespace: "
        f"{responder(NAME)}, receiverId: A"
    )


def test_a_route_without_an_address() -> None:
    found = bench(ROUTES["blank"], [permission("A", NAME)])
    assert detail(found) == (
        f"Physical Address field is empty in Service Producer for serviceNamespace: {responder(NAME)}, receiverId: A"
    )


def test_no_permission() -> None:
    """National VP, step 10, word for word."""
    found = bench(ROUTES["good"])
    assert detail(found) == (
        f"Authorization missing for serviceNamespace: {responder(NAME)}, receiverId: A, senderId: {SENDER}"
    )


def test_the_original_consumer_has_no_permission_of_its_own() -> None:
    """National VP: the sender is authorized, whoever stands behind it."""
    found = bench(ROUTES["good"], [permission("A", NAME, "ORIGINAL")])
    sent = headers(x_rivta_original_serviceconsumer_hsaid="ORIGINAL")
    assert code(found.handle(request(GOOD, sent))) == "VP007"


def test_the_wrong_profile() -> None:
    """National VP, VP005: the incoming profile is told; only 2.0 and 2.1 can be rewritten to each other."""
    found = bench(ROUTES["other"], [permission("A", NAME)])
    assert detail(found, BP20).endswith("found for rivtabp20")
    assert detail(found).endswith("found for rivtabp21")


def test_a_default_route_and_permission() -> None:
    """National VP, steps 8 and 10: both fall back to ``*``."""
    found = bench([route("*", NAME, URL)], [permission("*", NAME)])
    assert found.handle(request(question(address="ANY"))).status == 200
    call = found.events[-1][1]
    assert call.route is not None
    assert call.permission is not None
    assert (call.route.trace, call.permission.trace) == ("ANY,(default),*", "ANY,(default),*")


def test_the_path_means_nothing() -> None:
    """National VP: only the message decides where a call goes."""
    assert ready().handle(request(GOOD, target=b"/vp/GetCarePlans/2/rivtabp21?x=1")).status == 200


BROKEN_LATE = GOOD.replace(b"</soapenv:Body>", b"</soapenv:Bdy>")
TWO = envelope(request_element(NAME) * 2, address_header("A"))
INVALID = GOOD.replace(b"<core:root>", b"<core:rot>").replace(b"</core:root>", b"</core:rot>")


@pytest.mark.parametrize("body", [BROKEN_LATE, TWO])
def test_what_follows_the_head_counts_in_strict_mode_only(body: bytes) -> None:
    """The national VP reads no further than the first start tag in Body and forwards the rest as it is."""
    assert code(ready().handle(request(body))) == "VP015"
    national = ready(mode="national")
    assert national.handle(request(body)).status == 200
    assert national.client.sent[0].body == body


def test_two_children_of_body_are_told() -> None:
    """RIV-TA Basic Profile 2.1 #7."""
    assert "exactly one element, found 2" in detail(ready(), TWO)


@pytest.mark.parametrize("validate", ["request", "both"])
@pytest.mark.parametrize("mode", ["national", "strict"])
def test_requests_are_checked_when_asked_for(validate: str, mode: str) -> None:
    found = ready(validate=validate, mode=mode)
    told = detail(found, INVALID)
    assert "core:rot" not in told
    assert "rot" in told
    assert "(contract GetFixedContacts_1.0)" in told
    assert found.client.sent == []


def test_otherwise_they_are_not() -> None:
    assert ready().handle(request(INVALID)).status == 200


def test_a_checked_request_may_be_large_or_small() -> None:
    many = "".join(f"<q:fixedContactType><core:code>{n}</core:code></q:fixedContactType>" for n in range(3000))
    large = question(address="A", more=many)
    assert len(large) > 100_000
    found = ready(validate="request")
    assert found.handle(request(large)).status == 200
    assert found.client.sent[0].body == large
    assert code(found.handle(request(large.replace(b"<core:code>7<", b"<core:kod>7<")))) == "VP015"


def test_an_invalid_request_does_not_tell_whose_it_is() -> None:
    broken = question(address="A", more=f"<q:validityPeriod>{TOLVAN}</q:validityPeriod>")
    answer = ready(validate="request").handle(request(broken))
    assert code(answer) == "VP015"
    assert TOLVAN.encode() not in answer.body


@pytest.mark.parametrize("name", NAMES)
def test_every_contract_is_routed_by_its_namespace(name: str) -> None:
    found = bench([route("A", name, URL)], [permission("A", name)], validate="request")
    assert found.handle(request(question(name, "A"))).status == 200
    other = next(known for known in NAMES if known != name)
    assert code(found.handle(request(question(other, "A")))) == "VP004"


@pytest.mark.parametrize(
    ("content_type", "encoding"),
    [
        (b"text/xml; charset=iso-8859-1", "iso-8859-1"),
        (b'text/xml; Charset="ISO-8859-1"', "iso-8859-1"),
        (b"text/xml;charset = utf-16", "utf-16"),
        (b"text/xml", "utf-16"),
        (b"application/soap+xml; charset=UTF-8", "utf-8"),
        (b"text/plain", "utf-8"),
    ],
)
def test_the_charset_of_the_transport_is_believed(content_type: bytes, encoding: str) -> None:
    """National VP: the charset of Content-Type counts before the XML declaration."""
    body = question(address="Åä").decode().encode(encoding)
    found = bench([route("ÅÄ", NAME, URL)], [permission("ÅÄ", NAME)], mode="national")
    assert found.handle(request(body, [*headers(), (b"content-type", content_type)])).status == 200


def test_an_unreadable_charset_is_the_consumers_fault() -> None:
    sent = [*headers(), (b"content-type", b"text/xml; charset=x-unknown")]
    assert code(ready().handle(request(GOOD, sent))) == "VP015"
