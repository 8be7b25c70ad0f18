"""A gateway that fetches its catalogue from a national one, over the network, and lives through its absence."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from gateway_samples import ROOT, headers, question, request
from http_peers import serving
from tak_samples import content, publication

from gateway.errors import DataError
from gateway.http.compose import Gateway, compose
from gateway.http.fetch import CatalogueClient, agent
from gateway.http.takservices import TakServices
from gateway.message import Answer, Request
from gateway.platform.registry.holder import Holder
from gateway.registry.formats import vagval
from gateway.settings import Settings

pytestmark = pytest.mark.sockets

PATH = "/tak-services/SokVagvalsInfo/v2"


class Tak:
    """A national catalogue; what it was asked, and whether it answers."""

    def __init__(self) -> None:
        self.there, self.asked = True, list[Request]()
        self._pages = TakServices(Holder(publication, object), lambda _: None, _nothing)

    async def __call__(self, request: Request) -> Answer:
        self.asked.append(request)
        if not self.there:
            return Answer(503, [(b"content-type", b"text/plain")], b"nere")
        found = self._pages(request)
        assert found is not None
        return await found


async def _nothing() -> str:
    return ""


def with_tak(work: Callable[[Tak, Settings], Awaitable[None]], tmp_path: Path, **given: Any) -> None:
    """Do something beside a national catalogue."""

    async def run() -> None:
        tak = Tak()
        async with serving(tak) as (_, port):
            url = f"http://127.0.0.1:{port}{PATH}"
            file = str(tmp_path / "kopia.xml")
            await work(tak, Settings(catalogue_url=url, catalogue_file=file, log="off", **given))

    asyncio.run(run())


async def page(gateway: Gateway, target: str) -> str:
    answer = await gateway.admin.handler(request(b"", [], method=b"GET", target=target.encode()))
    return answer.body.decode()


async def started(settings: Settings) -> Gateway:
    return await asyncio.to_thread(compose, settings, ROOT)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"mode": "national"}, b"SKLTP VP/3.1"),
        ({"catalogue_user_agent": "Prov/1"}, b"Prov/1"),
        ({}, agent(Settings()).encode()),
    ],
)
def test_the_catalogue_is_told_who_asks(tmp_path: Path, given: dict[str, str], wanted: bytes) -> None:
    async def work(tak: Tak, settings: Settings) -> None:
        body = await asyncio.to_thread(CatalogueClient(settings), vagval.request(vagval.ROUTES))
        assert b"virtualiseringsInfo" in body
        assert tak.asked[0].values[b"user-agent"] == wanted
        assert tak.asked[0].values[b"soapaction"] == b'""'

    with_tak(work, tmp_path, **given)


def test_what_the_catalogue_says_when_it_does_not_answer(tmp_path: Path) -> None:
    async def work(tak: Tak, settings: Settings) -> None:
        client = CatalogueClient(settings)
        with pytest.raises(DataError, match="Unexpected wrapper element"):
            await asyncio.to_thread(client, vagval.request("hamtaAllt"))
        tak.there = False
        with pytest.raises(DataError, match="answered with HTTP 503"):
            await asyncio.to_thread(client, vagval.request(vagval.ROUTES))

    with_tak(work, tmp_path)
    with pytest.raises(DataError, match="Cannot connect"):
        CatalogueClient(Settings(catalogue_url="http://127.0.0.1:9/"))(b"")


@pytest.mark.parametrize("mode", ["national", "strict"])
def test_a_gateway_lives_through_the_catalogues_absence(tmp_path: Path, mode: str) -> None:
    """The national results, in /status and in the texts of /resetcache."""

    async def work(tak: Tak, settings: Settings) -> None:
        gateway = await started(settings)
        assert gateway.router.snapshot.count() == (3, 3)
        assert (
            " Status:REFRESH_OK vagval:3 behorigheter:3"
            in json.loads(await page(gateway, "/status"))["TakCacheResetInfo"]
        )
        reset = await page(gateway, "/resetcache")
        assert f"Succesfully saved virtualizations and permissions to local TAK copy: {tmp_path / 'kopia.xml'}" in reset
        tak.there = False
        reset = await page(gateway, "/resetcache")
        assert "Will continue to use already loaded TAK data." in reset
        assert "Init done, was successful: true" in reset
        assert "Status:REUSING_EXISTING_CACHE" in await page(gateway, "/status")
        again = await started(settings)
        assert "Status:RESTORED_FROM_LOCAL_CACHE vagval:3" in await page(again, "/status")
        tak.there = True
        await page(again, "/resetcache")
        assert "Status:REFRESH_OK" in await page(again, "/status")

    with_tak(work, tmp_path, mode=mode)


def test_without_catalogue_and_copy_every_call_is_vp008(tmp_path: Path) -> None:
    async def work(tak: Tak, settings: Settings) -> None:
        tak.there = False
        gateway = await started(settings)
        answer = await gateway.router.handle(request(question(), headers()))
        assert b"VP008" in answer.body
        assert "Status:REFRESH_FAILED" in await page(gateway, "/status")
        assert "DOWN" in await page(gateway, "/readyz")
        reset = await page(gateway, "/resetcache")
        assert (
            f"Failed to restore virtualizations and permissions from local TAK copy: {tmp_path / 'kopia.xml'}" in reset
        )
        assert "Init done, was successful: false" in reset
        tak.there = True
        await page(gateway, "/resetcache")
        answer = await gateway.router.handle(request(question(), headers()))
        assert b"VP004" in answer.body

    with_tak(work, tmp_path)


def test_one_gateway_feeds_another(tmp_path: Path) -> None:
    """The admin listener of a gateway is a catalogue for others."""

    async def run() -> None:
        first = await started(Settings(log="off"))
        async with serving(first.admin.handler) as (_, port):
            url = f"http://127.0.0.1:{port}{PATH}"
            file = str(tmp_path / "k.xml")
            second = await started(Settings(catalogue_url=url, catalogue_file=file, log="off"))
        assert second.router.snapshot.count() == first.router.snapshot.count()
        assert len(content().route) < second.router.snapshot.count()[0]

    asyncio.run(run())
