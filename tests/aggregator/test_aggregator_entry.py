"""The aggregating service's own entry: who comes to it directly, and what national callers are told there."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aggregated import good, identities, statuses, url, world
from gateway_parts import Bench
from gateway_samples import (
    AGGREGATE,
    NAMES,
    PLATFORM,
    ROOT,
    SENDER,
    address_header,
    answer_message,
    body_of,
    contract,
    contracts,
    envelope,
    fault_of,
    permission,
    question,
    request,
    request_element,
    responder,
    route,
    snapshot,
)
from lxml import etree
from package_samples import data_folder, folder, package

from gateway.aggregator.entry import OwnEntry
from gateway.contracts import added
from gateway.contracts.contract import load_all
from gateway.contracts.packages import store
from gateway.http.app import GatewayApp
from gateway.http.compose import compose
from gateway.message import Answer, Request
from gateway.router.producer import ProducerAnswer
from gateway.settings import Settings
from gateway.soap import ns
from gateway.soap.head import scan

NAME = "GetFixedContacts"
PATH = b"/GetAggregatedFixedContacts/service/v1"
MODES = pytest.mark.parametrize("mode", ["national", "strict"])
SENT = {"x-vp-sender-id": SENDER, "x-rivta-original-serviceconsumer-hsaid": "SE-VEM", "x-skltp-correlation-id": "c-1"}
HINT = f"{{{ns.GATEWAY}}}hint"
AGGREGATED = [each for each in contracts().values() if each.descriptor.aggregated]


def made(**more: Any) -> tuple[GatewayApp, Bench]:
    """A gateway in front of one source that has a record."""
    name = more.pop("name", NAME)
    source = good("A", "1", name=name) if name in NAMES else ProducerAnswer(200, [], answer_message(name))
    found = world({"A": source}, name=name, **more)
    entry = OwnEntry(contracts().aggregated(), found.router)
    return GatewayApp(found.router, found.router.settings, entry=entry), found


def call(app: GatewayApp, given: Request) -> Answer:
    async def answer() -> Answer:
        return await app(given)

    return asyncio.run(answer())


def direct(body: bytes, sent: dict[str, str] | None = None, target: bytes = PATH, **more: Any) -> Request:
    headers = [(name.encode(), value.encode()) for name, value in (SENT if sent is None else sent).items()]
    return request(body, [(b"host", b"x"), *headers], target=target, **more)


@MODES
@pytest.mark.parametrize("known", AGGREGATED, ids=lambda each: each.key)
def test_every_aggregated_contract_has_one(known: Any, mode: str) -> None:
    """National AgP: the path is of the contract's name and its major version."""
    name = known.descriptor.name
    app, found = made(name=name, mode=mode)
    target = f"/GetAggregated{name.removeprefix('Get')}/service/v{known.descriptor.version[0]}".encode()
    answer = call(app, direct(question(name), target=target))
    assert answer.status == 200
    assert body_of(answer.body).tag == known.response_tag
    assert list(statuses(answer.body)) == ["A"]
    (sent,) = found.client.sent
    assert sent.header("x-vp-sender-id") == [SENDER]
    assert sent.header("x-rivta-original-serviceconsumer-hsaid") == ["SE-VEM"]
    assert sent.header("x-skltp-correlation-id") == ["c-1"]
    assert sent.header("x-vp-instance-id") == [PLATFORM]
    assert (b"x-skltp-correlation-id", b"c-1") in answer.headers


def test_an_added_package_has_one_too(tmp_path: Path) -> None:
    root = data_folder(tmp_path / "data")
    store.add(folder(tmp_path / "p", package()), root, added.folder(root))
    _, found = made()
    entry = OwnEntry(load_all(root).aggregated(), found.router)
    assert entry.has(b"/GetAggregatedLoans/service/v1?wsdl")
    assert entry.documents["getaggregatedloans/service/v1"] == "vp/test/loans/getloans/1/rivtabp21"
    assert not entry.has(PATH)


