"""The pilot as a process of its own, called over HTTP as the platform and as a foreign client call it."""

import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
import zeep
from zeep.helpers import serialize_object

from gateway.producers.kronoberg.service import LOGICAL_ADDRESS, MAX_REQUEST

pytestmark = pytest.mark.sockets
Start = Callable[..., AbstractContextManager[Any]]
PERSON, OTHER_PERSON = "191212121212", "198611062384"


def post(url: str, body: bytes, content_type: str = "text/xml; charset=utf-8") -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {"Content-Type": content_type, "SOAPAction": '""'})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_zeep_understands_it_by_the_contracts_own_wsdl(case: Any, url: str) -> None:
    client = zeep.Client(str(case.wsdl))
    (binding,) = client.wsdl.bindings
    service = client.create_service(binding, url + case.path)
    person = {"id": PERSON, "type": "1.2.752.129.2.1.3.1"}
    if case.name != "GetCarePlans":
        person = {"root": "1.2.752.129.2.1.3.1", "extension": PERSON}
    answer = serialize_object(
        service[case.name](patientId=person, _soapheaders={"LogicalAddress": LOGICAL_ADDRESS}), dict
    )
    found = answer if isinstance(answer, dict) else {"records": answer}  # zeep unwraps a response with one element
    (records,) = (value for name, value in found.items() if name[0] != "_" and isinstance(value, list))
    assert len(records) == 3
    if case.name == "GetCarePlans":
        assert answer["result"]["resultCode"] == "OK"
        assert records[0]["carePlanHeader"]["approvedForPatient"] is True
        assert records[0]["carePlanBody"]["content"][0]["value"] == "åäö".encode()


def test_zeep_sees_the_fault(case: Any, url: str) -> None:
    client = zeep.Client(str(case.wsdl))
    (binding,) = client.wsdl.bindings
    service = client.create_service(binding, url + case.path)
    person = {"id": PERSON, "type": "1"} if case.name == "GetCarePlans" else {"root": "1", "extension": PERSON}
    with pytest.raises(zeep.exceptions.Fault, match="LogicalAddress is not") as caught:
        service[case.name](patientId=person, _soapheaders={"LogicalAddress": "5565594230"})
    assert caught.value.code.endswith(":Client")


def test_livez_and_concurrent_calls_do_not_mix(case: Any, url: str) -> None:
    with urllib.request.urlopen(url + "/livez", timeout=5) as answer:
        assert (answer.status, answer.read()) == (200, b"ok\n")
    persons = [PERSON, OTHER_PERSON, "200001052380"] * 10
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda person: post(url + case.path, case.question(person=person)), persons))
    assert {status for status, _ in answers} == {200}
    for asked, (_, body) in zip(persons, answers, strict=True):
        assert (asked.encode() in body) is (asked != "200001052380")
        assert not any(other.encode() in body for other in persons if other != asked)


def test_a_call_is_fast(case: Any, url: str) -> None:
    best = []
    for _ in range(10):
        started = time.perf_counter()
        post(url + case.path, case.question(person=OTHER_PERSON))
        best.append(time.perf_counter() - started)
    assert min(best) < 0.05


def test_too_large_is_refused_unread(cases: Any, url: str) -> None:
    case = cases["GetCareManagers"]
    status, body = post(url + case.path, b" " * (MAX_REQUEST + 1))
    assert (status, b"Fault" in body) == (413, False)
    assert post(url + case.path, case.question() + b" " * 1000)[0] == 200


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_starts_stops_and_keeps_persons_out_of_its_log(cases: Any, start: Start, stop: signal.Signals) -> None:
    case = cases["GetCareManagers"]
    with start() as running:
        assert running.ready.startswith(f"{LOGICAL_ADDRESS} at http://127.0.0.1:")
        assert running.ready.endswith("GetCareManagers 4, GetDocumentedAgreements 4, GetCarePlans 4\n")
        statuses = [
            post(running.url + case.path, question)[0]
            for question in (
                case.question(),
                case.question(to="5565594230"),
                case.question(after=f"<r:nope>{PERSON}</r:nope>"),
                case.question().replace(b"</r:patientId>", b""),
                case.question().replace(b"patientId", b"person"),
            )
        ]
        running.process.send_signal(stop)
        rest, log = running.process.communicate(timeout=10)
    assert statuses == [200, 500, 500, 500, 500]
    assert (running.process.returncode, rest) == (0, "")
    assert log.count("fault ") == 4
    assert PERSON not in log
    with pytest.raises(urllib.error.URLError):
        post(running.url + case.path, case.question())


def test_delay(cases: Any, start: Start) -> None:
    case = cases["GetCarePlans"]
    with start("--delay", "0.4") as running:
        started = time.perf_counter()
        assert post(running.url + case.path, case.question())[0] == 200
        assert time.perf_counter() - started >= 0.4
