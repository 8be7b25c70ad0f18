"""Which headers go along to the producer and back: national lists, kept, removed and added."""

import uuid
from typing import Any

import pytest
from gateway_parts import OK, Bench, Sent, bench
from gateway_samples import PLATFORM, SENDER, headers, permission, question, request, route

from gateway import __version__
from gateway.message import Answer
from gateway.router.call import new_id
from gateway.router.headers import user_agent
from gateway.router.producer import ProducerAnswer
from gateway.settings import Settings

NAME, HTTP, HTTPS = "GetFixedContacts", "http://producer/vp", "https://producer/vp"


def called(url: str = HTTP, answer: ProducerAnswer = OK, **more: object) -> Bench:
    return bench([route("A", NAME, url)], [permission("A", NAME)], {url: answer}, **more)  # type: ignore[arg-type]


def outgoing(sent: list[tuple[bytes, bytes]], url: str = HTTP, **settings: Any) -> Sent:
    found = called(url, **settings)
    assert found.handle(request(question(address="A"), sent)).status == 200
    return found.client.sent[0]


def returned(*given: tuple[str, str], mode: str = "strict", status: int = 200) -> dict[str, list[str]]:
    """The consumer's headers when the producer sent these."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in given]
    found = called(answer=ProducerAnswer(status, raw, b"<answer/>"), mode=mode)
    return by_name(found.handle(request(question(address="A"))))


def by_name(answer: Answer) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for name, value in answer.headers:
        names.setdefault(name.decode(), []).append(value.decode("latin-1"))
    return names


KEPT = [
    "soapaction",
    "accept",
    "authorization",
    "cookie",
    "mime-version",
    "x-rivta-acting-on-behalf-of-hsaid",
    "x-rivta-test",
    "x-rivta-routing-history",
    "x-other",
    "xmule_x",
    "text",
]


@pytest.mark.parametrize("url", [HTTP, HTTPS])
@pytest.mark.parametrize("name", KEPT)
def test_what_is_forwarded(name: str, url: str) -> None:
    """National VP, headers sent: everything that is not on the list goes along unchanged."""
    assert outgoing([*headers(), (name.encode(), "vÄrde".encode("latin-1"))], url).header(name) == ["vÄrde"]


DROPPED = [
    "x-vp-auth-cert",
    "x-vp-anything",
    "x-forwarded-for",
    "x-forwarded-tls-client-cert",
    "peer_certificates",
    "mule_x",
    "x-mule_x",
    "connection",
    "keep-alive",
    "accept-encoding",
    "content-length",
    "host",
    "cache-control",
    "date",
    "pragma",
    "trailer",
    "transfer-encoding",
    "te",
    "upgrade",
    "via",
    "warning",
    "expect",
    "user-agent",
    "proxy-authorization",
]


@pytest.mark.parametrize("url", [HTTP, HTTPS])
@pytest.mark.parametrize("name", DROPPED)
def test_what_is_not_forwarded(name: str, url: str) -> None:
    """National VP, headers sent: what belongs to one hop, to the platform or to the transport (RFC 9110 7.6.1)."""
    assert outgoing([*headers(), (name.encode(), b"127.0.0.1")], url).header(name) == []


def test_what_is_added_for_a_plain_producer() -> None:
    """National VP, headers sent to http: sender, instance id, correlation id, original consumer."""
    sent = outgoing([*headers(), (b"x-skltp-correlation-id", b"c-1")])
    assert sent.header("x-vp-sender-id") == [SENDER]
    assert sent.header("x-vp-instance-id") == [PLATFORM]
    assert sent.header("x-skltp-correlation-id") == ["c-1"]
    assert sent.header("x-rivta-original-serviceconsumer-hsaid") == [SENDER]
    assert sent.header("content-type") == ["text/xml;charset=UTF-8"]


@pytest.mark.parametrize(("mode", "correlation"), [("national", []), ("strict", ["c-1"])])
def test_what_is_added_for_a_tls_producer(mode: str, correlation: list[str]) -> None:
    """National VP, headers sent to https: no x-vp-* headers, and by default no correlation id."""
    sent = outgoing([*headers(), (b"x-skltp-correlation-id", b"c-1")], HTTPS, mode=mode)
    assert sent.header("x-vp-sender-id") == sent.header("x-vp-instance-id") == []
    assert sent.header("x-skltp-correlation-id") == correlation
    assert sent.header("x-rivta-original-serviceconsumer-hsaid") == [SENDER]


@pytest.mark.parametrize("url", [HTTP, HTTPS])
@pytest.mark.parametrize("name", ["keep-alive", "te", "proxy-authorization"])
def test_the_national_list_has_not_all_that_belongs_to_one_hop(name: str, url: str) -> None:
    """RFC 9110 7.6.1; the national router passes these on."""
    for mode, passed in (("national", ["x"]), ("strict", [])):
        assert outgoing([*headers(), (name.encode(), b"x")], url, mode=mode).header(name) == passed


def test_the_content_type_is_a_setting() -> None:
    """National VP, ``vp.header.content.type``."""
    sent = outgoing(headers(), producer_content_type="text/xml; charset=utf-8")
    assert sent.header("content-type") == ["text/xml; charset=utf-8"]


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"mode": "national"}, "SKLTP VP/4.3.x"),
        ({"mode": "strict"}, f"rivta-gateway/{__version__}"),
        ({"producer_user_agent": "Testplattform/1"}, "Testplattform/1"),
        ({"producer_user_agent": "Testplattform/1", "mode": "national"}, "Testplattform/1"),
    ],
)
def test_what_the_platform_calls_itself(settings: dict[str, Any], told: str) -> None:
    """National VP, ``vp.header.user.agent`` and its default."""
    assert user_agent(Settings(**settings)) == told


# Method and query string


def sent_as(mode: str, url: str = HTTP, **more: Any) -> Sent:
    found = called(url, mode=mode)
    assert found.handle(request(question(address="A"), **more)).status == 200
    return found.client.sent[0]


@pytest.mark.parametrize("method", [b"PUT", b"PATCH", b"DELETE", b"GET"])
def test_the_method_is_passed_on_in_national_mode(method: bytes) -> None:
    """National VP, methods: the producer is called with the consumer's; a message is POSTed in strict mode."""
    assert sent_as("national", method=method).method == method
    assert sent_as("strict", method=method).method == b"POST"


