"""What a stub answers for an added contract of which it holds no records: the smallest answer that the schema allows.

About the person asked for, from the source system that was addressed, so that it can be routed, checked and merged as a
real one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.filters import HSA_ID_ROOT
from gateway.contracts.instance import Builder, InstanceError
from gateway.contracts.schemaset import from_folder
from gateway.message import Answer
from gateway.producers.fault import XML, fault
from gateway.producers.request import Question
from gateway.producers.store import Shelf
from gateway.soap import ns
from gateway.soap.fault import SERVER
from gateway.texts import LANGUAGES, text

_EXTENSION = "/extension"  # where the text of an identity with a root stands
_RECORD_ID = "1.2.752.129.2.1.2.1"
_TIME = datetime(2024, 1, 1, 12, tzinfo=UTC).strftime("%Y%m%d%H%M%S")


def shelf(question: Question) -> Shelf:
    """A record about the person asked for, as if it stood in a file; scenarios can do with it what they do with others.

    Raises:
        InstanceError: the schema allows no finite message.
    """
    contract = question.contract
    response = _valid(contract, _wanted(question))
    namespaces = {prefix: uri for prefix, uri in response.nsmap.items() if prefix}
    held: dict[tuple[str, str], list[bytes]] = {}
    first = next(response.iterchildren("*"), None)
    result_first = first is not None and first.tag == contract.result_tag
    found = Shelf(response.prefix or "ns0", namespaces, held, result_first)
    records = [found.serialise(record) for record in response.iterchildren(contract.record_tag)]
    held[question.producer.logical_address, question.person] = records
    return found


def answer(question: Question) -> Answer:
    """The response element of a contract without records.

    Raises:
        InstanceError: the schema allows no finite message.
    """
    body = etree.tostring(_valid(question.contract, [{}]), encoding="unicode")
    whole = f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Header/><soapenv:Body>{body}</soapenv:Body>'
    return Answer(200, [XML], f"{whole}</soapenv:Envelope>".encode())


def refusal(question: Question, error: InstanceError) -> Answer:
    """The fault that says why there is no answer."""
    values = {"contract": question.contract.key, "why": error}
    words, detail = (text("stub", "no-instance", language, **values) for language in LANGUAGES)
    return fault("no-instance", SERVER, words, detail)


def _wanted(question: Question) -> list[dict[str, str]]:
    """What shall stand in the answer, from all that would be good down to what must be."""
    descriptor = question.contract.descriptor
    facts, address = descriptor.record, question.producer.logical_address
    digest = blake2b(f"{address}|{question.person}|{descriptor.key}".encode(), digest_size=8).hexdigest()
    needed = {facts.patient: question.person, facts.source_system: address} | _beside(question)
    useful = {facts.id: digest, facts.approved: "true", facts.care_giver: address, facts.care_unit: address}

    useful |= {
        path.removesuffix(_EXTENSION) + "/root": _RECORD_ID if path == facts.id else HSA_ID_ROOT
        for path in (facts.id, facts.source_system, facts.care_giver, facts.care_unit)
        if path.endswith(_EXTENSION)
    }

    def placed(fields: Mapping[str, str]) -> dict[str, str]:
        return {f"{descriptor.aggregate.records}/{path}": value for path, value in fields.items() if path}

    return [placed(needed | useful | {facts.time: _TIME}), placed(needed | useful), placed(needed)]


def _beside(question: Question) -> dict[str, str]:
    """What stands beside the person id in the question, such as the kind of id, belongs beside it in a record too."""
    asked = question.request.find(question.contract.patient)
    parent = asked.getparent() if asked is not None else None
    above = question.contract.descriptor.record.patient.rpartition("/")[0]
    if asked is None or parent is None or parent is question.request or not above:
        return {}
    siblings = (each for each in parent.iterchildren("*") if each is not asked)
    return {f"{above}/{ns.local(str(each.tag))}": each.text or "" for each in siblings}


def _valid(contract: Contract, choices: list[dict[str, str]]) -> etree._Element:
    """The first answer that the schema allows; the least one when it allows none.

    Raises:
        InstanceError: the schema allows no finite message.
    """
    builder = _builder(contract.xsd)
    for wanted in choices:
        found = builder.build(contract.response_tag, wanted)
        if contract.schema.validate(found):
            break
    return found


@lru_cache
def _builder(xsd: Path) -> Builder:
    base = next((each for each in xsd.parents if each.name == "xsd"), xsd.parent)
    return Builder(from_folder(base).view(xsd.relative_to(base).as_posix()))
