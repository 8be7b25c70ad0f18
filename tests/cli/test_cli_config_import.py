"""``rivta config import``: the national platform's properties as a settings file."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from cli_runs import Run, rivta

from gateway.configuration import national
from gateway.settings import read

PASSWORD = "hemlighet"
PLATFORM = r"""
vp.instance.id=PLATTAN
vp.instance.name=Pr\u00f6vning
vp.host=0.0.0.0
base.path=/opt/vp
vp.http.route.url = http://${vp.host}:8080/vp
vp.status.url=http://localhost:1080/status
vp.use.routing.history=false
certificate.senderid.subject.pattern=OU=([^,]+)
http.forwarded.header.auth_cert=X-Forwarded-Tls-Client-Cert
ip.whitelist=127.0.0.1, 10.0.0.,\
    1.2.3.4
sender.id.allowed.list= SENDER1 , SENDER2
throw.vp013.when.originalconsumer.not.allowed=TRUE
propagate.correlation.id.for.https=true
hsa.files=${base.path}/hsa/a.xml,${base.path}/hsa/b.xml
hsa.lookup.vagval.defaultEnabled=false
hsa.lookup.vagval.exceptedNamespaces=urn:riv:a,urn:riv:b
defaultrouting.delimiter=
timeout.json.file=${base.path}/config/timeoutconfig.json
timeout.json.file.default.tjansteKontrakt.name=default_timeouts
vp.producer.retry.attempts=2
vp.producer.retry.delay=250
vp.max.receive.length=52428800
producer.http.connect.timeout=1500
producer.https.connect.timeout=1500
producer.http.disconnect=true
producer.chunked.encoding=true
producer.https.hostnameVerification=true
vp.logging.style=ECS
camel.springboot.name=vp-services
headers.reg.exp.requestHeadersToRemove=(?i)x-vp.*|Connection
tp.tls.allowedIncomingProtocols=TLSv1,TLSv1.1,TLSv1.2
tp.tls.allowedOutgoingCipherSuites=*
spring.ssl.bundle.pem.prod.keystore.certificate=file:/certs/tp.pem
spring.ssl.bundle.pem.prod.keystore.private-key=/certs/tp.key
spring.ssl.bundle.pem.prod.truststore.certificate=/certs/ca.pem
vp.tls.default-config.name=default
vp.tls.default-config.bundle=prod
vp.tls.default-config.protocols-exclude=TLSv1.3
vp.tls.default-config.cipher-suites-include=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
vp.tls.default-config.cipher-suites-exclude=TLS_RSA_WITH_AES_128_CBC_SHA
vp.tls.overrides[0].name=strikt
vp.tls.overrides[0].bundle=prod
vp.tls.overrides[0].protocolsInclude=TLSv1.3
vp.tls.overrides[0].match.domain-suffix=.secure.example
vp.tls.overrides[1].match.domain-name=gammal.example
vp.tls.overrides[1].match.port=8443
"""
EXPECTED = {
    "mode": "national",
    "instance_id": "PLATTAN",
    "instance_name": "Prövning",
    "host": "0.0.0.0",
    "port": 8080,
    "admin_host": "localhost",
    "admin_port": 1080,
    "use_routing_history": False,
    "sender_id_pattern": "OU=([^,]+)",
    "certificate_header": "X-Forwarded-Tls-Client-Cert",
    "allowed_ips": ["127.0.0.1", "10.0.0.", "1.2.3.4"],
    "sender_ids_allowed": ["SENDER1", "SENDER2"],
    "refuse_original_consumer": True,
    "propagate_correlation_id_for_https": True,
    "hsa_files": ["/opt/vp/hsa/a.xml", "/opt/vp/hsa/b.xml"],
    "climb_routes": False,
    "climb_routes_except": ["urn:riv:a", "urn:riv:b"],
    "default_routing_delimiter": "",
    "timeout_file": "/opt/vp/config/timeoutconfig.json",
    "producer_retries": 2,
    "producer_retry_delay": 0.25,
    "max_message_bytes": 52428800,
    "connect_timeout": 1.5,
    "producer_keep_alive": False,
    "producer_chunked": True,
    "producer_verify_host": True,
    "log_format": "json",
    "service_name": "vp-services",
    "request_headers_removed": "x-vp.*|Connection",
    "tls_minimum": "1.2",
    "tls_maximum": "1.2",
    "producer_tls_certificate": "/certs/tp.pem",
    "producer_tls_key": "/certs/tp.key",
    "producer_tls_ca": "/certs/ca.pem",
    "producer_tls_minimum": "1.2",
    "producer_tls_maximum": "1.2",
    "producer_tls_ciphers": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:!TLS_RSA_WITH_AES_128_CBC_SHA",
    "producer_tls_overrides": [
        {
            "name": "strikt", "domain_suffix": ".secure.example", "minimum": "1.3",
            "certificate": "/certs/tp.pem", "key": "/certs/tp.key", "ca": "/certs/ca.pem",
        },
        {"name": "override 1", "domain_name": "gammal.example", "port": 8443},
    ],
}  # fmt: skip


def imported(capsys: pytest.CaptureFixture[str], folder: Path, text: str, lang: str = "en") -> Run:
    path = folder / "application.properties"
    path.write_text(text, "utf-8")
    return rivta(capsys, "config", "import", str(path), "--lang", lang)


def settings(run: Run) -> dict[str, Any]:
    return tomllib.loads(run.out)


def test_everything_is_carried_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = imported(capsys, tmp_path, PLATFORM)
    found = settings(run)
    blank = {name: value for name, value in found.items() if value == "" and name not in EXPECTED}
    assert {name: value for name, value in found.items() if name not in blank} == EXPECTED
    assert set(blank) <= {"producer_tls_ciphers"}
    assert run.code == 0
    assert max(len(line) for line in run.out.splitlines() if line.startswith("#")) <= 100


def test_the_file_can_be_used(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "rivta.toml"
    path.write_text(imported(capsys, tmp_path, PLATFORM).out, "utf-8")
    assert read(path, {}, {}).instance_id == "PLATTAN"
    assert "# vp.instance.id\ninstance_id" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("okand.egenskap=1", "okand.egenskap: is not known"),
        ("takcache.use.vagval.cache=false", "takcache.use.vagval.cache: Routes and permissions are always both used."),
        ("vp.max.receive.length=15 MB", "vp.max.receive.length: '15 MB' is no whole number"),
        ("vp.max.receive.length=5", "vp.max.receive.length: max_message_bytes is 5. Expected bytes, 1024 to"),
        ("vp.use.routing.history=ja", "vp.use.routing.history: 'ja' is neither true nor false"),
        ("vp.http.route.url=localhost", "vp.http.route.url: 'localhost' is no URL with a host"),
        ("tp.tls.allowedIncomingProtocols=TLSv1", "'TLSv1' has neither TLSv1.2 nor TLSv1.3"),
        (
            "tp.tls.store.truststore.file=truststore.jks",
            "tp.tls.store.truststore.file: Java key stores",
        ),
        ("vp.logging.style=LEGACY", "vp.logging.style: blocks of text as in the style LEGACY are not written here"),
        ("timeout.json.file.default.tjansteKontrakt.name=andra", "is always called default_timeouts"),
        (
            "producer.http.connect.timeout=1\nproducer.https.connect.timeout=2",
            "producer.https.connect.timeout: connect_timeout is 0.001 already, by producer.http.connect.timeout",
        ),
        (
            "vp.http.route.url=http://a:8080/vp\nvp.status.url=http://a:8080/status",
            "vp.status.url: admin_port and port are both 8080",
        ),
        ("vp.tls.default-config.bundle=x", "vp.tls.default-config.bundle: the bundle x is not in this file as PEM"),
        ("vp.tls.default-config.protocols-include=TLSv1.1", "vp.tls.default-config.protocols: neither TLSv1.2 nor"),
        ("vp.tls.default-config.cipher-suites-include=TLS_AES_128_GCM_SHA256", "belongs to TLS 1.3"),
        (
            "vp.tls.overrides[0].bundle=b\nspring.ssl.bundle.pem.b.keystore.certificate=classpath:a.pem\n"
            "vp.tls.overrides[0].match.domain-name=a",
            "vp.tls.overrides[0].bundle: keystore.certificate of b is no path",
        ),
    ],
)
def test_what_is_lost_is_told_with_the_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, told: str
) -> None:
    run = imported(capsys, tmp_path, text)
    assert run.code == 1
    lost = run.out.partition("# Could not be carried over")[2]
    assert told in " ".join(lost.replace("\n#", "").split())
    path = tmp_path / "rivta.toml"
    path.write_text(run.out, "utf-8")
    assert read(path, {}, {}).mode == "national"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("spring.profiles.include=security", "spring.profiles.include: How Spring starts."),
        ("server.port=8880", "server.port: The actuator's pages are on the admin listener."),
        ("producer.http.workers=50", "producer.http.workers: Threads that wait for producers."),
    ],
)
def test_what_is_not_needed_is_told_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, told: str
) -> None:
    run = imported(capsys, tmp_path, text)
    assert run.code == 0
    assert told in " ".join(run.out.partition("# Not needed here:")[2].split())


def test_a_password_is_not_carried_over(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    text = f"{PLATFORM}spring.ssl.bundle.pem.prod.keystore.private-key-password={PASSWORD}\n"
    run = imported(capsys, tmp_path, text)
    assert PASSWORD not in run.out
    assert "the password of prod is a secret" in run.out


def test_in_swedish(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = imported(capsys, tmp_path, "a=1", "sv")
    assert run.out.startswith("# Från application.properties på den nationella plattformen.")
    assert "# Kunde inte tas med" in run.out


@pytest.mark.parametrize("each", [each for each in national.properties() if each.default], ids=lambda each: each.name)
def test_every_national_default_can_be_read(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, each: national.Property
) -> None:
    """Whatever the value, the outcome is a settings file that can be used."""
    name, value = each.name.replace("*", "a").replace("[a]", "[0]"), each.default.replace("\\", "\\\\")
    path = tmp_path / "rivta.toml"
    path.write_text(imported(capsys, tmp_path, f"{name}={value}").out, "utf-8")
    assert read(path, {}, {}).mode == "national"
