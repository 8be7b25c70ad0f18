"""What each kind of consumer may show of an answer.

A producer returns everything to everybody; the consumer filters (contract description of GetCarePlans, R1 and Regel 1).
"""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from gateway.contracts.contract import Contract


@dataclass(frozen=True, slots=True)
class View:
    """What is left to show, and why the rest is not.

    Attributes:
        records: the records, in the answer's order; what may not be seen has been removed from them.
        held_back: key of ``[held.*]`` in the texts, and how many records.
    """

    records: tuple[etree._Element, ...]
    held_back: tuple[tuple[str, int], ...]


Rule = Callable[[Contract, list[etree._Element]], View]


def resident(contract: Contract, records: list[etree._Element]) -> View:
    """1177: only what the information owner has approved for the patient, and never internal notes.

    Where the contract has no mark for that, a source gives out only what the patient may see.
    """
    mark = contract.record["approved"]
    approved = [record for record in records if not mark or _text(record, mark) in ("true", "1")]
    for record in approved:
        for path in contract.internal:
            for note in record.findall(path):
                _remove(note)
    return _view(records, approved, "not-approved")


def staff(contract: Contract, records: list[etree._Element]) -> View:
    """NPÖ: everything, but access control needs the care unit's and the care giver's id on every record."""
    unit, giver = contract.record["care_unit"], contract.record["care_giver"]
    needed = [path for path in (unit, giver) if path]  # a contract's records may have neither
    known = [record for record in records if all(_text(record, path) for path in needed)]
    return _view(records, known, "no-unit")


def everything(_contract: Contract, records: list[etree._Element]) -> View:
    """Other consumers: as answered."""
    return View(tuple(records), ())


RULES: dict[str, Rule] = {"1177": resident, "npo": staff}


def apply(alias: str, contract: Contract, response: etree._Element) -> View:
    """The view of a consumer (``1177``, ``npo`` or another alias); ``response`` itself is cut down to it."""
    records = list(response.iterchildren(contract.record_tag))
    view = RULES.get(alias, everything)(contract, records)
    shown = set(view.records)
    for record in records:
        if record not in shown:
            response.remove(record)
    return view


def _view(records: list[etree._Element], shown: list[etree._Element], reason: str) -> View:
    held = len(records) - len(shown)
    return View(tuple(shown), ((reason, held),) if held else ())


def _text(record: etree._Element, path: str) -> str:
    return (record.findtext(path) or "").strip()


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