@MODES
@pytest.mark.parametrize(
    "missing",
    [
        ("x-vp-sender-id",),
        ("x-rivta-original-serviceconsumer-hsaid",),
        ("x-skltp-correlation-id",),
        ("x-vp-sender-id", "x-skltp-correlation-id"),
        tuple(SENT),
    ],
)
def test_missing_headers_are_told_in_the_national_words(missing: tuple[str, ...], mode: str) -> None:
    """National AgP, request flow 3: HTTP 500, a line for each in this order; the index is not asked."""
    app, found = made(mode=mode)
    answer = call(app, direct(question(), {name: value for name, value in SENT.items() if name not in missing}))
    told = "".join(f"Mandatory HTTP header {name} is missing\n" for name in missing)
    assert answer.status == 500
    assert fault_of(answer.body)[:2] == ("soap:Server", told)
    assert found.client.sent == []
    assert found.actions == ["error", "resp-out"]
    hints = [hint.text or "" for hint in body_of(answer.body).iter(HINT)]
    assert len(hints) == (0 if mode == "national" else 2)
    assert all(", ".join(missing) in hint and AGGREGATE in hint for hint in hints)


def test_the_national_fault_is_literally_the_services() -> None:
    app, _ = made(mode="national")
    sent = {name: value for name, value in SENT.items() if name != "x-vp-sender-id"}
    assert call(app, direct(question(), sent)).body == (
        b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
        b"<faultcode>soap:Server</faultcode><faultstring>Mandatory HTTP header x-vp-sender-id is missing\n"
        b"</faultstring></soap:Fault></soap:Body></soap:Envelope>"
    )


@pytest.mark.parametrize("name", SENT)
def test_a_blank_header_is_there_nationally_only(name: str) -> None:
    """National AgP looks for null only; whom a blank sender may ask is nobody."""
    given = direct(question(), SENT | {name: ""})
    national, strict = (call(made(mode=mode)[0], given) for mode in ("national", "strict"))
    assert national.status == 200
    assert list(statuses(national.body)) == ([] if name == "x-vp-sender-id" else ["A"])
    assert fault_of(strict.body)[1] == f"Mandatory HTTP header {name} is missing\n"


@MODES
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        address_header(""),
        address_header(" "),
        address_header("VEM-SOM-HELST"),
        "<q:x xmlns:q='urn:x'>å</q:x>",
    ],
)
def test_the_logical_address_does_not_matter(header: str | None, mode: str) -> None:
    """National AgP: it is not checked at all; each source gets its own, and only that."""
    app, found = made(mode=mode)
    answer = call(app, direct(envelope(request_element(NAME), header)))
    assert identities(answer.body) == ["1"]
    (sent,) = found.client.sent
    assert scan(sent.body, whole=True).logical_address == "A"
    assert sent.body.count(b"LogicalAddress>") == 1
    assert ("å" in sent.body.decode()) == ("å" in (header or ""))


@MODES
def test_neither_route_nor_permission_for_the_service_is_needed(mode: str) -> None:
    """Behind the router they have been looked at; what each source demands is looked at here, too."""
    app, found = made(mode=mode)
    found.router.snapshot = snapshot([route("A", NAME, url("A"))], [permission("A", NAME)])
    assert identities(call(app, direct(question())).body) == ["1"]
    assert found.actions == ["req-in", "req-out", "req-out", "resp-in", "resp-in", "resp-out"]
    found.router.snapshot = snapshot([route("A", NAME, url("A"))])
    answer = call(app, direct(question()))
    assert (identities(answer.body), list(statuses(answer.body))) == ([], ["A"])


@MODES
def test_another_contracts_message_is_not_recognized(mode: str) -> None:
    """National AgP, request flow 2: wrong root element; before the headers are looked at."""
    app, found = made(mode=mode)
    answer = call(app, direct(question("GetCarePlans"), {}))
    tag = f"{{{responder('GetCarePlans')}}}GetCarePlans"
    told = f"Message part {tag} was not recognized.  (Does it exist in service WSDL?)"
    assert (answer.status, *fault_of(answer.body)[:2]) == (500, "soap:Client", told)
    assert [contract(NAME).request_tag in (hint.text or "") for hint in body_of(answer.body).iter(HINT)] == (
        [] if mode == "national" else [True] * 2
    )
    assert found.client.sent == []


