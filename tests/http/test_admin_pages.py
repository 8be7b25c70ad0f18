"""``gateway.http.admin``: which page answers what, without a network."""

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest
from gateway_parts import bench
from gateway_samples import contracts, request, route

from gateway.errors import DataError
from gateway.http.admin import AdminApp
from gateway.http.operations import Holdings
from gateway.message import Answer
from gateway.observe.metrics import Figures, Metrics
from gateway.registry.snapshot import STOCKHOLM
from gateway.settings import Settings

WHEN = datetime(2026, 1, 1, 12, 0, 30, tzinfo=STOCKHOLM)
GOOD = Figures(contracts=3, routes=20, permissions=10, engagements=9, refreshed=WHEN, hsa_units=7)
HEALTH = ["/actuator/health", "/actuator/health/liveness", "/actuator/health/readiness", "/livez", "/readyz"]
READINESS = ["/actuator/health", "/actuator/health/readiness", "/readyz"]


class Kept:
    """Stands in for Holdings: figures as told, and a reload that may change them."""

    def __init__(self, figures: Figures, after: Figures | None = None, problem: str = "") -> None:
        self.now, self.after, self.problem, self.reloads = figures, after or figures, problem, 0

    def figures(self) -> Figures:
        return self.now

    async def reload(self) -> str:
        self.reloads += 1
        self.now = self.after
        return self.problem


def answer(
    target: str, kept: Kept | None = None, *, method: str = "GET", stopping: bool = False, **settings: Any
) -> Answer:
    kept = kept or Kept(GOOD)
    metrics = Metrics([], kept.figures, lambda: 0)
    app = AdminApp(Settings(**settings), metrics, cast(Holdings, kept), lambda: stopping)
    return asyncio.run(app(request(b"", [], method=method.encode(), target=target.encode())))


def kind(found: Answer) -> bytes:
    (value,) = (value for name, value in found.headers if name == b"content-type")
    return value


def status(target: str = "/status", **given: Any) -> dict[str, Any]:
    found = answer(target, **given)
    assert (found.status, kind(found)) == (200, b"application/json")
    return cast(dict[str, Any], json.loads(found.body))


@pytest.mark.parametrize("target", ["/", "", "/x", "/status/x", "/STATUS", "/vp?wsdl", "/actuator", "/livezz"])
def test_another_path_gets_a_list_of_those_there_are(target: str) -> None:
    found = answer(target)
    assert found.status == 404
    assert {"/status", "/metrics", "/resetcache", "/readyz"} <= set(found.body.decode().split())


