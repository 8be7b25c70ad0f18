"""What ``rivta tak`` publishes is what running gateways route by, and tell, within a second."""

import json
from pathlib import Path

import pytest
from catalogue_parts import CONTRACT
from click.testing import CliRunner
from tak_samples import END, FIRST
from test_database_gateway import SECOND, SENDER, gateway

from gateway.cli.tak import command
from gateway.registry.formats import cache
from gateway.registry.formats.content import Content
from gateway.registry.formats.flat import Flat, FlatPermission, FlatRoute
from gateway.registry.formats.rebuild import rebuild
from gateway.storage.place import is_postgresql

pytestmark = pytest.mark.sockets


def tak(*arguments: str) -> None:
    result = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert result.return_value == 0, (result.output, result.exception)


def catalogue(folder: Path, receiver: str) -> str:
    """A router's copy with one route that leads nowhere, and a permission for it."""
    route = FlatRoute(receiver, CONTRACT, "http://127.0.0.1:9/vp", "RIVTABP21", FIRST, END)
    path = folder / f"{receiver}.xml"
    one = Flat((route,), (FlatPermission(receiver, SENDER, CONTRACT, FIRST, END, "A"),))
    path.write_bytes(cache.write(rebuild(one, Content())))
    return str(path)


def test_publish_and_roll_back(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIVTA_DATABASE_URL", database_url)
    quick = {"RIVTA_PRODUCER_RETRIES": "0"}  # a second attempt would take longer than the change
    with gateway(database_url, tmp_path, **quick) as one, gateway(database_url, tmp_path, **quick) as other:
        for receiver in ("SE-FORST", "SE-SEDAN"):
            tak("import", catalogue(tmp_path, receiver))
            assert one.fault(receiver) == "VP004"
            tak("publish")
            one.until_fault(receiver, "VP009", SECOND)
            other.until_fault(receiver, "VP009", SECOND)
        status, text = one.fetch("GET", "/tak-services/reset/pv", admin=True)
        assert (status, json.loads(text)["currentVersion"]) == (200, 2)
        tak("rollback")
        other.until_fault("SE-SEDAN", "VP004", SECOND)
        assert other.fault("SE-FORST") == "VP009"
        text = other.fetch("GET", "/tak-services/export/pv", admin=True)[1]
        assert [each["hsaId"] for each in json.loads(text)["data"]["logiskadress"]] == ["SE-FORST"]
    assert is_postgresql(database_url) or Path(database_url.removeprefix("sqlite:///")).is_file()
