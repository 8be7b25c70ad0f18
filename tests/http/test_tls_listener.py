"""The TLS listener with real connections: who gets one, and who is behind it."""

import asyncio
import socket
import ssl

import pytest
from conftest import Run
from gateway_samples import fault_of
from http_peers import LOCAL
from tls_peers import (
    ANSWER,
    HSA_ID,
    caller_context,
    certificates,
    gateway,
    listening,
    post,
    settings,
    tls_listener,
    tls_producer,
)

from gateway.http.server import Server
from gateway.http.tls import server_context
from gateway.message import Answer, Request

pytestmark = pytest.mark.sockets
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
NOWHERE = "http://127.0.0.1:9/vp"


@VERSIONS
def test_a_caller_with_a_certificate_is_who_it_says(run: Run, version: ssl.TLSVersion) -> None:
    async def ask() -> None:
        async with tls_producer(certificates()) as producer:
            made = gateway(producer.url(), settings(producer_tls_ca=certificates().ca))
            async with tls_listener(made) as port:
                (answer,) = await post(port, caller_context(version=version))
            assert (answer.status, answer.body) == (200, ANSWER)
            assert made.calls[0].sender == HSA_ID
            assert made.calls[0].request.scheme == "https"
            assert made.calls[0].request.url.startswith("https://")
            await made.client.close()

    run(ask())


REFUSED = {
    "no certificate": ((), "CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE"),
    "a stranger's": (certificates("theirs").client, "UNKNOWN_CA"),
    "a server's": (certificates().server, "UNSUPPORTED_CERTIFICATE|CERTIFICATE_UNKNOWN"),  # RFC 5280 4.2.1.12
}


@VERSIONS
@pytest.mark.parametrize("case", REFUSED)
def test_a_caller_without_a_certificate_for_clients_is_told_and_gets_no_connection(
    run: Run, version: ssl.TLSVersion, case: str
) -> None:
    """With TLS 1.3 the alert comes when the caller thinks that all is well, even behind what it has already sent."""
    own, alert = REFUSED[case]
    context = caller_context(own=False, version=version)
    if own:
        context.load_cert_chain(*own)

    async def ask() -> None:
        made = gateway(NOWHERE, settings())
        async with tls_listener(made) as port:
            with pytest.raises(ssl.SSLError, match=alert):
                await asyncio.to_thread(_send, context, port)
        assert made.calls == []

    run(ask())


def _send(context: ssl.SSLContext, port: int) -> bytes:
    plain = socket.create_connection((LOCAL, port), 5)
    with context.wrap_socket(plain, server_hostname="localhost") as sock:
        sock.sendall(b"POST /vp HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nhej" * 100)
        return sock.recv(65_536)


def test_a_refused_caller_that_goes_on_sending_is_cut_off(run: Run) -> None:
    """What it sends is kept in memory until the handshake ends."""

    async def ask() -> None:
        made = gateway(NOWHERE, settings())
        context = caller_context(own=False, version=ssl.TLSVersion.TLSv1_3)
        async with tls_listener(made) as port:
            reader, writer = await asyncio.open_connection(LOCAL, port)
            await _handshake(context, reader, writer)
            with pytest.raises(ConnectionError):
                await _flood(writer)
        assert made.calls == []

    run(ask())


async def _flood(writer: asyncio.StreamWriter) -> None:
    for _ in range(1000):
        writer.write(bytes(10_000))
        await writer.drain()
        await asyncio.sleep(0.001)


async def _handshake(context: ssl.SSLContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A caller's side of a handshake, over a connection that stays in the test's hands."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    while True:
        try:
            connection.do_handshake()
        except ssl.SSLWantReadError:
            writer.write(outgoing.read())
            incoming.write(await reader.read(65_536))
        else:
            writer.write(outgoing.read())
            return


def test_plain_http_is_not_spoken_there(run: Run) -> None:
    async def ask() -> None:
        made = gateway(NOWHERE, settings())
        async with tls_listener(made) as port:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await post(port, None)
        assert made.calls == []

    run(ask())


def test_a_forged_header_changes_nothing(run: Run) -> None:
    """x-vp-auth-cert, x-vp-sender-id and the instance id count on the plain listener only."""

    async def ask() -> None:
        async with tls_producer(certificates()) as producer:
            made = gateway(producer.url(), settings(producer_tls_ca=certificates().ca))
            forged = "MIIforged"
            async with tls_listener(made) as port:
                (answer,) = await post(
                    port,
                    caller_context(),
                    x_vp_auth_cert=forged,
                    x_vp_sender_id="SE0000000000-ANNAN",
                    x_vp_instance_id="prov",
                    x_forwarded_for="10.20.30.40",
                )
            assert answer.status == 200
            assert made.calls[0].sender == HSA_ID
            assert made.calls[0].source_ip == ""
            assert "x-vp-auth-cert" not in producer.requests[0]
            await made.client.close()

    run(ask())


def test_many_calls_on_one_connection(run: Run) -> None:
    async def ask() -> None:
        async with tls_producer(certificates()) as producer:
            made = gateway(producer.url(), settings(producer_tls_ca=certificates().ca))
            async with tls_listener(made) as port:
                answers = await post(port, caller_context(), times=20)
            assert [answer.status for answer in answers] == [200] * 20
            assert {call.sender for call in made.calls} == {HSA_ID}
            assert producer.connections == 1
            await made.client.close()

    run(ask())


def test_a_resumed_session_keeps_its_certificate(run: Run) -> None:
    """TLS 1.2 and 1.3 let a caller come back without its certificate; who it was is in the ticket."""

    async def ask() -> None:
        made = gateway(NOWHERE, settings())
        context = caller_context(version=ssl.TLSVersion.TLSv1_2)
        async with tls_listener(made) as port:
            reused = await asyncio.to_thread(_twice, context, port)
        assert reused
        assert [call.sender for call in made.calls] == [HSA_ID, HSA_ID]

    run(ask())


def _twice(context: ssl.SSLContext, port: int) -> bool:
    """Two connections, the second with the session of the first; whether it was resumed."""
    session = None
    for _ in range(2):
        plain = socket.create_connection((LOCAL, port), 5)
        with context.wrap_socket(plain, server_hostname="localhost", session=session) as sock:
            sock.sendall(b"POST /vp HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nhej")
            assert sock.recv(65_536).startswith(b"HTTP/1.1 500")
            session, reused = sock.session, sock.session_reused
    return bool(reused)


def test_a_refusal_over_tls_is_a_fault_too(run: Run) -> None:
    async def ask() -> None:
        made = gateway(NOWHERE, settings(sender_id_pattern="OU=([^,]+)"))
        async with tls_listener(made) as port:
            (answer,) = await post(port, caller_context())
        assert answer.status == 500
        assert fault_of(answer.body)[2] == (
            f"No senderId found in Certificate: SERIALNUMBER={HSA_ID}, CN=TEST {HSA_ID}, "
            "O=RIVTA TEST - NOT FOR REAL USE, C=SE"
        )

    run(ask())


def test_a_large_message_and_answer(run: Run) -> None:
    """Larger than a TLS record, the buffers of both sides, and what the transport takes at once."""
    size = 2_000_000

    async def echo(request: Request) -> Answer:
        return Answer(200, [], request.body)

    async def ask() -> None:
        body = bytes(range(256)) * (size // 256)
        async with listening(Server(echo), server_context(settings())) as port:
            reader, writer = await asyncio.open_connection(
                LOCAL, port, ssl=caller_context(), server_hostname="localhost"
            )
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(len(body)) == body
            writer.close()

    run(ask())