@pytest.mark.parametrize("target", ["/status", "/metrics", "/livez", "/actuator/health", "/actuator/health/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_pages_are_read(target: str, method: str) -> None:
    assert answer(target, method=method).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("target", ["/status", "/metrics", "/livez", "/resetcache", "/resethsacache"])
def test_nothing_else_is_allowed(target: str, method: str) -> None:
    kept = Kept(GOOD)
    found = answer(target, kept, method=method)
    assert found.status == 405
    assert (b"allow", b"GET" if "reset" in target else b"GET, HEAD") in found.headers
    assert kept.reloads == 0


@pytest.mark.parametrize("target", ["/resetcache", "/resethsacache"])
def test_head_changes_nothing(target: str) -> None:
    kept = Kept(GOOD)
    assert answer(target, kept, method="HEAD").status == 405
    assert kept.reloads == 0


def test_status_has_the_national_keys() -> None:
    """National VP, status; JavaVersion and CamelVersion are another program's."""
    found = status()
    assert list(found) == [
        "Name", "Version", "BuildTime", "ServiceStatus", "Uptime", "ManagementName", "PythonVersion",
        "TakCacheInitialized", "TakCacheResetInfo", "HsaCacheInitialized", "HsaCacheResetInfo",
        "JvmTotalMemory", "JvmFreeMemory", "JvmUsedMemory", "JvmMaxMemory", "Endpoints",
    ]  # fmt: skip
    assert (found["ServiceStatus"], found["ManagementName"]) == ("Started", "rivta-gateway")
    assert found["Uptime"] == "0 days, 0 hours, 0 minutes, 0 seconds"
    assert answer("/status").body.startswith(b'{\n  "Name"')


def test_status_of_the_catalogue_and_the_tree() -> None:
    """National VP, ST1: words, not booleans."""
    found = status()
    assert (found["TakCacheInitialized"], found["HsaCacheInitialized"]) == ("true", "true")
    assert found["TakCacheResetInfo"] == "Date:2026-01-01T12:00 Status:REFRESH_OK vagval:20 behorigheter:10"
    assert found["HsaCacheResetInfo"] == "Date:2026-01-01T12:00 Status:true oldNum:0 newNum:7"


@pytest.mark.parametrize(
    ("figures", "initialized", "info"),
    [
        (Figures(loaded=False), "false", "Not initialized"),
        (
            Figures(loaded=False, refreshed=WHEN, problem="x"), "false",
            "Date:2026-01-01T12:00 Status:REFRESH_FAILED vagval:0 behorigheter:0",
        ),
        (
            Figures(routes=1, refreshed=WHEN, problem="x"), "true",
            "Date:2026-01-01T12:00 Status:REUSING_EXISTING_CACHE vagval:1 behorigheter:0",
        ),
    ],
)  # fmt: skip
def test_status_of_trouble_is_200(figures: Figures, initialized: str, info: str) -> None:
    """National VP, status: HTTP 200 also when unhealthy."""
    found = status(kept=Kept(figures))
    assert (found["TakCacheInitialized"], found["TakCacheResetInfo"]) == (initialized, info)


@pytest.mark.parametrize("target", ["/status?memory", "/status?Memory=1", "/status?a=b&memory"])
def test_status_with_more_memory(target: str) -> None:
    """National VP, ST2."""
    found = status(target)
    assert found["NettyDirectMemory"].startswith("Direct:")
    assert {"DirectMemBufferPool", "NonHeapMemory", "Endpoints"} <= set(found)


def test_status_of_netty_alone() -> None:
    """National VP, ST3: there is no Netty here, and its pools are empty."""
    assert status("/status?netty") == {"DirectArena1": "0 bytes", "NettyTotal": "0 bytes"}


@pytest.mark.parametrize(
    ("settings", "endpoints"),
    [
        ({}, ["http://127.0.0.1:8080/vp"]),
        ({"host": "::", "port": 81}, ["http://[::]:81/vp"]),
        ({"tls_port": 443}, ["http://127.0.0.1:8080/vp", "https://127.0.0.1:443/vp"]),
    ],
)
def test_status_tells_where_the_gateway_listens(settings: dict[str, Any], endpoints: list[str]) -> None:
    assert status(**settings)["Endpoints"] == endpoints


@pytest.mark.parametrize("target", HEALTH)
def test_all_is_well(target: str) -> None:
    found = answer(target)
    body = json.loads(found.body)
    assert (found.status, body["status"]) == (200, "UP")
    assert all(component == {"status": "UP"} for component in body["components"].values())
    actuator = b"application/vnd.spring-boot.actuator.v3+json"
    assert kind(found) == (actuator if target.startswith("/actuator") else b"application/json")


def test_what_health_is_made_of() -> None:
    """National VP, actuator: readiness is its own state, the catalogue and the tree."""
    parts = {target: set(json.loads(answer(target).body)["components"]) for target in HEALTH}
    assert parts["/livez"] == parts["/actuator/health/liveness"] == {"livenessState"}
    assert parts["/readyz"] == parts["/actuator/health/readiness"] == {"readinessState", "takCache", "hsaCache"}
    assert parts["/actuator/health"] == parts["/livez"] | parts["/readyz"]
    assert json.loads(answer("/actuator/health").body)["groups"] == ["liveness", "readiness"]


@pytest.mark.parametrize("target", READINESS)
@pytest.mark.parametrize(
    ("figures", "detail"),
    [
        (Figures(loaded=False), "Not initialized"),
        (Figures(loaded=False, refreshed=WHEN, problem="x"), "REFRESH_FAILED"),
    ],
)
def test_without_a_catalogue_it_is_not_ready(target: str, figures: Figures, detail: str) -> None:
    found = answer(target, Kept(figures))
    body = json.loads(found.body)
    assert (found.status, body["status"]) == (503, "DOWN")
    assert body["components"]["takCache"] == {"status": "DOWN", "details": {"refreshStatus": detail}}
    assert body["components"]["hsaCache"] == {"status": "UP"}


@pytest.mark.parametrize("target", READINESS)
def test_a_failed_reload_is_no_reason_to_stop(target: str) -> None:
    assert answer(target, Kept(Figures(routes=1, refreshed=WHEN, problem="rad 7"))).status == 200


@pytest.mark.parametrize("target", READINESS)
@pytest.mark.parametrize(
    ("mode", "units", "code"), [("national", 7, 503), ("strict", 7, 200), ("strict", 0, 503), ("national", 0, 503)]
)
def test_a_failed_reload_of_the_tree(target: str, mode: str, units: int, code: int) -> None:
    """National VP, HSA reset: the health flag goes down although the old tree stays in use."""
    found = answer(target, Kept(Figures(hsa_units=units, hsa_problem="x")), mode=mode)
    assert found.status == code
    tree = json.loads(found.body)["components"]["hsaCache"]
    down = {"status": "DOWN", "details": {"hsaCacheStatus": "Not initialized"}}
    assert tree == (down if code == 503 else {"status": "UP"})


def test_it_is_alive_when_it_is_not_ready() -> None:
    assert answer("/livez", Kept(Figures(loaded=False))).status == 200


@pytest.mark.parametrize("target", READINESS)
def test_a_gateway_that_stops_is_not_ready(target: str) -> None:
    found = answer(target, stopping=True)
    assert (found.status, json.loads(found.body)["status"]) == (503, "OUT_OF_SERVICE")
    assert status(stopping=True)["ServiceStatus"] == "Stopping"


def lines(found: Answer) -> list[str]:
    assert found.status == 200
    assert found.body.startswith(b"<br>")
    return found.body.decode().split("<br>")[1:]


AFTER = Figures(routes=21, permissions=11, refreshed=WHEN, hsa_units=8)


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_resetcache_reloads_and_tells(mode: str) -> None:
    """National VP, reset TAK; scripts look for the last line."""
    kept = Kept(GOOD, AFTER)
    found = answer("/resetcache", kept, mode=mode)
    told = lines(found)
    assert kept.reloads == 1
    assert [line.partition(":")[0] for line in told[:2]] == ["Host", "Time"]
    datetime.strptime(told[1], "Time: %Y-%m-%d %H:%M:%S")
    assert told[2] == "Initialize TAK cache resources..."
    assert told[3].startswith("Succeeded to get virtualizations and/or permissions from TAK")
    assert told[-3:] == [
        "Init TAK cache loaded number of permissions: 11",
        "Init TAK cache loaded number of virtualizations: 21",
        "Init done, was successful: true",
    ]
    assert kind(found) == (b"text/html;" if mode == "national" else b"text/html; charset=utf-8")


def test_resetcache_saves_nothing_and_says_so_only_nationally() -> None:
    saved = "Succesfully saved virtualizations and permissions to local TAK copy: routing"
    assert saved in lines(answer("/resetcache", mode="national"))
    assert not any("local TAK copy" in line for line in lines(answer("/resetcache")))


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_resetcache_that_fails_keeps_the_old_data(mode: str) -> None:
    """National VP, reset TAK: old data in use counts as success. Strict also tells why."""
    told = lines(answer("/resetcache", Kept(GOOD, problem="routes.toml:7: <fel>"), mode=mode))
    assert told[3] == (
        "Failed to get virtualizations and/or permissions from TAK, see logfiles for details. "
        "Will continue to use already loaded TAK data."
    )
    assert ("Reason for failure: routes.toml:7: &lt;fel&gt;" in told) == (mode == "strict")
    assert told[-1] == "Init done, was successful: true"
    assert told[-2] == "Init TAK cache loaded number of virtualizations: 20"


def test_resetcache_that_fails_with_nothing_to_keep() -> None:
    told = lines(answer("/resetcache", Kept(Figures(loaded=False), problem="borta"), mode="national"))
    assert told[3].endswith("Restore from local TAK copy...")
    assert told[4].startswith("Failed to restore virtualizations and permissions from local TAK copy: ")
    assert told[5] == "Reason for failure: borta"
    assert told[-1] == "Init done, was successful: false"


@pytest.mark.parametrize("mode", ["strict", "national"])
@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (Kept(GOOD, AFTER), "Successfully reset HSA cache. \nHSA cache size was: 7 \nHSA cache now is: 8."),
        (Kept(GOOD, Figures(hsa_units=1)), "Warning: HSA cache reset to 1. Was 7 entries!"),
        (Kept(GOOD, problem="hsa.xml:3: trasig"), "Reset HSA cache failed.hsa.xml:3: trasig"),
    ],
)
def test_resethsacache(mode: str, kept: Kept, told: str) -> None:
    """National VP, reset HSA, line by line."""
    found = answer("/resethsacache", Kept(kept.now, kept.after, kept.problem), mode=mode)
    assert found.body.decode() == f"Start a reset of HSA cache using files: []\n{told}"
    assert kind(found) == b"text/plain; charset=utf-8"


