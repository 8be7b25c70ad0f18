"""Answers of producers in bad health, one function for each outcome that has an HTTP answer."""

from collections.abc import Callable, Mapping, Sequence
from html import escape as html
from typing import Final, NamedTuple
from uuid import uuid4
from xml.sax.saxutils import escape

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.producers.answer import ERROR, Result, select, usual, write
from gateway.producers.reply import XML, Reply, fault
from gateway.producers.request import Question
from gateway.producers.scenarios import Scenario
from gateway.producers.store import Shelf, xml_bytes
from gateway.soap import ns, xml
from gateway.soap.fault import SERVER
from gateway.texts import text

# Tolvan Tolvansson; Ulla Alm when the question is about him.
SOMEBODY_ELSE: Final = ("191212121212", "198611062384")
_NOT_A_TIME: Final = "1895"


class Case(NamedTuple):
    """A question, what is held for its contract, and the row that says how to answer."""

    question: Question
    shelf: Shelf
    scenario: Scenario

    @property
    def contract(self) -> Contract:
        """The contract that the question belongs to."""
        return self.question.contract

    def records(self) -> Sequence[bytes]:
        """The records of the usual answer."""
        return select(self.question, self.shelf)

    def words(self) -> str:
        """The row's text, or the usual one for the outcome."""
        return self.scenario.text or text("stub", self.scenario.outcome, "sv")


def answer(case: Case) -> Reply:
    """The HTTP answer that the scenario wants; the usual one for outcomes that only delay."""
    return _WAYS[case.scenario.outcome](case)


def _usual(case: Case) -> Reply:
    return usual(case.question, case.shelf)


def _fault(case: Case) -> Reply:
    return fault("fault", SERVER, case.words(), text("stub", "fault", "en"))


def _empty(case: Case) -> Reply:
    return write(case.contract, case.shelf, ())


def _empty_body(case: Case) -> Reply:
    return Reply(200, XML, b"")


def _invalid(case: Case) -> Reply:
    """The first record with a time that is none; without records an element that the schema does not know."""
    records = list(case.records())
    if records:
        records[0] = with_text(records[0], case.contract.record["time"], _NOT_A_TIME)
    else:
        space = ns.namespace(case.contract.response_tag)
        records = [f'<ns0:notInTheSchema xmlns:ns0="{space}"/>'.encode()]
    return write(case.contract, case.shelf, records)


def _malformed(case: Case) -> Reply:
    whole = _usual(case)
    return whole._replace(body=whole.body[: len(whole.body) // 2])


def _wrong_person(case: Case) -> Reply:
    """This person's records, or when there are none anybody's, with somebody else's id."""
    other = SOMEBODY_ELSE[case.question.person == SOMEBODY_ELSE[0]]
    records = case.records() or case.shelf.some_of(case.question.producer.logical_address)
    path = case.contract.record["patient"]
    return write(case.contract, case.shelf, [with_text(record, path, other) for record in records])


def _logical_error(case: Case) -> Reply:
    return write(case.contract, case.shelf, (), Result(ERROR, case.words()))


def _repeat(case: Case) -> Reply:
    copies = repeated(case.records(), case.contract.record["id"], case.scenario.records)
    return write(case.contract, case.shelf, copies)


def _http_error(case: Case) -> Reply:
    words = html(case.words())
    page = f'<!DOCTYPE html><html lang="sv"><head><title>503</title></head><body><p>{words}</p></body></html>'
    return Reply(503, "text/html; charset=utf-8", page.encode())


def with_text(record: bytes, path: str, value: str) -> bytes:
    """A record with another text at ``path``."""
    element = etree.fromstring(record, xml.parser())
    for place in element.iterfind(path):
        place.text = value
    return xml_bytes(element)


def repeated(records: Sequence[bytes], path: str, count: int) -> list[bytes]:
    """``count`` records: the given ones in turn, copies with a record id of their own; none for none."""
    mark = uuid4().hex
    pieces = [with_text(record, path, mark).partition(mark.encode()) for record in records]
    ids = [etree.fromstring(record, xml.parser()).findtext(path, "") for record in records]
    copies = []
    for number in range(count if records else 0):
        turn, which = divmod(number, len(records))
        identity = f"{ids[which]}-{turn + 1}" if turn else ids[which]
        head, _, tail = pieces[which]
        copies.append(head + escape(identity).encode() + tail)
    return copies


_WAYS: Final[Mapping[str, Callable[[Case], Reply]]] = {
    "slow": _usual,
    "fault": _fault,
    "empty": _empty,
    "empty-body": _empty_body,
    "invalid": _invalid,
    "malformed": _malformed,
    "wrong-person": _wrong_person,
    "logical-error": _logical_error,
    "repeat": _repeat,
    "http-error": _http_error,
}
