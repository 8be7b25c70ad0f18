"""What the router's numbers depend on: observing, TLS, the catalogue's size, reading it anew."""

import asyncio
import base64
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import uvloop
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cli.testca import TestCa

from . import big_catalogue, nginx
from .beside import Way, measure
from .caller import BenchError, content_length, post
from .figures import Beside, Deadline, Effort, Reload
from .messages import ENTRY, ROUTED, SENDER, headers, request
from .processes import Process, free_ports, on_cores
from .routed import REQUEST_BYTES, ask, write_script
from .testbed import STRICT, Bed

BARE = {"mode": "strict", "log": "off"}
LOG = {"mode": "strict", "log": "info", "log_format": "json"}
JOURNAL = {"journal": "on"}
LOGGED, KEPT, ALL = "with log to a file", "with journal in SQLite", "identity by certificate, log, journal"
PLAIN, TLS = "plain, nginx in front", "TLS with client certificate, nginx in front"
SMALL, LARGE = 1_000, 1_000_000
_CALLERS = 8
_RELOAD_SECONDS = 240.0
_PAUSE = 0.002  # seconds between the calls of one caller while the data is read: not to measure a full core


def observing(bed: Bed, effort: Effort, deadline: Deadline) -> list[Beside]:
    """The bare routed call, and the same with log, with journal, and with all that issue 3 wants on."""
    plain = write_script(bed.folder, "plain")
    sent = {key: value for key, value in headers().items() if not key.startswith("x-vp-")}
    sent["x-vp-auth-cert"] = _certificate()
    shown = write_script(bed.folder, "shown", sent)
    bare = bed.start_gateway(STRICT, BARE)
    logged = bed.start_gateway(LOGGED, LOG)
    kept = bed.start_gateway(KEPT, {**BARE, **JOURNAL})
    whole = bed.start_gateway(ALL, {**LOG, **JOURNAL})
    ask(ALL, whole.port, sent)
    ways = [Way(STRICT, bare, plain), Way(LOGGED, logged, plain), Way(KEPT, kept, plain), Way(ALL, whole, shown)]
    return measure(bed, effort, deadline, ways)


def tls(bed: Bed, effort: Effort, deadline: Deadline) -> list[Beside]:
    """The same calls by nginx, in plain and with a client certificate, over connections that are kept."""
    files = _files(bed.folder)
    port, plain, secure = free_ports(3)
    own = {"tls_certificate": str(files["server.pem"]), "tls_key": str(files["server.key"])}
    settings = {**BARE, **own, "tls_port": port, "tls_client_ca": str(files["ca.pem"])}
    process = bed.start_gateway(TLS, settings)
    pair = files["client.pem"], files["client.key"], files["ca.pem"]
    bed.start_proxy(PLAIN, nginx.client(plain, process.port, "http", *pair), plain)
    bed.start_proxy(TLS, nginx.client(secure, port, "https", *pair), secure)
    script = write_script(bed.folder, "tls")
    for each in (plain, secure):
        ask(TLS, each, headers())
    return measure(bed, effort, deadline, [Way(PLAIN, process, script, plain), Way(TLS, process, script, secure)])


def catalogue(bed: Bed, effort: Effort, deadline: Deadline) -> list[Beside]:
    """A small and a large catalogue; every call goes to another address."""
    ways = []
    for count in (SMALL, LARGE):
        process = _big(bed, count)
        script = write_script(bed.folder, f"big{count}", more=big_catalogue.script(count))
        ways.append(Way(f"{count:,} routes and permissions", process, script))
    return measure(bed, effort, deadline, ways)


def reload(bed: Bed, effort: Effort) -> Reload:
    """The longest that a call took while a million routes and permissions were read anew, and without that."""
    process = _big(bed, LARGE)
    found = Reload(f"{LARGE:,} routes and permissions")
    with on_cores(bed.cores.load):
        found.quiet = uvloop.run(_calls(process.port, _for(2.0 if effort.rounds < 3 else 10.0)))
        for number in range(max(1, effort.rounds // 2)):
            started = time.perf_counter()
            before = process.cpu_seconds()
            os.kill(process.pid, signal.SIGHUP)
            found.reading += uvloop.run(_calls(process.port, _until_told(process, number + 1)))
            found.seconds.append(time.perf_counter() - started)
            found.cpu.append(process.cpu_seconds() - before)
    found.rss = process.peak_mb()
    return found


def _certificate() -> str:
    """A consumer's certificate as a proxy passes it on: base64 without line ends."""
    pem, _ = TestCa(30).client(SENDER)
    return base64.b64encode(x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)).decode()


def _files(folder: Path) -> dict[str, Path]:
    ca = TestCa(30)
    server, client = ca.server(), ca.client(SENDER)
    contents = {
        "ca.pem": ca.pem,
        "server.pem": server[0], "server.key": server[1],
        "client.pem": client[0], "client.key": client[1],
    }  # fmt: skip
    for name, text in contents.items():
        (folder / name).write_text(text, "ascii")
    return {name: folder / name for name in contents}


def _big(bed: Bed, count: int) -> Process:
    folder = bed.folder / f"big{count}"
    if not folder.exists():
        folder.mkdir()
        big_catalogue.make(folder, bed.root, count, bed.ports[ROUTED])
    process = bed.start_gateway(f"{count:,} routes", BARE, folder)
    ask(process.name, process.port, headers(), big_catalogue.address(count // big_catalogue.CONTRACTS - 1))
    return process


async def _calls(port: int, going: Callable[[], bool]) -> list[float]:
    """Milliseconds of each call of some callers, each with a short pause after each answer."""
    took: list[float] = []
    message = post(ENTRY, headers(), request(ROUTED, REQUEST_BYTES))

    async def caller() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        while going():
            started = time.perf_counter()
            writer.write(message)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(content_length(head))
            took.append((time.perf_counter() - started) * 1000)
            if not head.startswith(b"HTTP/1.1 200"):
                raise BenchError(f"a call failed while the data was read: {head[:60]!r}")
            await asyncio.sleep(_PAUSE)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    return took


def _for(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() < end


def _until_told(process: Process, times: int) -> Callable[[], bool]:
    """Until the process has told so often that it has read its data; looked at a few times a second."""
    end, looked = time.monotonic() + _RELOAD_SECONDS, [0.0, True]

    def going() -> bool:
        now = time.monotonic()
        if now - looked[0] > 0.25:
            looked[0] = now
            told = process.log.read_text("utf-8", "replace")
            if "not reloaded" in told or now > end:
                raise BenchError(f"the data was not read: {told[-500:]}")
            looked[1] = told.count("reloaded: ") < times
        return bool(looked[1])

    return going
