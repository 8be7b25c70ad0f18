"""National VP, logging (7)."""

import json
from datetime import UTC, datetime, timedelta

from national_catalogue import SENDER
from national_messages import C1
from national_rows import row
from national_site import Gateway, Site


@row(
    "log-01",
    "four events for a good call, with the fields of the ECS log",
    "callHttpsVPEndpoint2HttpProducerHappyDays; EcsLogEntryTest",
)
def test_log_01(site: Site, national: Gateway) -> None:
    original = {"x-rivta-original-serviceconsumer-hsaid": "originalid", "x-vp-instance-id": "prov-1"}
    found = site.ask("bp20", profile="20", tls=SENDER, headers=original, log=True)
    assert found.actions == ["req-in", "req-out", "resp-in", "resp-out"]
    last = found.event("resp-out")
    labels = {
        "senderid": SENDER,
        "receiverid": "bp20",
        "servicecontract_namespace": C1,
        "wsdl_namespace": "urn:riv:prov:exempel:GetNote:1:rivtabp20",
        "rivversion": "rivtabp20",
        "routerVagvalTrace": "bp20",
        "routerBehorighetTrace": "bp20",
        "originalServiceconsumerHsaid": "originalid",
        "originalServiceconsumerHsaid_in": "originalid",
        "route": "vp-https-route",
    }
    assert {name: last["labels"].get(name) for name in labels} == labels
    fields = {
        "url.full": f"https://127.0.0.1:{national.tls_port}/vp",
        "url.original": f"http://127.0.0.1:{site.peers.plain.port}/vp/ok",
        "event.kind": "event",
        "event.category": ["web"],
        "event.type": ["access", "end"],
        "event.module": "skltp-messages",
        "message": f"resp-out {SENDER} -> bp20",
        "http.request.method": "POST",
        "http.response.status_code": 200,
    }
    assert {name: last.get(name) for name in fields} == fields
    assert last["event.duration"] > 0
    assert [event["event.type"][1] for event in found.events] == ["start", "start", "end", "end"]


@row("log-02", "errors say what, in the platform's labels", "FullServiceErrorHandlingIT; SoapFaultIT")
def test_log_02(site: Site) -> None:
    found = site.ask("saknas", log=True)
    error = found.event("error")
    assert error["labels"]["errorCode"] == "VP004"
    assert error["labels"]["sessionStatus"] == "true"
    assert "VP004" in error["labels"]["sessionErrorDescription"]
    assert {event["trace.id"] for event in found.events} == {found.answer.headers["x-skltp-correlation-id"]}


@row("log-03", "messages are logged unless told otherwise", "VP logging", better="The log holds no messages")
def test_log_03(site: Site, national: Gateway) -> None:
    site.ask(log=True)
    assert "Öberg" not in national.log.text()
    assert "http.request.body.content" not in national.log.text()


@row("log-04", "the headers of the proxy are in the log", "testLoadBalancerXForwardedInfo")
def test_log_04(site: Site) -> None:
    headers = {
        "X-Forwarded-For": "1.2.3.4", "X-VP-Forwarded-Proto": "https", "X-VP-Forwarded-Host": "lastbalanserare",
        "X-VP-Forwarded-Port": "443",
    }  # fmt: skip
    event = site.ask(headers=headers, log=True).event("req-in")
    assert event["source.ip"] == "1.2.3.4"
    labels = {"httpXForwardedProto": "https", "httpXForwardedHost": "lastbalanserare", "httpXForwardedPort": "443"}
    assert {name: event["labels"].get(name) for name in labels} == labels


@row("log-05", "a person's number in an address is written out", "VP logging", better="No person ids in the log")
def test_log_05(site: Site, national: Gateway) -> None:
    site.ask("191212121212", log=True)
    assert "191212121212" not in national.log.text()


@row("log-06", "times are those of the call", "EcsMessageLoggerTest")
def test_log_06(site: Site) -> None:
    moment = datetime.fromisoformat(site.ask(log=True).event("resp-out")["@timestamp"])
    assert abs(datetime.now(UTC) - moment) < timedelta(seconds=30)


@row(
    "log-07",
    "the style LEGACY, with marked blocks of text",
    "LegacyLoggingStyleTestIT",
    better="One log format for machines",
)
def test_log_07(site: Site, national: Gateway) -> None:
    assert "logEvent-info.start" not in national.log.text()
    assert json.loads(national.log.text().splitlines()[-1])["event.module"] == "skltp-messages"


@row("log-08", "no resp-in for a fault that is passed on", "VP logging", better="What came in is in the log")
def test_log_08(site: Site) -> None:
    assert site.ask("fault-500", log=True).actions == ["req-in", "req-out", "resp-in", "error", "resp-out"]
