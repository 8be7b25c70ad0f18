"""National VP, status, health and resets (6)."""

import json
import re
import time
from pathlib import Path

import pytest
from interop_site import PATIENCE
from national_catalogue import SENDER, TREE, data_root, hsa_file
from national_producer import OK
from national_rows import row
from national_site import Answer, Gateway, Site, get, refused_start, request

# Status


@row("status-01", "status, caches and endpoints", "GetStatusIT")
def test_status_01(national: Gateway) -> None:
    answer = get(national.admin, "/status")
    found = json.loads(answer.body)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    expected = {"ServiceStatus": "Started", "TakCacheInitialized": "true", "HsaCacheInitialized": "true"}
    assert {name: found[name] for name in expected} == expected
    told = r"Date:\d{4}-\d\d-\d\dT\d\d:\d\d Status:REFRESH_OK vagval:\d+ behorigheter:\d+"
    assert re.fullmatch(told, found["TakCacheResetInfo"])
    assert re.fullmatch(r"Date:\S+ Status:true oldNum:\d+ newNum:4", found["HsaCacheResetInfo"])
    assert re.fullmatch(r"\d+ days, \d+ hours, \d+ minutes, \d+ seconds", found["Uptime"])
    assert found["Endpoints"][0].startswith("http://127.0.0.1:")
    assert {"Name", "Version", "BuildTime", "ManagementName", "JvmTotalMemory", "JvmFreeMemory"} <= set(found)


@row("status-02", "?memory", "GetStatusIT, memory")
def test_status_02(national: Gateway) -> None:
    found = json.loads(get(national.admin, "/status?memory").body)
    assert found["NettyDirectMemory"].startswith("Direct:")
    assert {"DirectMemBufferPool", "NonHeapMemory"} <= set(found)


@row("status-03", "?netty", "GetStatusIT, netty")
def test_status_03(national: Gateway) -> None:
    assert {"DirectArena1", "NettyTotal"} <= set(json.loads(get(national.admin, "/status?netty").body))


@row("status-04", "health, liveness and readiness on the management port", "ActuatorAvailabilityIT")
@pytest.mark.parametrize("path", ["", "/liveness", "/readiness"])
def test_status_04(national: Gateway, path: str) -> None:
    answer = get(national.admin, f"/actuator/health{path}")
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "UP")


@row("status-05", "health is not on the application's port", "ActuatorManagementPortSeparationIT")
def test_status_05(national: Gateway) -> None:
    assert get(national.port, "/actuator/health").status == 404


@row("status-06", "JavaVersion and CamelVersion", "VP status", better="No Java inside")
def test_status_06(national: Gateway) -> None:
    found = json.loads(get(national.admin, "/status").body)
    assert "PythonVersion" in found
    assert not {"JavaVersion", "CamelVersion"} & set(found)


# Resets


def lines(answer: Answer) -> list[str]:
    return answer.body.decode().split("<br>")[1:]


@row("reset-01", "/resetcache reads the catalogue and tells each step", "ResetTakCacheProcessorTest")
def test_reset_01(national: Gateway) -> None:
    answer = get(national.admin, "/resetcache")
    found = lines(answer)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html;")
    assert found[0].startswith("Host: ")
    assert re.fullmatch(r"Time: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d", found[1])
    assert found[2:4] == [
        "Initialize TAK cache resources...",
        "Succeeded to get virtualizations and/or permissions from TAK, save to local TAK copy...",
    ]
    assert found[4].startswith("Succesfully saved virtualizations and permissions to local TAK copy: ")
    assert re.fullmatch(r"Init TAK cache loaded number of permissions: \d+", found[-3])
    assert re.fullmatch(r"Init TAK cache loaded number of virtualizations: \d+", found[-2])
    assert found[-1] == "Init done, was successful: true"


@row("reset-02", "a catalogue that cannot be read leaves the old one in use", "TakCache; ResetTakCacheProcessorTest")
def test_reset_02(site: Site) -> None:
    other = site.gateways["other"]
    path = other.root / "routing" / "routes.toml"
    before = path.read_text("utf-8")
    path.write_text("trasig =", "utf-8")
    try:
        found = lines(get(other.admin, "/resetcache"))
        info = json.loads(get(other.admin, "/status").body)["TakCacheResetInfo"]
        answer = site.ask(gateway="other", tls=SENDER).answer
    finally:
        path.write_text(before, "utf-8")
    kept = "Failed to get virtualizations and/or permissions from TAK, see logfiles for details. "
    assert found[3] == f"{kept}Will continue to use already loaded TAK data."
    assert found[-1] == "Init done, was successful: true"
    assert "Status:REUSING_EXISTING_CACHE" in info
    assert answer.body == OK


