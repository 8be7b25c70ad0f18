"""What the load generator sends, and how it knows a right answer."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateway.consumers.ask import question
from gateway.contracts.contract import Contract
from gateway.message import Headers
from gateway.router.call import INSTANCE_ID, ORIGINAL_CONSUMER, SENDER_ID
from gateway.router.producer import ProducerAnswer
from gateway.simulate.people import Row
from gateway.simulate.plan import SENDER
from gateway.soap import ns

_PERSON, _ADDRESS = "210001010000", "SIMULATED-ADDRESS"
_OK, _FAULT = 200, 500
_STATUS = b"statusCode>"
_FINE = b"DataFromSource"

Check = Callable[[ProducerAnswer], str]
"""What is wrong with an answer, in few words and English; blank when nothing is."""


class Sent(NamedTuple):
    """A message and how to judge its answer."""

    body: bytes
    headers: Headers
    check: Check


class Question:
    """The questions of one contract."""

    def __init__(self, contract: Contract, instance: str) -> None:
        """``instance`` is the platform's id, which makes it believe the sender."""
        pattern = question(contract, _PERSON, _ADDRESS)
        self._before, _, rest = pattern.partition(_ADDRESS.encode())
        self._between, _, self._after = rest.partition(_PERSON.encode())
        descriptor = contract.descriptor
        self._headers = headers(f"{descriptor.responder}:{descriptor.name}", instance)

    def __call__(self, address: str, person: str, check: Check) -> Sent:
        """A question."""
        body = b"".join((self._before, address.encode(), self._between, person.encode(), self._after))
        return Sent(body, self._headers, check)


class Update:
    """Updates to the engagement index."""

    def __init__(self, address: str, owner: str, instance: str) -> None:
        """``address`` is the logical address of the index, ``owner`` its HSA-id."""
        self._owner = owner
        self._start = (
            f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Header>'
            f'<itr:LogicalAddress xmlns:itr="{ns.REGISTRY}">{address}</itr:LogicalAddress></soapenv:Header>'
            f'<soapenv:Body><u:Update xmlns:u="{ns.INDEX_UPDATE}" xmlns:c="{ns.INDEX}">'
        )
        self._headers = headers(f"{ns.INDEX_UPDATE}:Update", instance)

    def __call__(self, rows: Iterable[Row], content: str) -> Sent:
        """Tells that the content of engagements is of a moment, ``YYYYMMDDhhmmss``."""
        told = "".join(map(_transaction, rows)).replace("{content}", content)
        body = f"{self._start}{told}</u:Update></soapenv:Body></soapenv:Envelope>"
        return Sent(body.encode(), self._headers, stored)


def headers(action: str, instance: str) -> Headers:
    """The HTTP headers of a call by the load generator."""
    sender = SENDER.encode()
    return [
        (b"content-type", b"text/xml; charset=utf-8"),
        (b"soapaction", f'"{action}"'.encode()),
        (SENDER_ID, sender),
        (INSTANCE_ID, instance.encode()),
        (ORIGINAL_CONSUMER, sender),
    ]


def _transaction(row: Row) -> str:
    person, domain, categorization, _, address, giver, _ = row
    values = {
        "registeredResidentIdentification": person,
        "serviceDomain": domain,
        "categorization": categorization,
        "logicalAddress": address,
        "businessObjectInstanceIdentifier": "NA",
        "clinicalProcessInterestId": "NA",
        "mostRecentContent": "{content}",
        "sourceSystem": address,
        "dataController": giver,
    }
    fields = "".join(f"<c:{name}>{value}</c:{name}>" for name, value in values.items())
    return (
        "<u:engagementTransaction><c:deleteFlag>false</c:deleteFlag>"
        f"<c:engagement>{fields}</c:engagement></u:engagementTransaction>"
    )


def all_sources(count: int, person: str) -> Check:
    """An aggregated answer in which so many sources gave what they have."""
    text = person.encode()

    def check(answer: ProducerAnswer) -> str:
        if answer.status != _OK:
            return _other(answer)
        statuses, fine = answer.body.count(_STATUS) // 2, answer.body.count(_FINE)
        if statuses != fine:
            return f"{statuses - fine} of {statuses} sources gave nothing"
        if fine != count:
            return f"{fine} sources instead of {count}"
        return "" if text in answer.body else "nothing about the person"

    return check


def about(person: str) -> Check:
    """A producer's answer about a person."""
    text = person.encode()

    def check(answer: ProducerAnswer) -> str:
        if answer.status != _OK:
            return _other(answer)
        return "" if text in answer.body else "nothing about the person"

    return check


def stored(answer: ProducerAnswer) -> str:
    """The index's OK."""
    if answer.status != _OK:
        return _other(answer)
    return "" if b"ResultCode>OK<" in answer.body else "not OK"


def refused(code: str) -> Check:
    """A fault with a code."""
    text = f"{code} ".encode()

    def check(answer: ProducerAnswer) -> str:
        if answer.status != _FAULT:
            return f"HTTP {answer.status} instead of {_FAULT}"
        return "" if text in answer.body else _other(answer)

    return check


def _other(answer: ProducerAnswer) -> str:
    """A fault's own words, without what differs from call to call."""
    _, _, rest = answer.body.partition(b"<faultstring>")
    words = rest.partition(b"<")[0].decode("utf-8", "replace")[:60]
    return f"HTTP {answer.status}: {words}" if words else f"HTTP {answer.status}"
