"""Each contract's records as short lines for people."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lxml import etree

from gateway import texts
from gateway.consumers.ask import Reply
from gateway.consumers.rules import View
from gateway.contracts.contract import Contract
from gateway.soap import ns


@dataclass(frozen=True, slots=True)
class Line:
    """One record in a table.

    Attributes:
        source: logical address of its source system.
        what: kind or title.
        who: the person and the unit.
        when: period or date, YYYY-MM-DD.
        note: what the reader is told; internal notes are marked.
    """

    source: str
    what: str
    who: str
    when: str
    note: str


def lines(contract: Contract, records: tuple[etree._Element, ...], language: str) -> list[Line]:
    """A line for each record, in the answer's order."""
    summarise = _SUMMARIES.get(contract.descriptor.name, _any_record)
    return [summarise(contract, record, language) for record in records]


def answer_data(contract: Contract, consumer: str, view: View, reply: Reply) -> dict[str, object]:
    """A whole answer as plain data, for ``--format json``."""
    explained = {"explanation": reply.explanation} if reply.explanation else {}
    return {
        "contract": contract.key,
        "consumer": consumer,
        "milliseconds": round(reply.seconds * 1000, 1),
        "records": [as_data(record) for record in view.records],
        "held_back": dict(view.held_back),
        "sources": [
            {"source": each.source, "status": each.status, "code": each.code, "text": each.text}
            for each in reply.statuses
        ],
        **explained,
    }


def as_data(element: etree._Element) -> object:
    """An element as plain data: text, or children by local name; what may repeat and does becomes a list."""
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return (element.text or "").strip()
    found: dict[str, object] = {}
    for child in children:
        name, value = ns.local(str(child.tag)), as_data(child)
        if name not in found:
            found[name] = value
        elif isinstance(previous := found[name], list):
            previous.append(value)
        else:
            found[name] = [previous, value]
    return found


def date(value: str) -> str:
    """YYYYMMDD… as YYYY-MM-DD; blank stays blank."""
    return f"{value[:4]}-{value[4:6]}-{value[6:8]}" if len(value) >= 8 else value


def _fixed_contact(contract: Contract, record: etree._Element, language: str) -> Line:
    qualification = _get(record, "practitioner/qualification/displayName")
    name = _get(record, "practitioner/name")
    who = f"{name}, {qualification.lower()}" if qualification else name
    unit = _get(record, "managingCareUnit/name") or _get(record, "managingCareGiver/name")
    what = _coded(record, "code")
    return Line(_source(contract, record), what, _lines(who, unit), _period(record, "period"), _notes(record, language))


def _agreement(contract: Contract, record: etree._Element, language: str) -> Line:
    status = _named("agreement_status", _get(record, "status"), language)
    what = f"{_get(record, 'title')} ({status})"
    who = _lines(_get(record, "accountablePractitioner/name"), _get(record, "managingCareUnit/name"))
    matters = _get(record, "whatMattersToPatient")
    step = _get(record, "nextStep/text")
    label = texts.text("table", "next_step", language)
    note = _join(f"”{matters}”" if matters else "", f"{label}: {step}" if step else "", _notes(record, language))
    return Line(_source(contract, record), what, who, _period(record, "period"), note)


def _care_plan(contract: Contract, record: etree._Element, language: str) -> Line:
    named = _named("plan_type", _get(record, "carePlanBody/typeOfCarePlanEnum"), language)
    professional = "carePlanHeader/accountableHealthcareProfessional"
    who = _lines(
        _get(record, f"{professional}/healthcareProfessionalName"),
        _get(record, f"{professional}/healthcareProfessionalOrgUnit/orgUnitName"),
    )
    when = date(_get(record, "carePlanHeader/documentTime") or _get(record, f"{professional}/authorTime"))
    what = _join(_get(record, "carePlanHeader/documentTitle"), named)
    return Line(_source(contract, record), what, who, when, "")


def _any_record(contract: Contract, record: etree._Element, _language: str) -> Line:
    time, place = contract.record["time"], contract.record["id"]
    when = date((record.findtext(time) or "").strip()) if time else ""
    identity = (record.findtext(place) or "").strip() if place else ""
    return Line(_source(contract, record), identity, "", when, "")


_SUMMARIES: dict[str, Callable[[Contract, etree._Element, str], Line]] = {
    "GetFixedContacts": _fixed_contact,
    "GetDocumentedAgreements": _agreement,
    "GetCarePlans": _care_plan,
    "GetCareManagers": _fixed_contact,
}


def in_reading_order(contracts: Iterable[Contract]) -> list[Contract]:
    """Contracts in the order that people read them: who, what has been agreed, which plans; others after."""
    known = list(_SUMMARIES)
    return sorted(contracts, key=lambda contract: (_place(known, contract.descriptor.name), contract.key))


def _place(known: list[str], name: str) -> int:
    return known.index(name) if name in known else len(known)


def _source(contract: Contract, record: etree._Element) -> str:
    return (record.findtext(contract.record["source_system"]) or "").strip()


def _child(element: etree._Element, name: str) -> etree._Element | None:
    return next((child for child in element if isinstance(child.tag, str) and ns.local(child.tag) == name), None)


def _get(element: etree._Element, path: str) -> str:
    """Text at a path of local names, blank when it is not there."""
    found: etree._Element | None = element
    for name in path.split("/"):
        found = _child(found, name) if found is not None else None
    return " ".join((found.text or "").split()) if found is not None else ""


def _named(group: str, code: str, language: str) -> str:
    """A code in words; as it stands when it is not one of the contract's."""
    return texts.text(group, code, language) if code in texts.keys(group) else code


def _coded(record: etree._Element, path: str) -> str:
    for name in ("displayName", "originalText", "code"):
        if value := _get(record, f"{path}/{name}"):
            return value[:1].upper() + value[1:]
    return ""


def _period(record: etree._Element, path: str) -> str:
    start, end = _get(record, f"{path}/start"), _get(record, f"{path}/end")
    return f"{date(start)} – {date(end)}".rstrip()


def _notes(record: etree._Element, language: str) -> str:
    internal = _get(record, "internalNotes")
    marked = f"[{texts.text('table', 'internal', language)}] {internal}" if internal else ""
    return _join(_get(record, "externalNotes"), marked)


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