@row("reset-03", "new routes count from the reset on", "VP TAK cache life cycle")
def test_reset_03(site: Site) -> None:
    other = site.gateways["other"]
    path = other.root / "routing" / "routes.toml"
    before = path.read_text("utf-8")
    assert site.ask("Denied", gateway="other", tls=SENDER).answer.fault[1].startswith("VP007 ")
    path.write_text(before.replace('"Denied", ', ""), "utf-8")
    try:
        get(other.admin, "/resetcache")
        assert site.ask("Denied", gateway="other", tls=SENDER).answer.fault[1].startswith("VP004 ")
    finally:
        path.write_text(before, "utf-8")
        get(other.admin, "/resetcache")


@row("reset-04", "/resethsacache reads the tree and tells its sizes", "ResetHsaCacheProcessorTest")
def test_reset_04(national: Gateway) -> None:
    answer = get(national.admin, "/resethsacache")
    text = answer.body.decode()
    assert answer.status == 200
    assert re.fullmatch(
        r"Start a reset of HSA cache using files: \[.*hsa\.xml\]\n"
        r"Successfully reset HSA cache\. \nHSA cache size was: 4 \nHSA cache now is: 4\.",
        text,
    )


@row("reset-05", "a tree of at most one unit is warned about", "ResetHsaCacheProcessorTest, warning")
def test_reset_05(site: Site) -> None:
    path = site.gateways["other"].root.parent / "hsa.xml"
    hsa_file(path, TREE[:1])
    try:
        text = get(site.gateways["other"].admin, "/resethsacache").body.decode()
    finally:
        hsa_file(path, TREE)
        _ = [get(each.admin, "/resethsacache") for each in site.gateways.values()]
    assert text.endswith("\nWarning: HSA cache reset to 1. Was 4 entries!")


@row(
    "reset-06",
    "a tree that cannot be read: failed, and readiness goes down",
    "ResetHsaCacheProcessorTest; HsaCacheHealthIndicatorTest",
)
def test_reset_06(site: Site) -> None:
    """In strict mode the gateway stays ready: the old tree goes on."""
    path = site.gateways["other"].root.parent / "hsa.xml"
    path.write_text("<trasig", "utf-8")
    try:
        text = get(site.gateways["other"].admin, "/resethsacache").body.decode()
        get(site.gateways["strict"].admin, "/resethsacache")
        down = get(site.gateways["other"].admin, "/actuator/health/readiness")
        up = get(site.gateways["strict"].admin, "/actuator/health/readiness")
    finally:
        hsa_file(path, TREE)
        _ = [get(each.admin, "/resethsacache") for each in site.gateways.values()]
    assert "\nReset HSA cache failed." in text
    assert down.status == 503
    assert json.loads(down.body)["components"]["hsaCache"]["details"] == {"hsaCacheStatus": "Not initialized"}
    assert up.status == 200


@row(
    "reset-07",
    "without a catalogue and a copy of it every call is VP008",
    "FullServiceTakErrorIT",
    better="Data that is wrong stops the start",
)
def test_reset_07(site: Site, tmp_path: Path) -> None:
    """The gateway does not start, and says which line is wrong."""
    root = data_root(tmp_path / "data", site.peers)
    (root / "routing" / "routes.toml").write_text("[[route]]\nfel = 1\n", "utf-8")
    assert "routes.toml:" in refused_start(root)


@row(
    "reset-08",
    "after a failed start only a reset reads the catalogue",
    "VP TAK cache life cycle",
    better="Files are read anew by themselves",
)
def test_reset_08(site: Site) -> None:
    other = site.gateways["other"]
    path = other.root / "routing" / "routes.toml"
    before = path.read_text("utf-8")
    path.write_text(before.replace('"Denied", ', ""), "utf-8")
    end = time.monotonic() + PATIENCE
    try:
        while not site.ask("Denied", gateway="other", tls=SENDER).answer.fault[1].startswith("VP004 "):
            assert time.monotonic() < end
            time.sleep(0.1)
    finally:
        path.write_text(before, "utf-8")
        get(other.admin, "/resetcache")


@row("reset-09", "any method resets", "VP operations", better="Pages that change something are read with GET")
def test_reset_09(national: Gateway) -> None:
    answer = request("127.0.0.1", national.admin, "POST", "/resetcache", b"", {})
    assert (answer.status, answer.headers["allow"]) == (405, "GET")
