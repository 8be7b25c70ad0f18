"""The aggregating service's own entry, over the network, in a platform as it runs."""

import re

import pytest
from interop_expected import NAMES, contract, found_ids, statuses
from interop_site import NATIONAL, SENDERS, SETTINGS, Answer, Gateway, Site, post
from lxml import etree

from gateway.consumers.ask import question

pytestmark = pytest.mark.sockets

PERSON, CONSUMER = "191001209814", SENDERS["1177"]
HEADERS = {
    "x-vp-sender-id": CONSUMER,
    "x-vp-instance-id": SETTINGS.instance_id,
    "x-rivta-original-serviceconsumer-hsaid": CONSUMER,
    "x-skltp-correlation-id": "0b7d7b3e-6d0a-4c38-8f0f-2d8f3f0b9a11",
}
_TIMES = re.compile(rb"<last(Uns|S)uccessfulSynch>\d{14}")


def at_entry(gateway: Gateway, name: str, headers: dict[str, str] | None = None) -> Answer:
    body = question(contract(name), PERSON, NATIONAL)
    return post(gateway.port, body, HEADERS if headers is None else headers, contract(name).descriptor.entry)


@pytest.mark.parametrize("name", NAMES)
def test_the_answer_is_the_one_that_the_router_passes_on(site: Site, national: Gateway, name: str) -> None:
    for gateway in (site, national):
        own, routed = at_entry(gateway, name), gateway.post(question(contract(name), PERSON, NATIONAL))
        assert (own.status, sorted(found_ids(name, own))) == (200, ["SKLTP-MOCK01", "SKLTP-MOCK02", "SKLTP-MOCK03"])
        assert statuses(own) == statuses(routed)
        assert _TIMES.sub(b"", own.body) == _TIMES.sub(b"", routed.body)
        assert own.headers["x-skltp-correlation-id"] == HEADERS["x-skltp-correlation-id"]


@pytest.mark.parametrize("name", NAMES)
def test_without_the_mandatory_headers_there_is_a_fault(site: Site, national: Gateway, name: str) -> None:
    """National AgP: each missing one on a line of its own, in this order."""
    told = (
        "Mandatory HTTP header x-vp-sender-id is missing\n"
        "Mandatory HTTP header x-rivta-original-serviceconsumer-hsaid is missing\n"
        "Mandatory HTTP header x-skltp-correlation-id is missing\n"
    )
    for gateway in (site, national):
        answer = at_entry(gateway, name, {})
        assert answer.status == 500
        assert etree.fromstring(answer.body).findtext(".//faultstring") == told
