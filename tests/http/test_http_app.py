"""``gateway.http.app`` and ``compose``: probes and limits around the router; a gateway of the project's data."""

import asyncio
from pathlib import Path

import pytest
from gateway_parts import OK, Bench, bench
from gateway_samples import ROOT, fault_of, headers, permission, question, request, route
from lxml import etree

from gateway.errors import DataError
from gateway.http.app import GatewayApp
from gateway.http.compose import Gateway, compose
from gateway.message import Answer, Request
from gateway.settings import Settings
from gateway.soap import ns

NAME, URL = "GetFixedContacts", "http://producer/vp"


def made(**settings: object) -> tuple[GatewayApp, Bench]:
    found = bench([route("A", NAME, URL)], [permission("A", NAME)], {URL: OK}, **settings)  # type: ignore[arg-type]
    return GatewayApp(found.router, found.router.settings), found


def call(app: GatewayApp, given: Request) -> Answer:
    async def answer() -> Answer:
        return await app(given)

    return asyncio.run(answer())


@pytest.mark.parametrize("target", [b"/livez", b"/readyz"])
def test_probes_are_answered_without_identity(target: bytes) -> None:
    app, found = made()
    answer = call(app, request(b"", [], ip="10.9.9.9", method=b"GET", target=target))
    assert (answer.status, answer.body) == (200, b"ok\n")
    assert found.events == []


@pytest.mark.parametrize(
    ("method", "target"), [(b"POST", b"/livez"), (b"GET", b"/livez/"), (b"GET", b"/livez?x"), (b"GET", b"/")]
)
def test_everything_else_is_a_call(method: bytes, target: bytes) -> None:
    app, found = made()
    assert call(app, request(b"", method=method, target=target)).status == 500
    assert found.actions == ["error", "resp-out"]


def test_a_call_goes_to_the_router() -> None:
    app, _ = made()
    assert call(app, request(question(address="A"))).body == b"<answer/>"


REASONS = [
    (413, "VP015", "SOAP-ENV:Client", "15728640", "max_message_bytes"),
    (503, "VP012", "SOAP-ENV:Server", "2000", "max_calls"),
    (400, "VP015", "SOAP-ENV:Client", "därför", "därför"),
    (431, "VP015", "SOAP-ENV:Client", "därför", "därför"),
    (408, "VP015", "SOAP-ENV:Client", "därför", "därför"),
    (500, "VP012", "SOAP-ENV:Server", "därför", "därför"),
]


@pytest.mark.parametrize(("status", "code", "side", "first", "second"), REASONS)
def test_what_never_reaches_the_router_gets_a_fault_too(
    status: int, code: str, side: str, first: str, second: str
) -> None:
    """The national platform answers 413 and 400 without a body, and logs nothing."""
    app, found = made()
    answer = app.refuse(status, "därför", request(b"", headers(x_skltp_correlation_id="c-1")))
    assert answer.status == status
    assert (b"x-skltp-correlation-id", b"c-1") in answer.headers
    told = fault_of(answer.body)
    assert (told[0], told[1].partition(" ")[0]) == (side, code)
    hints = [each.text or "" for each in etree.fromstring(answer.body).iter(f"{{{ns.GATEWAY}}}hint")]
    assert len(hints) == 2
    assert all(first in hint and second in hint for hint in hints)
    assert found.actions == ["error", "resp-out"]


def test_the_national_refusal_has_no_hints() -> None:
    app, _ = made(mode="national")
    assert b"<g:help" not in app.refuse(413, "x", request(b"")).body


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    return compose(Settings(log="off", max_message_bytes=1000, max_calls=7), ROOT)


def test_a_gateway_is_made_of_the_projects_data(gateway: Gateway) -> None:
    assert len(gateway.contracts) >= 3
    assert set(gateway.router.handlers) == {"http", "https", "aggregate", "platform"}
    routes, permissions = gateway.router.snapshot.count()
    assert (routes, permissions) == (len(gateway.catalogue.routes), len(gateway.catalogue.permissions))
    assert len(gateway.index) > 0
    assert gateway.log is None


def test_the_settings_reach_the_listener(gateway: Gateway) -> None:
    assert (gateway.server.limits.body, gateway.server.limits.calls) == (1000, 7)


def test_every_route_leads_to_a_handler(gateway: Gateway) -> None:
    schemes = {row.address.partition(":")[0] for row in gateway.catalogue.routes}
    assert schemes <= set(gateway.router.handlers)


@pytest.mark.parametrize(("log", "writes"), [("info", True), ("error", True), ("off", False)])
def test_the_log_is_a_setting(log: str, writes: bool) -> None:
    made_of = compose(Settings(log=log, log_format="json"), ROOT)  # type: ignore[arg-type]
    assert (made_of.log is not None) == writes


def test_the_offset_moves_the_producers(gateway: Gateway) -> None:
    moved = compose(Settings(log="off", producer_port_offset=1000), ROOT)
    before = {row.address for row in gateway.catalogue.routes if "127.0.0.1:91" in row.address}
    after = {row.address for row in moved.catalogue.routes if "127.0.0.1:101" in row.address}
    assert before
    assert len(after) == len(before)


def test_broken_data_stops_the_start(tmp_path: Path) -> None:
    for folder in ("contracts", "wsdl", "xsd", "fixtures"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "routing").mkdir()
    with pytest.raises(DataError) as caught:
        compose(Settings(log="off"), tmp_path)
    assert caught.value.path.parent == tmp_path / "routing"
