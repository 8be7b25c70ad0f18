"""Handshakes on the TLS listener: who, why it failed, and what to do; and a row in the log for each."""

import asyncio
import io
import json
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from http_peers import LOCAL
from tls_peers import Gateway, caller_context, certificates, gateway, post, settings, tls_listener

from gateway import texts
from gateway.http.secured import Handshake
from gateway.http.tls import server_context
from gateway.observe.log import writer
from gateway.observe.tls_log import TlsLog, hint

NOWHERE = "http://127.0.0.1:9/vp"
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


def stranger(version: ssl.TLSVersion) -> ssl.SSLContext:
    context = caller_context(own=False, version=version)
    context.load_cert_chain(*certificates("theirs").client)
    return context


def distrustful(version: ssl.TLSVersion) -> ssl.SSLContext:
    return caller_context(certificates("theirs"), version=version)


def told(run: Run, work: Any, made: Gateway | None = None) -> list[Handshake]:
    """What is told when ``work(port)`` calls the listener."""
    found: list[Handshake] = []

    async def ask() -> None:
        async with tls_listener(made or gateway(NOWHERE, settings()), found.append) as port:
            await work(port)
            await asyncio.sleep(0.1)

    run(ask())
    return found


@pytest.mark.sockets
@VERSIONS
@pytest.mark.parametrize(
    ("context", "reason", "detail"),
    [
        (lambda version: caller_context(own=False, version=version), "PEER_DID_NOT_RETURN_A_CERTIFICATE", ""),
        (stranger, "CERTIFICATE_VERIFY_FAILED", "unable to get local issuer certificate"),
        (distrustful, "TLSV1_ALERT_UNKNOWN_CA", ""),
    ],
    ids=["none", "strange", "distrustful"],
)
def test_a_handshake_that_fails_is_told(
    run: Run, version: ssl.TLSVersion, context: Any, reason: str, detail: str
) -> None:
    async def call(port: int) -> None:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.to_thread(_post, context(version), port)

    (found,) = told(run, call)
    assert (found.ip, found.reason, found.detail, found.version) == (LOCAL, reason, detail, "")
    assert found.port > 0


def _post(context: ssl.SSLContext, port: int) -> bytes:
    """Not by asyncio, which would hang up without telling that it does not trust us."""
    plain = socket.create_connection((LOCAL, port), 5)
    with plain, context.wrap_socket(plain, server_hostname="localhost") as sock:
        sock.sendall(b"POST /vp HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nhej")
        return sock.recv(65_536)


@pytest.mark.sockets
@VERSIONS
def test_a_handshake_that_succeeds_is_told_once(run: Run, version: ssl.TLSVersion) -> None:
    async def call(port: int) -> None:
        await post(port, caller_context(version=version), times=2)

    (found,) = told(run, call)
    assert (found.ip, found.reason) == (LOCAL, "")
    assert found.version == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
    assert "GCM" in found.cipher or "CHACHA" in found.cipher


@pytest.mark.sockets
@pytest.mark.parametrize(
    ("sent", "reason"),
    [(b"POST /vp HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP_REQUEST"), (b"\x00" * 64, "WRONG_VERSION_NUMBER")],
    ids=["http", "anything"],
)
def test_what_is_no_tls_is_told(run: Run, sent: bytes, reason: str) -> None:
    async def call(port: int) -> None:
        await asyncio.to_thread(_send, port, sent)

    assert [found.reason for found in told(run, call)] == [reason]


@pytest.mark.sockets
def test_who_only_hangs_up_is_not_told(run: Run) -> None:
    """Health checks of load balancers do so every few seconds."""

    async def call(port: int) -> None:
        await asyncio.to_thread(_send, port, b"")

    assert told(run, call) == []


def _send(port: int, sent: bytes) -> None:
    with socket.create_connection((LOCAL, port), 5) as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(4096):
            pass


