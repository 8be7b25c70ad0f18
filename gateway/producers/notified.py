"""A stub as a subscriber of the engagement index: it receives notifications, and logs how many changes they tell."""

from typing import Any

import structlog

from gateway.message import Answer
from gateway.producers.fault import XML, fault
from gateway.producers.request import Question
from gateway.producers.scenarios import Scenario
from gateway.soap import ns
from gateway.soap.fault import SERVER, escaped
from gateway.texts import text

_FAULT, _LOGICAL_ERROR = "fault", "logical-error"
_log: Any = structlog.get_logger()


def answer(question: Question, scenario: Scenario | None) -> Answer:
    """OK; a fault or ResultCode ERROR when the scenario wants it. Other outcomes make no difference here."""
    if scenario is not None and scenario.outcome == _FAULT:
        words = scenario.text or text("stub", _FAULT, "sv")
        return fault(_FAULT, SERVER, words, text("stub", _FAULT, "en"))
    comment = ""
    if scenario is not None and scenario.outcome == _LOGICAL_ERROR:
        comment = scenario.text or text("stub", _LOGICAL_ERROR, "sv")
    changes = sum(1 for _ in question.request.iterchildren(f"{{{ns.INDEX_NOTIFY}}}engagementTransaction"))
    _log.info("notified", subscriber=question.producer.logical_address, changes=changes, refused=bool(comment))
    return Answer(200, [XML], _receipt(comment))


def _receipt(comment: str) -> bytes:
    told = f"<ns2:comment>{escaped(comment)}</ns2:comment>" if comment else ""
    code = "ERROR" if comment else "OK"
    name = "ProcessNotificationResponse"
    return (
        f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Body><ns2:{name} xmlns:ns2="{ns.INDEX_NOTIFY}">{told}'
        f"<ns2:ResultCode>{code}</ns2:ResultCode></ns2:{name}></soapenv:Body></soapenv:Envelope>"
    ).encode()
