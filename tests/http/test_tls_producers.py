"""Calls to producers over mutual TLS, with real connections."""

import asyncio
import re
import ssl
from typing import Any

import pytest
from conftest import Run
from gateway_samples import fault_of, headers, question, request
from tls_peers import ANSWER, HSA_ID, Files, Gateway, RefusingProducer, certificates, gateway, settings, tls_producer

from gateway.message import Answer
from gateway.tlssettings import TlsOverride

pytestmark = pytest.mark.sockets
OURS = certificates()
VERSIONS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
MUTUAL = {
    "producer_tls_ca": OURS.ca,
    "producer_tls_certificate": OURS.client[0],
    "producer_tls_key": OURS.client[1],
}


async def call(made: Gateway, **more: str) -> Answer:
    """One call to the route of the gateway, as a consumer that the platform knows."""
    sent = headers(HSA_ID, "prov", **more)
    return await made.router.handle(request(question("GetFixedContacts", "A"), sent))


def why(answer: Answer) -> str:
    """The detail of a VP009."""
    assert answer.status == 500
    side, text, detail = fault_of(answer.body)
    assert (side, text) == ("SOAP-ENV:Server", "VP009 [prov] Fel vid kontakt med tjänsteproducenten.")
    return detail


@VERSIONS
def test_a_producer_that_asks_for_a_certificate_gets_ours(run: Run, version: ssl.TLSVersion) -> None:
    async def ask() -> None:
        async with tls_producer(OURS, asks=OURS.ca, version=version) as producer:
            made = gateway(producer.url(), settings(**MUTUAL))
            answers = [await call(made) for _ in range(3)]
            assert [answer.body for answer in answers] == [ANSWER] * 3
            assert producer.callers == [HSA_ID]  # one connection, kept
            await made.client.close()

    run(ask())


@VERSIONS
@pytest.mark.parametrize(
    ("own", "alert"),
    [((), "CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE"), (certificates("theirs").client, "UNKNOWN_CA")],
    ids=["no certificate", "a stranger's"],
)
def test_a_producer_that_does_not_get_it_is_vp009(
    run: Run, own: tuple[str, ...], alert: str, version: ssl.TLSVersion
) -> None:
    """With TLS 1.3 the refusal comes after the handshake, in place of an answer."""
    given = {"producer_tls_ca": OURS.ca}
    if own:
        given |= {"producer_tls_certificate": own[0], "producer_tls_key": own[1]}

    async def ask() -> None:
        producer = RefusingProducer(OURS, version)
        serving = asyncio.create_task(asyncio.to_thread(producer.serve))
        made = gateway(producer.url, settings(**given))
        told = why(await call(made))
        await serving
        assert producer.problem
        assert told.startswith(
            f"Error connecting to service producer at address {producer.url}. TLS handshake failed: "
        )
        assert re.search(alert, told)

    run(ask())


@VERSIONS
def test_a_producer_that_hangs_up_in_the_handshake_is_vp009(run: Run, version: ssl.TLSVersion) -> None:
    """A server on an event loop of Python does so when it refuses a certificate; with TLS 1.3 it looks like a reset."""

    async def ask() -> None:
        async with tls_producer(OURS, asks=OURS.ca, version=version) as producer:
            made = gateway(producer.url(), settings(producer_tls_ca=OURS.ca))
            told = why(await call(made))
            assert "TLS handshake failed: the producer closed" in told or "closed the connection without" in told
            assert producer.requests == []

    run(ask())


def test_a_producer_of_an_unknown_authority_is_vp009_in_both_modes(run: Run) -> None:
    async def ask() -> None:
        java = "javax.net.ssl.SSLHandshakeException"
        for mode, told in (
            ("national", f"Exception information: ({java}: PKIX path building failed: "),
            ("strict", "TLS handshake failed: "),
        ):
            async with tls_producer(certificates("theirs")) as producer:
                made = gateway(producer.url(), settings(**MUTUAL, mode=mode))
                detail = why(await call(made))
                assert told in detail
                assert java in detail
                assert producer.requests == []

    run(ask())


