"""``gateway.http.app``: when a request is one for a document, and that a call does not pay for the question."""

import asyncio
from pathlib import Path

import pytest
from gateway_parts import OK, Bench, bench
from gateway_samples import ROOT, fault_of, headers, permission, question, request, route

from gateway.http.app import GatewayApp
from gateway.http.compose import compose
from gateway.message import TEXT, Answer, Request
from gateway.settings import Settings

NAME, URL = "GetFixedContacts", "http://producer/vp"
PATH = b"/vp/coreprocess/planning/coordinatedplanning/GetFixedContacts/1/rivtabp21"


def made(mode: str) -> tuple[GatewayApp, Bench, list[bytes]]:
    found = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: OK}, mode=mode)
    asked: list[bytes] = []

    def documents(given: Request) -> Answer | None:
        asked.append(given.target)
        return Answer(200, [TEXT], b"<wsdl/>") if b"wsdl" in given.target or b"wsdl" in given.values else None

    return GatewayApp(found.router, found.router.settings, documents), found, asked


def call(app: GatewayApp, given: Request) -> Answer:
    async def answer() -> Answer:
        return await app(given)

    return asyncio.run(answer())


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_a_call_without_a_query_is_not_looked_at(mode: str) -> None:
    app, found, asked = made(mode)
    assert call(app, request(question(address="A"))).body == b"<answer/>"
    assert (asked, found.actions[0]) == ([], "req-in")


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_a_query_that_asks_for_nothing_is_a_call(mode: str) -> None:
    app, _, asked = made(mode)
    assert call(app, request(question(address="A"), target=b"/vp?x=1")).body == b"<answer/>"
    assert asked == [b"/vp?x=1"]


@pytest.mark.parametrize("mode", ["strict", "national"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_a_document_needs_no_identity_and_is_no_call(mode: str, method: bytes) -> None:
    """National VP, order of checks: WSDL first, identity after."""
    app, found, _ = made(mode)
    assert call(app, request(b"", [], ip="10.9.9.9", method=method, target=b"/vp?wsdl")).body == b"<wsdl/>"
    assert found.events == []


@pytest.mark.parametrize(("mode", "body"), [("national", b"<wsdl/>"), ("strict", b"<answer/>")])
def test_a_header_asks_nationally_only(mode: str, body: bytes) -> None:
    app, _, _ = made(mode)
    assert call(app, request(question(address="A"), headers(wsdl="x"))).body == body


def test_a_message_to_a_document_is_told_so() -> None:
    app, found, _ = made("strict")
    answer = call(app, request(question(address="A"), target=b"/vp?wsdl"))
    assert answer.status == 405
    assert (b"allow", b"GET, HEAD") in answer.headers
    assert fault_of(answer.body)[1].startswith("VP015 [prov] ")
    assert (found.client.sent, found.actions) == ([], ["error", "resp-out"])


def test_nationally_it_gets_the_document() -> None:
    """National VP: any method."""
    app, found, _ = made("national")
    assert call(app, request(question(address="A"), target=b"/vp?wsdl")).body == b"<wsdl/>"
    assert found.events == []


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_a_whole_gateway_answers(mode: str) -> None:
    gateway = compose(Settings(log="off", mode=mode), ROOT)  # type: ignore[arg-type]
    answer = asyncio.run(_served(gateway.server.handler, request(b"", [], method=b"GET", target=PATH + b"?wsdl")))
    assert answer.status == 200
    assert b"GetFixedContactsInteraction" in answer.body


async def _served(handler: object, given: Request) -> Answer:
    return await handler(given)  # type: ignore[operator, no-any-return]


def test_the_path_of_the_data_is_nowhere_in_an_answer() -> None:
    gateway = compose(Settings(log="off"), ROOT)
    for target in (PATH + b"?wsdl", PATH + b"?xsd=x", b"/x?wsdl"):
        answer = asyncio.run(_served(gateway.server.handler, request(b"", [], method=b"GET", target=target)))
        assert str(Path(ROOT)).encode() not in answer.body
