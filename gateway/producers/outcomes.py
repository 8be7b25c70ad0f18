"""Answers of producers in bad health, one function for each outcome that has an HTTP answer."""

from collections.abc import Callable, Mapping, Sequence
from html import escape as html
from typing import Final, NamedTuple
from uuid import uuid4
from xml.sax.saxutils import escape

from gateway.contracts.contract import Contract
from gateway.message import Answer
from gateway.producers.answer import ERROR, Result, select, usual, write
from gateway.producers.fault import XML, fault
from gateway.producers.request import Question
from gateway.producers.scenarios import Scenario
from gateway.producers.store import Shelf
from gateway.soap.fault import SERVER
from gateway.texts import text

# Tolvan Tolvansson; Ulla Alm when the question is about him.
SOMEBODY_ELSE: Final = ("191212121212", "198611062384")
SILENT: Final = ("timeout", "reset", "down")  # end with a cut connection
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


def answer(case: Case) -> Answer:
    """The HTTP answer that the scenario wants; the usual one where it is only late."""
    return _WAYS[case.scenario.outcome](case)


def _usual(case: Case) -> Answer:
    return usual(case.question, case.shelf)


def _fault(case: Case) -> Answer:
    return fault("fault", SERVER, case.words(), text("stub", "fault", "en"))


def _empty(case: Case) -> Answer:
    return write(case.contract, case.shelf, ())


def _empty_body(case: Case) -> Answer:
    return Answer(200, [XML], b"")


def _invalid(case: Case) -> Answer:
    """The first record with a time that is none; without records an element that the schema does not know."""
    records = list(case.records())
    if records and case.contract.record["time"]:
        records[0] = with_text(case.shelf, records[0], case.contract.record["time"], _NOT_A_TIME)
    else:
        records = [f"<{case.shelf.prefix}:notInTheSchema/>".encode()]
    return write(case.contract, case.shelf, records)


def _malformed(case: Case) -> Answer:
    whole = _usual(case)
    whole.body = whole.body[: len(whole.body) // 2]
    return whole


def _wrong_person(case: Case) -> Answer:
    """This person's records, or when there are none anybody's, with somebody else's id."""
    other = SOMEBODY_ELSE[case.question.person == SOMEBODY_ELSE[0]]
    records = case.records() or case.shelf.some_of(case.question.producer.logical_address)
    path = case.contract.record["patient"]
    return write(case.contract, case.shelf, [with_text(case.shelf, record, path, other) for record in records])


def _logical_error(case: Case) -> Answer:
    return write(case.contract, case.shelf, (), Result(ERROR, case.words()))


def _repeat(case: Case) -> Answer:
    copies = repeated(case.shelf, case.records(), case.contract.record["id"], case.scenario.records)
    return write(case.contract, case.shelf, copies)


def _http_error(case: Case) -> Answer:
    words = html(case.words())
    page = f'<!DOCTYPE html><html lang="sv"><head><title>503</title></head><body><p>{words}</p></body></html>'
    return Answer(503, [(b"content-type", b"text/html; charset=utf-8")], page.encode())


def _nothing(_case: Case) -> Answer:
    """For connections that are cut; it is never sent."""
    return Answer(503, [], b"")


def with_text(shelf: Shelf, record: bytes, path: str, value: str) -> bytes:
    """A record of the shelf with another text at ``path``."""
    (element,) = shelf.parse([record])
    for place in element.iterfind(path):
        place.text = value
    return shelf.serialise(element)


def repeated(shelf: Shelf, records: Sequence[bytes], path: str, count: int) -> list[bytes]:
    """``count`` records: the given ones in turn, copies with a record id of their own; none for none.

    ``path`` is blank where records have no id; the copies are then alike.
    """
    if not path:
        return [records[number % len(records)] for number in range(count if records else 0)]
    mark = uuid4().hex
    pieces = [with_text(shelf, record, path, mark).partition(mark.encode()) for record in records]
    ids = [element.findtext(path, "") for element in shelf.parse(records)]
    copies = []
    for number in range(count if records else 0):
        turn, which = divmod(number, len(records))
        identity = f"{ids[which]}-{turn + 1}" if turn else ids[which]
        head, _, tail = pieces[which]
        copies.append(head + escape(identity).encode() + tail)
    return copies


_WAYS: Final[Mapping[str, Callable[[Case], Answer]]] = {
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
    "timeout": _nothing,
    "reset": _nothing,
    "down": _nothing,
}