@pytest.mark.sockets
def test_others_get_through_meanwhile(run: Run) -> None:
    """A caller that says nothing holds up nobody, and the listener lives on after one that fails."""

    async def call(port: int) -> None:
        silent = socket.create_connection((LOCAL, port), 5)
        await asyncio.to_thread(_send, port, b"\x00" * 64)
        answers = await asyncio.gather(*(post(port, caller_context()) for _ in range(5)))
        assert [answer.status for (answer,) in answers] == [500] * 5  # nobody answers behind the router
        silent.close()

    assert [found.reason for found in told(run, call)] == ["WRONG_VERSION_NUMBER", "", "", "", "", ""]


def test_the_certificate_of_a_connection_is_the_same_bytes_each_time() -> None:
    """OpenSSL would write it anew for every call."""
    context, caller = server_context(settings()), caller_context()
    bios = [ssl.MemoryBIO() for _ in range(4)]
    ours = context.wrap_bio(bios[0], bios[1], server_side=True)
    theirs = caller.wrap_bio(bios[2], bios[3], server_hostname="localhost")
    for _ in range(4):
        for side, out, into in ((theirs, bios[3], bios[0]), (ours, bios[1], bios[2])):
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
            into.write(out.read())
    first = ours.getpeercert(binary_form=True)
    assert isinstance(first, bytes)
    assert ours.getpeercert(binary_form=True) is first
    assert ssl.DER_cert_to_PEM_cert(first) in Path(certificates().client[0]).read_text("ascii")
    assert ours.getpeercert() == ours.getpeercert(False)


def row(found: Handshake, *, errors_only: bool = False) -> dict[str, Any]:
    file = io.BytesIO()
    logger, buffer = writer("json", file)
    TlsLog(logger, service="prov", errors_only=errors_only)(found)
    buffer.flush()
    lines = file.getvalue().splitlines()
    return json.loads(lines[0]) if lines else {}  # type: ignore[no-any-return]


def test_a_failure_as_a_row() -> None:
    """National VP, logging: TLS rows have event.module skltp-tls."""
    why = "self-signed certificate"
    found = row(Handshake("10.0.0.1", 4711, reason="CERTIFICATE_VERIFY_FAILED", detail=why), errors_only=True)
    assert found["event.module"] == "skltp-tls"
    assert found["event.action"] == "tls-handshake-failed"
    assert (found["source.ip"], found["source.port"], found["service.name"]) == ("10.0.0.1", 4711, "prov")
    assert found["error.code"] == "CERTIFICATE_VERIFY_FAILED"
    assert found["error.message"] == f"CERTIFICATE_VERIFY_FAILED: {why}"
    assert found["message"].startswith(f"tls-handshake-failed 10.0.0.1:4711: CERTIFICATE_VERIFY_FAILED: {why}. The ")
    assert "tls_client_ca" in found["labels"]["hint_sv"]
    assert why in found["labels"]["hint_en"]


def test_a_success_as_a_row() -> None:
    """National VP, logging: tls-handshake-complete."""
    good = Handshake("10.0.0.1", 4711, version="TLSv1.3", cipher="TLS_AES_256_GCM_SHA384")
    found = row(good)
    assert (found["event.action"], found["event.outcome"]) == ("tls-handshake-complete", "success")
    assert (found["tls.version"], found["tls.cipher"]) == ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    assert row(good, errors_only=True) == {}


@pytest.mark.parametrize(
    ("reason", "detail", "kind"),
    [
        ("CERTIFICATE_VERIFY_FAILED", "certificate has expired", "expired"),
        ("CERTIFICATE_VERIFY_FAILED", "unable to get local issuer certificate", "unknown-authority"),
        ("PEER_DID_NOT_RETURN_A_CERTIFICATE", "", "no-certificate"),
        ("UNSUPPORTED_PROTOCOL", "", "version"),
        ("NO_SHARED_CIPHER", "", "cipher"),
        ("HTTP_REQUEST", "", "plain-http"),
        ("TLSV1_ALERT_UNKNOWN_CA", "", "distrusted"),
        ("BAD_WEATHER", "", "other"),
    ],
)
def test_a_hint_for_each_reason(reason: str, detail: str, kind: str) -> None:
    assert hint(reason, detail) == texts.both("tls", kind, detail=detail)
    assert len(set(hint(reason, detail).values())) == 2
