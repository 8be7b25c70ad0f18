"""``gateway.http.takservices``: SokVagvalsInfo and the pages of the national catalogue."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import zeep
from gateway_samples import request
from tak_samples import ARE, KARNA, flat, ordered, publication
from zeep.transports import Transport

from gateway.errors import DataError
from gateway.http.takservices import TakServices
from gateway.message import Answer
from gateway.platform.registry.holder import Holder
from gateway.registry.formats import cache, snapshot, vagval
from gateway.registry.formats.content import Publication
from gateway.registry.formats.flat import Flat, of_content

V2 = "/tak-services/SokVagvalsInfo/v2"


class World:
    """The pages, with a catalogue by hand."""

    def __init__(self, broken: str = "", problem: str = "") -> None:
        self.broken, self.reloads, self.problem = broken, 0, problem
        self.services = TakServices(Holder(self._read, object), self._version, self._reload)

    def _read(self) -> Publication:
        if self.broken:
            raise DataError(Path("database"), 0, self.broken)
        return publication()

    def _version(self, number: int) -> Publication | None:
        return publication(version=number) if number == 2 else None

    async def _reload(self) -> str:
        self.reloads += 1
        return self.problem

    def ask(self, target: str, body: bytes = b"", method: str = "") -> Answer:
        method = method or ("POST" if body else "GET")
        found = self.services(request(body, [], method=method.encode(), target=target.encode()))
        assert found is not None

        async def wait() -> Answer:
            assert found is not None
            return await found

        return asyncio.run(wait())

    def data(self, target: str) -> dict[str, Any]:
        found = self.ask(target)
        assert (found.status, found.headers) == (200, [(b"content-type", b"application/json")])
        answer: dict[str, Any] = json.loads(found.body)
        return answer


class Here(Transport):
    """Carries zeep's requests to the pages, without a network."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def _load_remote_data(self, url: str) -> bytes:
        return self.world.ask(url.partition("//127.0.0.1:8080")[2]).body

    def post(self, address: str, message: bytes, headers: Any) -> Any:
        found = self.world.ask(address.partition("//127.0.0.1:8080")[2], message)

        class Response:
            status_code, content, encoding, headers = found.status, found.body, "utf-8", {"Content-Type": "text/xml"}

        return Response


@pytest.fixture
def client() -> Any:
    transport = Here(World())
    yield zeep.Client(f"http://127.0.0.1:8080{V2}?wsdl", transport=transport)
    transport.session.close()


def test_a_client_made_from_the_wsdl_reads_everything(client: Any) -> None:
    """What the national client library does: ``?wsdl`` first, then the questions."""
    routes = client.service.hamtaAllaVirtualiseringar(None)["virtualiseringsInfo"]
    assert [(each.receiverId, each.rivProfil, str(each.tomTidpunkt)) for each in routes][1:] == [
        (KARNA, "RIVTABP20", "2021-01-01 00:00:00"),
        ("*", "RIVTABP21", "2100-01-01 00:00:00"),
    ]
    permissions = client.service.hamtaAllaAnropsBehorigheter(None)["anropsBehorighetsInfo"]
    assert permissions[1].filterInfo[0].categorization == ["vko", "dia"]
    contracts = client.service.hamtaAllaTjanstekontrakt(None)["tjanstekontraktInfo"]
    assert [(each.majorVersion, each.minorVersion) for each in contracts] == [(1, 0), (2, 1)]
    components = client.service.hamtaAllaTjanstekomponenter(None)["tjanstekomponentInfo"]
    assert [each.beskrivning for each in components] == ["Öppen vård", None, "Journal"]
    assert components[2].anropsAdressInfo[0].vagvalsInfo[0].logiskAdressHsaId == ARE


@pytest.mark.parametrize(("version", "path"), [(vagval.V1, "v1"), (vagval.V2, "v2")])
def test_everything_is_told_also_what_has_expired(version: str, path: str) -> None:
    found = World().ask(f"/tak-services/SokVagvalsInfo/{path}", vagval.request(vagval.ROUTES, version))
    assert found.status == 200
    assert len(cache.read(Path("svar"), found.body).routes) == 3


def test_an_operation_that_is_not_there() -> None:
    found = World().ask("/tak-services/SokVagvalsInfo/v1", vagval.request(vagval.CONTRACTS, vagval.V1))
    assert found.status == 500
    assert b"<faultcode>soap:Client<" in found.body
    assert b"hamtaAllaVirtualiseringar" in found.body
    assert World().ask(V2, b"hej").status == 500


def test_reset_reads_anew_and_counts() -> None:
    """National catalogue, ``reset/pv``: ANROPSBEHORIGHT is misspelt there."""
    world = World()
    assert world.data("/tak-services/reset/pv") == {
        "status": "OK",
        "message": "Successfully updated server with new published version",
        "currentVersion": 7,
        "servicesList": {"VIRTUALISERING": 3, "ANROPSBEHORIGHT": 3, "TJANSTEKOMPONENT": 3, "TJANSTEKONTRAKT": 2},
    }
    assert world.reloads == 1
    assert world.data("/tak-services/reset/pv?version=2")["currentVersion"] == 2


@pytest.mark.parametrize("world", [World(problem="trasig"), World(broken="trasig")])
def test_a_reset_that_fails(world: World) -> None:
    found = world.data("/tak-services/reset/pv")
    assert (found["status"], found["reason"]) == ("ERROR", "trasig")
    assert found["message"] == "Something went wrong with the new published version, try rollback from TAK-WEB"


def test_export_tells_relations_by_name() -> None:
    world = World()
    data = world.data("/tak-services/export/pv")["data"]
    assert data["vagval"][0]["relationships"]["logiskadress"] == ARE
    assert data["anropsbehorighet"][0]["relationships"]["tjanstekonsument"] == "SE1-KONSUMENT"
    pretty = world.ask("/tak-services/export/pv?pretty=true").body
    assert pretty.count(b"\n") > 50
    found = of_content(snapshot.read(Path("export"), pretty).content)
    assert ordered(found) == ordered(
        Flat(flat().routes, flat().permissions, found.contracts, found.components, found.addresses)
    )
    assert world.data("/tak-services/export/pv?version=2")["version"] == "2"
    assert world.data("/tak-services/export/pv?version=9")["Status"] == "ERROR"


def test_a_catalogue_that_cannot_be_read() -> None:
    found = World(broken="nere").ask(V2, vagval.request(vagval.ROUTES))
    assert (found.status, b"nere" in found.body) == (500, True)


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        ("/tak-services/nej", "GET", 404),
        ("/tak-services/reset/pv", "POST", 405),
        (V2, "DELETE", 405),
        (f"{V2}?wsdl", "HEAD", 200),
    ],
)
def test_other_requests(target: str, method: str, status: int) -> None:
    assert World().ask(target, method=method).status == status


def test_what_lies_elsewhere_is_not_answered() -> None:
    assert World().services(request(b"", [], method=b"GET", target=b"/status")) is None