ELSEWHERE = certificates("elsewhere", "prod.example.se", only=True)


@pytest.mark.parametrize(
    ("given", "verified"),
    [
        ({"mode": "strict"}, True),
        ({"mode": "national"}, False),
        ({"mode": "strict", "producer_verify_host": False}, False),
        ({"mode": "national", "producer_verify_host": True}, True),
    ],
)
def test_a_wrong_host_name_is_vp009_where_it_is_verified(run: Run, given: dict[str, Any], verified: bool) -> None:
    """National VP: off unless asked for; in strict mode on unless asked not to."""

    async def ask() -> None:
        async with tls_producer(ELSEWHERE) as producer:
            made = gateway(producer.url(), settings(producer_tls_ca=ELSEWHERE.ca, **given))
            answer = await call(made)
            if verified:
                told = {
                    "strict": "TLS handshake failed: Hostname mismatch",
                    "national": "javax.net.ssl.SSLHandshakeException: No subject alternative DNS name",
                }
                assert told[given["mode"]] in why(answer)
                assert producer.requests == []
            else:
                assert answer.body == ANSWER
            await made.client.close()

    run(ask())


def test_an_override_by_port(run: Run) -> None:
    """Two producers on one host: each port has its own certificate, authority and version; they do not get mixed up."""
    theirs = certificates("theirs")

    async def ask() -> None:
        old = ssl.TLSVersion.TLSv1_2
        async with (
            tls_producer(OURS, asks=OURS.ca) as usual,
            tls_producer(theirs, asks=theirs.ca, version=old) as other,
        ):
            override = TlsOverride(
                name="gammal",
                domain_name="LOCALHOST",
                port=other.port,
                certificate=theirs.client[0],
                key=theirs.client[1],
                ca=theirs.ca,
                maximum="1.2",
            )
            chosen = settings(**MUTUAL, producer_tls_overrides=(override,))
            for producer, version in ((usual, "TLSv1.3"), (other, "TLSv1.2"), (usual, "TLSv1.3")):
                made = gateway(producer.url(), chosen)
                assert (await call(made)).body == ANSWER
                assert producer.versions[-1] == version
                await made.client.close()
            elsewhere = TlsOverride(name="gammal", domain_name="localhost", port=1, ca=theirs.ca)
            made = gateway(other.url(), settings(**MUTUAL, producer_tls_overrides=(elsewhere,)))
            assert "TLS handshake failed: " in why(await call(made))

    run(ask())


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"mode": "strict"}, True),
        ({"mode": "national"}, False),
        ({"mode": "strict", "propagate_correlation_id_for_https": False}, False),
        ({"mode": "national", "propagate_correlation_id_for_https": True}, True),
    ],
)
def test_what_an_https_producer_is_told(run: Run, given: dict[str, Any], sent: bool) -> None:
    """National VP: no x-vp-* headers, the correlation id only if asked for, the original consumer always."""

    async def ask() -> None:
        async with tls_producer(OURS) as producer:
            made = gateway(producer.url(), settings(**MUTUAL, **given))
            assert (await call(made, x_skltp_correlation_id="c-1", soapaction="x")).status == 200
            found = producer.requests[0]
            assert [name for name in found if name.startswith("x-vp")] == []
            assert found.get("x-skltp-correlation-id") == ("c-1" if sent else None)
            assert found["x-rivta-original-serviceconsumer-hsaid"] == HSA_ID
            assert found["soapaction"] == "x"
            await made.client.close()

    run(ask())


def test_plain_and_tls_producers_do_not_share_connections(run: Run) -> None:
    """A pooled connection belongs to host, port and TLS together."""

    async def ask(files: Files) -> None:
        async with tls_producer(files) as producer:
            made = gateway(f"http://localhost:{producer.port}/vp", settings(**MUTUAL))
            assert "TLS" not in why(await call(made))
            assert producer.requests == []

    run(ask(OURS))
