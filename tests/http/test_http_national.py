"""``gateway.http.national``: what the national listener answers by itself, and that strict mode says more."""

import asyncio

import pytest
from gateway_parts import OK, Bench, bench
from gateway_samples import fault_of, permission, question, request, route

from gateway.http.app import GatewayApp
from gateway.message import Answer, Request

NAME, URL = "GetFixedContacts", "http://producer/vp"
METHODS = b"GET,HEAD,POST,PUT,DELETE,TRACE,OPTIONS,CONNECT,PATCH"


def made(mode: str = "national") -> tuple[GatewayApp, Bench]:
    found = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: OK}, mode=mode)
    return GatewayApp(found.router, found.router.settings), found


def call(app: GatewayApp, given: Request) -> Answer:
    async def answer() -> Answer:
        return await app(given)

    return asyncio.run(answer())


def without_host(given: Request) -> Request:
    del given.values[b"host"]
    given.headers.remove((b"host", b"127.0.0.1:8080"))
    return given


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        (b"POST", b"/", 404),
        (b"POST", b"/v", 404),
        (b"OPTIONS", b"/x", 404),
        (b"GET", b"/services/vp", 404),
        (b"POST", b"/vp/" + b"x" * 4079, 404),
        (b"TRACE", b"/vp", 405),
    ],
)
def test_what_goes_no_further(method: bytes, target: bytes, status: int) -> None:
    app, found = made()
    answer = call(app, request(question(address="A"), method=method, target=target))
    assert (answer.status, answer.body, answer.close) == (status, b"", True)
    assert ((b"content-type", b"text/plain; charset=utf-8") in answer.headers) == (status == 404)
    assert found.actions == ["error", "resp-out"]


@pytest.mark.parametrize("target", [b"/vp", b"/VP", b"/Vp/a", b"/vpfoo", b"/vp/" + b"x" * 4078])
def test_what_goes_on(target: bytes) -> None:
    app, _ = made()
    assert call(app, request(question(address="A"), target=target)).body == b"<answer/>"


def test_options_tells_the_methods_and_nothing_else() -> None:
    app, found = made()
    answer = call(app, without_host(request(b"", method=b"OPTIONS")))
    assert (answer.status, answer.headers, answer.body, answer.close) == (200, [(b"allow", METHODS)], b"", True)
    assert found.events == []


def test_no_host() -> None:
    """HTTP/1.0 gets as far as this; the national listener wants one from everybody."""
    app, _ = made()
    answer = call(app, without_host(request(question(address="A"))))
    assert (answer.status, answer.body, answer.close) == (400, b"", True)
    assert call(made("strict")[0], without_host(request(question(address="A")))).status == 200


@pytest.mark.parametrize(("status", "told"), [(400, 400), (413, 413), (417, 417), (431, 400)])
def test_refusals_have_no_body(status: int, told: int) -> None:
    app, found = made()
    answer = app.refuse(status, "x", request(b""))
    assert (answer.status, answer.body) == (told, b"")
    assert found.actions == ["error", "resp-out"]


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_refusals_that_the_national_listener_does_not_know_have_a_fault(status: int) -> None:
    app, _ = made()
    assert fault_of(app.refuse(status, "x", request(b"")).body)[1].startswith("VP0")


def test_a_request_line_that_cannot_be_read_is_not_found() -> None:
    app, _ = made()
    assert app.refuse(400, "x", request(b"", method=b"", target=b"")).status == 404


@pytest.mark.parametrize("method", [b"PUT", b"DELETE", b"PATCH", b"TRACE"])
def test_in_strict_mode_messages_are_posted(method: bytes) -> None:
    app, found = made("strict")
    answer = call(app, request(question(address="A"), method=method))
    assert answer.status == 405
    assert (b"allow", b"POST, GET, HEAD, OPTIONS") in answer.headers
    assert b"A SOAP message is sent with POST." in answer.body
    assert found.actions == ["error", "resp-out"]


def test_options_in_strict_mode() -> None:
    app, _ = made("strict")
    answer = call(app, request(b"", method=b"OPTIONS"))
    assert (answer.status, answer.headers, answer.body) == (200, [(b"allow", b"POST, GET, HEAD, OPTIONS")], b"")
