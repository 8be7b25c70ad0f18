"""What ``/status`` and the health pages tell, with the key names of the national router (VP) and of Spring's actuator.

Facts of Java that Python has too stand under the same key (``JvmUsedMemory`` is this process's memory); of its others,
``JavaVersion`` becomes ``PythonVersion``, and the pools of Netty, which is not here, are empty.
"""

import contextlib
import math
import os
import platform
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import gateway
from gateway.observe.metrics import Figures

UP, DOWN, OUT_OF_SERVICE = "UP", "DOWN", "OUT_OF_SERVICE"
NOT_INITIALIZED = "Not initialized"
REFRESH_OK, REUSING, REFRESH_FAILED = "REFRESH_OK", "REUSING_EXISTING_CACHE", "REFRESH_FAILED"
RESTORED = "RESTORED_FROM_LOCAL_CACHE"
_KIB = 1024
_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NOTHING = "0 bytes"
NETTY = {"DirectArena1": _NOTHING, "NettyTotal": _NOTHING}

Component = dict[str, object]


def status(
    figures: Figures, *, name: str, started: float, stopping: bool, hsa_up: bool, endpoints: Iterable[str], more: bool
) -> dict[str, object]:
    """The status page.

    Args:
        name: ``ManagementName``.
        started: ``time.monotonic()`` at the start.
        hsa_up: whether the HSA tree counts as initialized.
        endpoints: where the gateway listens.
        more: also the figures of ``?memory``.
    """
    used, peak, virtual = _memory()
    found: dict[str, object] = {
        "Name": "rivta-gateway",
        "Version": gateway.__version__,
        "BuildTime": _built(),
        "ServiceStatus": "Stopping" if stopping else "Started",
        "Uptime": uptime(time.monotonic() - started),
        "ManagementName": name,
        "PythonVersion": platform.python_version(),
        "TakCacheInitialized": _told(figures.loaded),
        "TakCacheResetInfo": tak_info(figures),
        "HsaCacheInitialized": _told(hsa_up),
        "HsaCacheResetInfo": f"Date:{_minute(figures.refreshed)} Status:{_told(hsa_up)} "
        f"oldNum:{figures.hsa_units_before} newNum:{figures.hsa_units}",
        "JvmTotalMemory": readable(peak),
        "JvmFreeMemory": readable(max(peak - used, 0)),
        "JvmUsedMemory": readable(used),
        "JvmMaxMemory": readable(_physical()),
    }
    if more:
        found["DirectMemBufferPool"] = f"Used: {_NOTHING}, Count: 0, Max Capacity: {_NOTHING}"
        found["NonHeapMemory"] = f"Init: {_NOTHING} Used: {readable(virtual)}, Committed: {readable(used)}, Max: -1"
        found["NettyDirectMemory"] = f"Direct: {_NOTHING}(Arenas:0), Heap: {_NOTHING}(Arenas:0), ThreadCaches: 0"
    return {**found, "Endpoints": list(endpoints)}


def tak_info(figures: Figures) -> str:
    """How the last reading of the catalogue went."""
    if figures.refreshed is None:
        return NOT_INITIALIZED
    return (
        f"Date:{_minute(figures.refreshed)} Status:{refresh_status(figures)} "
        f"vagval:{figures.routes} behorigheter:{figures.permissions}"
    )


def refresh_status(figures: Figures) -> str:
    """The national name for it."""
    if not figures.loaded:
        return REFRESH_FAILED
    if figures.problem:
        return REUSING
    return RESTORED if figures.restored else REFRESH_OK


def ready(figures: Figures, *, stopping: bool, hsa_up: bool) -> dict[str, Component]:
    """What readiness is made of."""
    tak: Component = {"status": UP} if figures.loaded else _down(refreshStatus=_tak_trouble(figures))
    hsa: Component = {"status": UP} if hsa_up else _down(hsaCacheStatus=NOT_INITIALIZED)
    found: dict[str, Component] = {"hsaCache": hsa}
    found |= {"readinessState": {"status": OUT_OF_SERVICE if stopping else UP}, "takCache": tak}
    if figures.database_problem:
        found["db"] = _down(error=figures.database_problem)
    return found


def health(components: dict[str, Component], groups: Iterable[str] = ()) -> tuple[int, dict[str, object]]:
    """HTTP status and JSON of a health page, the worst component first."""
    worst = min((str(component["status"]) for component in components.values()), key=(DOWN, OUT_OF_SERVICE, UP).index)
    found: dict[str, object] = {"status": worst, "components": components}
    if groups:
        found["groups"] = list(groups)
    return 200 if worst == UP else 503, found


def uptime(seconds: float) -> str:
    """``0 days, 0 hours, 1 minutes, 2 seconds``."""
    whole = int(seconds)
    return (
        f"{whole // _DAY} days, {whole % _DAY // _HOUR} hours, "
        f"{whole % _HOUR // _MINUTE} minutes, {whole % _MINUTE} seconds"
    )


def readable(size: float) -> str:
    """``1.5 GB``."""
    power = min(int(math.log(max(size, 1), _KIB)), len(_UNITS) - 1)
    return f"{size / _KIB**power:.{min(power, 1)}f} {_UNITS[power]}"


def _tak_trouble(figures: Figures) -> str:
    return NOT_INITIALIZED if figures.refreshed is None else REFRESH_FAILED


def _down(**details: str) -> Component:
    return {"status": DOWN, "details": details}


def _told(value: bool) -> str:
    return "true" if value else "false"


def _minute(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M") if moment else ""


def _built() -> str:
    changed = Path(gateway.__file__).stat().st_mtime
    return datetime.fromtimestamp(changed, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _memory() -> tuple[int, int, int]:
    """Bytes of memory in use, at most so far, and of address space; zeros where the system does not tell."""
    found = {"VmRSS": 0, "VmHWM": 0, "VmSize": 0}
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
            name, _, value = line.partition(":")
            if name in found:
                found[name] = int(value.split()[0]) * _KIB
    return found["VmRSS"], found["VmHWM"], found["VmSize"]


def _physical() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0