@pytest.mark.parametrize(("target", "query"), [(b"/vp?a=b&c=%20", b"a=b&c=%20"), (b"/vp?", b""), (b"/vp", None)])
def test_the_query_string_is_passed_on_in_national_mode(target: bytes, query: bytes | None) -> None:
    """National VP, query string: it replaces that of the route's address. In strict mode the route is all there is."""
    assert sent_as("national", target=target).query == query
    assert sent_as("strict", target=target).query is None


def test_query_parameters_become_headers_in_national_mode() -> None:
    """National VP, query string; but nothing that is not allowed as a header, and none of the platform's own."""
    target = b"/vp?Foo=bar&x=1&x=2&tom=&x-vp-sender-id=ANNAN&Host=h&a%20b=c&cr=a%0d%0ab&sv=%C3%A5&x-forwarded-for=1"
    sent = sent_as("national", target=target)
    assert sent.header("foo") == ["bar"]
    assert sent.header("x") == ["1", "2"]
    assert sent.header("tom") == [""]
    assert sent.header("sv") == ["å"]
    assert sent.header("x-vp-sender-id") == [SENDER]
    for name in ("host", "a b", "cr", "x-forwarded-for"):
        assert sent.header(name) == []
    assert sent_as("strict", target=target).header("foo") == []


@pytest.mark.parametrize("url", [HTTP, HTTPS])
def test_the_original_consumer_is_passed_on_once(url: str) -> None:
    """National VP, original consumer: the incoming value if there is one, otherwise the sender."""
    sent = outgoing([*headers(), (b"x-rivta-original-serviceconsumer-hsaid", b"ORIGINAL")], url)
    assert sent.header("x-rivta-original-serviceconsumer-hsaid") == ["ORIGINAL"]


def test_the_consumers_content_type_is_replaced() -> None:
    """National VP: Content-Type is always text/xml towards the producer."""
    sent = outgoing([*headers(), (b"content-type", b"application/soap+xml; action=x")])
    assert sent.header("content-type") == ["text/xml;charset=UTF-8"]


def test_the_message_is_the_consumers_own_bytes() -> None:
    body = b"\xef\xbb\xbf" + question(address="A") + b"\r\n<!-- \xc3\xa5 -->"
    found = called()
    assert found.handle(request(body)).status == 200
    assert found.client.sent[0].body == body


def test_the_producer_has_its_time() -> None:
    assert outgoing(headers()).timeout == 27.0


@pytest.mark.parametrize(
    "name", ["x-skltp-anything", "set-cookie", "x-rivta-routing-history", "content-encoding", "etag", "server"]
)
def test_what_comes_back(name: str) -> None:
    """National VP, response headers: unknown ones are passed, also twice."""
    assert returned((name, "a"), (name, "b"))[name] == ["a", "b"]