def test_resethsacache_names_the_files() -> None:
    found = answer("/resethsacache", Kept(Figures(hsa_files=("a.xml", "b.xml"))))
    assert found.body.startswith(b"Start a reset of HSA cache using files: [a.xml, b.xml]\n")


@pytest.mark.parametrize("target", ["/metrics", "/actuator/prometheus"])
def test_metrics(target: str) -> None:
    found = answer(target)
    assert kind(found).startswith(b"text/plain; version=")
    assert b"\nrivta_routes 20.0\n" in found.body


def holdings() -> Holdings:
    router = bench([route("A", "GetFixedContacts", "http://a")], []).router
    return Holdings(router, contracts(), range(9), ("hsa.xml",))


def test_holdings_count_what_is_loaded() -> None:
    found = holdings().figures()
    assert (found.contracts, found.routes, found.permissions, found.engagements) == (len(contracts()), 1, 0, 9)
    assert (found.loaded, found.problem, found.hsa_files) == (True, "", ("hsa.xml",))
    assert found.refreshed is not None


def test_holdings_that_cannot_be_read_anew_say_so() -> None:
    kept = holdings()
    assert "restart" in asyncio.run(kept.reload())
    assert "restart" in kept.figures().problem


def test_holdings_remember_how_the_last_reading_went() -> None:
    kept = holdings()
    first = kept.figures().refreshed
    problems: list[DataError | None] = [DataError(Path("routing/routes.toml"), 7, "fel"), None]

    async def read() -> None:
        if problem := problems.pop(0):
            raise problem

    kept.reader = read
    assert asyncio.run(kept.reload()) == "routing/routes.toml:7: fel"
    assert (kept.figures().problem, kept.figures().hsa_problem) == ("routing/routes.toml:7: fel", "")
    assert asyncio.run(kept.reload()) == ""
    assert kept.figures().problem == ""
    assert first is not None
    assert kept.figures().refreshed > first  # type: ignore[operator]


def test_trouble_with_a_file_of_the_tree_is_the_trees() -> None:
    kept = holdings()

    async def read() -> None:
        raise DataError(Path("hsa.xml"), 3, "trasig")

    kept.reader = read
    assert asyncio.run(kept.reload()) == kept.figures().hsa_problem == "hsa.xml:3: trasig"


def test_reloads_wait_for_each_other() -> None:
    kept = holdings()
    under_way, most = 0, 0

    async def read() -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    async def both() -> list[str]:
        return await asyncio.gather(kept.reload(), kept.reload())

    kept.reader = read
    assert asyncio.run(both()) == ["", ""]
    assert most == 1