def test_a_message_that_breaks_later_is_told_nationally_too() -> None:
    app, _ = made(mode="national")
    answer = call(app, direct(envelope(f"{request_element(NAME)}<x>")))
    assert fault_of(answer.body)[1].startswith("VP015 ")


@MODES
def test_soap_12_is_refused_as_behind_the_router(mode: str) -> None:
    app, found = made(mode=mode)
    body = envelope(request_element(NAME), address_header(AGGREGATE), soap=ns.SOAP12)
    answer = call(app, direct(body))
    assert answer.status == (500 if mode == "national" else 400)
    assert (b"not valid when sent to a SOAP 1.1 only" in answer.body) == (mode == "national")
    assert found.client.sent == []


@MODES
def test_the_list_of_addresses_counts_here_too(mode: str) -> None:
    """Whoever may call the entry may name anybody: the national one stands behind a firewall."""
    app, found = made(mode=mode)
    answer = call(app, direct(question(), ip="10.1.2.3"))
    assert fault_of(answer.body)[1].startswith("VP011 ")
    assert found.client.sent == []


@MODES
def test_over_tls_there_is_none(mode: str) -> None:
    """There the certificate says who calls, and no header."""
    app, found = made(mode=mode)
    given = direct(question())
    given.scheme = "https"
    answer = call(app, given)
    assert answer.status == (404 if mode == "national" else 500)
    assert found.client.sent == []


@pytest.mark.parametrize(
    "target", [b"/GetAggregatedFixedContacts/service/v2", b"/GetAggregatedOthers/service/v1", PATH[:-1]]
)
def test_other_paths_are_as_they_were(target: bytes) -> None:
    """Nationally nothing but /vp is there; in strict mode the router takes any path, and asks who calls."""
    assert call(made(mode="national")[0], direct(question(), target=target)).status == 404
    strict = call(made()[0], direct(question(), target=target))
    assert fault_of(strict.body)[1].startswith("VP002 ")


@MODES
def test_an_account_is_for_the_platform_only(mode: str) -> None:
    for instance, there in ((PLATFORM, True), ("other", False)):
        app, _ = made(mode=mode)
        sent = SENT | {"x-rivta-explain": "1", "x-vp-instance-id": instance}
        assert (b"explanation" in call(app, direct(question(), sent)).body) == there


@MODES
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT"])
def test_only_messages_are_answered(mode: str, method: bytes) -> None:
    app, found = made(mode=mode)
    assert call(app, direct(question(), method=method)).status in (404, 405, 500)
    assert found.client.sent == []


@MODES
def test_its_wsdl_is_served_at_the_path_itself(mode: str, tmp_path: Path) -> None:
    """National AgP: ``?wsdl`` on every inbound address, its schemas behind it."""
    settings = Settings(mode=mode, log="off", database_url=f"sqlite:///{tmp_path}/x.db")  # type: ignore[arg-type]
    gateway = compose(settings, ROOT)
    app = gateway.server.handler
    try:
        for known in AGGREGATED:
            path = known.descriptor.entry
            given = request(b"", [(b"host", b"h:1")], method=b"GET", target=f"{path}?wsdl".encode())
            answer = call(app, given)  # type: ignore[arg-type]
            assert answer.status == 200, answer.body
            tree = etree.fromstring(answer.body)
            assert tree.get("targetNamespace", "").startswith(known.descriptor.responder.replace("Responder", ""))
            addresses = [each.get("location", "") for each in tree.iter("{*}address")]
            assert addresses
            assert all(each.endswith(path) for each in addresses)
            imported = [each.get("schemaLocation", "") for each in tree.iter(f"{{{ns.XS}}}import")]
            assert imported
            for location in imported:
                assert path in location
                inner = request(
                    b"", [(b"host", b"h:1")], method=b"GET", target=location[location.index(path) :].encode()
                )
                assert etree.fromstring(call(app, inner).body).tag == f"{{{ns.XS}}}schema"  # type: ignore[arg-type]
    finally:
        gateway.close()