BACK_DROPPED = [
    "soapaction",
    "mule_x",
    "x-mule_x",
    "local_certificate",
    "peer_certificates",
    "http.method",
    "content-length",
    "date",
    "cache-control",
    "pragma",
    "via",
    "warning",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "connection",
    "keep-alive",
    "proxy-authenticate",
]


@pytest.mark.parametrize("name", BACK_DROPPED)
def test_what_does_not_come_back(name: str) -> None:
    """National VP, response headers: the removal list."""
    assert name not in returned((name, "x"))


@pytest.mark.parametrize("mode", ["national", "strict"])
@pytest.mark.parametrize(("value", "closes"), [("close", True), ("Close", True), ("keep-alive", False), ("", False)])
def test_a_producer_that_closes_ends_the_consumers_connection_too(value: str, closes: bool, mode: str) -> None:
    """National VP, response headers. In strict mode the connections do not concern each other (RFC 9110 7.6.1)."""
    found = called(answer=ProducerAnswer(200, [(b"connection", value.encode())], b"<answer/>"), mode=mode)
    answer = found.handle(request(question(address="A")))
    assert answer.close == (closes and mode == "national")
    assert "connection" not in by_name(answer)


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_headers_of_one_hop_do_not_come_back_in_strict_mode(mode: str) -> None:
    assert ("keep-alive" in returned(("keep-alive", "timeout=5"), mode=mode)) == (mode == "national")


def test_the_national_content_type_is_forced() -> None:
    """National VP: the producer's Content-Type is always overwritten."""
    assert returned(("content-type", "text/plain;charset=UTF-8"), mode="national")["content-type"] == [
        "text/xml; charset=UTF-8"
    ]


def test_the_strict_content_type_is_the_producers() -> None:
    """A label that is right stays: an ISO-8859-1 answer called UTF-8 has wrong characters."""
    assert returned(("content-type", "text/xml; charset=ISO-8859-1"))["content-type"] == [
        "text/xml; charset=ISO-8859-1"
    ]


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_an_answer_without_content_type_gets_one(mode: str) -> None:
    assert returned(mode=mode)["content-type"] == ["text/xml; charset=UTF-8"]


def test_the_time_at_the_producer_is_told() -> None:
    """National VP: x-skltp-prt, milliseconds."""
    (value,) = returned()["x-skltp-prt"]
    assert value.isdigit()
    assert int(value) < 1000


def test_a_producers_own_time_and_correlation_id_are_replaced() -> None:
    """Two platforms in a row: the consumer hears of the one that it called, once."""
    found = returned(("x-skltp-prt", "99999"), ("x-skltp-correlation-id", "theirs"))
    assert len(found["x-skltp-prt"]) == 1
    assert found["x-skltp-prt"] != ["99999"]
    assert len(found["x-skltp-correlation-id"]) == 1
    assert found["x-skltp-correlation-id"] != ["theirs"]


def is_uuid4(text: str) -> bool:
    return str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4


def test_a_correlation_id_is_made_when_there_is_none() -> None:
    """National VP, correlation id: a random UUID, to the producer and back to the consumer."""
    found = called()
    (back,) = by_name(found.handle(request(question(address="A"))))["x-skltp-correlation-id"]
    assert is_uuid4(back)
    assert found.client.sent[0].header("x-skltp-correlation-id") == [back]


def test_the_consumers_correlation_id_is_kept() -> None:
    sent = headers(x_skltp_correlation_id="min-åäö-1")
    back = by_name(called().handle(request(question(address="A"), sent)))
    assert back["x-skltp-correlation-id"] == ["min-åäö-1"]


@pytest.mark.parametrize(("body", "ip"), [(b"", "127.0.0.1"), (question(address="Z"), "127.0.0.1"), (b"", "10.0.0.1")])
def test_refusals_have_it_too(body: bytes, ip: str) -> None:
    """National VP: returned also on faults; all other headers are the fault's own."""
    answer = called().handle(request(body, headers(x_skltp_correlation_id="c-1"), ip=ip))
    assert by_name(answer) == {"content-type": ["text/xml; charset=UTF-8"], "x-skltp-correlation-id": ["c-1"]}
    assert b"<g:correlationId>c-1</g:correlationId>" in answer.body


def test_a_faults_time_at_the_producer_is_not_told() -> None:
    """National VP: x-skltp-prt is not on faults that the platform makes."""
    found = called(answer=ProducerAnswer(404, [], b""))
    assert "x-skltp-prt" not in by_name(found.handle(request(question(address="A"))))


def test_ids_are_random_uuids_of_version_4() -> None:
    made = {new_id() for _ in range(500)}
    assert len(made) == 500
    assert all(is_uuid4(identity) for identity in made)
