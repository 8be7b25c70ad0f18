"""The national properties: each has settings of ours or a reason, and each setting a test that shows its effect."""

import ast
import re
from functools import cache

import pytest
from gateway_samples import ROOT

from gateway.cli.config_import import _HOW
from gateway.configuration import national
from gateway.settings import Settings

PROPERTIES = national.properties()
MAPPED = [each for each in PROPERTIES if each.settings]
# National router (VP), configuration defaults: every property that the platform documents with a default.
DOCUMENTED = re.findall(
    r"\S+",
    """
server.port vp.instance.id vp.instance.name vp.use.routing.history certificate.senderid.subject.pattern
http.forwarded.header.xfor http.forwarded.header.host http.forwarded.header.port http.forwarded.header.proto
http.forwarded.header.auth_cert ip.whitelist sender.id.allowed.list throw.vp013.when.originalconsumer.not.allowed
propagate.correlation.id.for.https vp.header.user.agent vp.header.content.type hsa.files defaultrouting.delimiter
defaultrouting.allowedContracts defaultrouting.allowedSenderIds timeout.json.file vp.producer.retry.attempts
vp.producer.retry.delay vp.max.receive.length producer.http.connect.timeout producer.https.connect.timeout
producer.http.disconnect producer.https.disconnect producer.http.keepAlive producer.https.keepAlive
producer.http.workers producer.https.workers producer.https.hostnameVerification producer.chunked.encoding
takcache.header.user.agent tp.tls.allowedIncomingProtocols tp.tls.allowedOutgoingProtocols vp.host
management.server.port hsa.lookup.vagval.defaultEnabled hsa.lookup.vagval.exceptedNamespaces
hsa.lookup.behorighet.defaultEnabled hsa.lookup.behorighet.exceptedNamespaces wsdl.json.file wsdlfiles.directory
vagvalrouter.default.routing.address.delimiter timeout.json.file.default.tjansteKontrakt.name vp.connection.timeout
vp.maxreceive.length message.logger.method vp.logging.style camel.springboot.name takcache.endpoint.address
takcache.persistent.file.name vp.tls.mtls-verification-enabled vp.tls.default-config.name
vp.tls.default-config.bundle vp.tls.default-config.protocols-include vp.tls.default-config.protocols-exclude
vp.tls.default-config.cipher-suites-include vp.tls.default-config.cipher-suites-exclude vp.tls.overrides[0].name
vp.tls.overrides[0].match.domain-name vp.tls.overrides[0].match.domain-suffix vp.tls.overrides[12].match.port
headers.reg.exp.requestHeadersToRemove headers.reg.exp.requestHeadersToKeep headers.reg.exp.responseHeadersToRemove
headers.reg.exp.responseHeadersToKeep
""",
)


@pytest.mark.parametrize("name", DOCUMENTED)
def test_every_national_property_is_known(name: str) -> None:
    found = national.find(name)
    assert found is not None
    assert found.settings or found.remark


@pytest.mark.parametrize("each", PROPERTIES, ids=lambda each: each.name)
def test_a_property_has_settings_of_ours_or_a_reason(each: national.Property) -> None:
    assert set(each.settings) <= set(Settings.__struct_fields__)
    assert each.settings or each.remark
    assert not (each.lost and each.how in _HOW and each.settings)


@cache
def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("each", MAPPED, ids=lambda each: each.name)
def test_a_setting_with_a_national_name_has_a_test(each: national.Property) -> None:
    """The table names tests that show the effect; they have to exist, and to speak about the setting or its effect."""
    assert each.tests
    for name in each.tests:
        path, _, function = name.partition("::")
        assert function in functions(path), name


def test_no_name_stands_for_two_properties() -> None:
    names = [name for each in PROPERTIES for name in {national._relaxed(name) for name in (each.name, *each.also)}]
    assert [name for name in names if names.count(name) > 1] == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("vp.instance.id", "vp.instance.id"),
        ("VP_INSTANCE_ID", "vp.instance.id"),
        ("vp.instance-id", "vp.instance.id"),
        ("hsa.lookup.vagval.default-enabled", "hsa.lookup.vagval.defaultEnabled"),
        ("skltp.instanceName", "vp.instance.name"),
        ("vp.tls.overrides[3].match.port", "vp.tls.overrides[*].*"),
        ("takcache.use.vagval.cache", "takcache.use.*.cache"),
        ("server.port", "server.port"),
        ("server.undertow.accesslog.dir", "server.*"),
        ("spring.ssl.bundle.pem.x.truststore.certificate", "spring.ssl.bundle.pem.*"),
        ("spring.profiles.include", "spring.*"),
    ],
)
def test_names_are_bound_as_spring_binds_them(written: str, name: str) -> None:
    found = national.find(written)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize("name", ["", "vp.instance", "instance_id", "xvp.instance.id"])
def test_what_is_no_property(name: str) -> None:
    assert national.find(name) is None


def test_a_setting_knows_its_national_names() -> None:
    assert national.of("producer_keep_alive") == ["producer.http.keepAlive", "producer.http.disconnect"]
    assert national.of("max_calls") == []
