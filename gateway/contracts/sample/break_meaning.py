"""Breaches that no schema sees: check digits, dates, codes, patients, records, notes and links."""

from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from typing import Final

from lxml import etree

from gateway.contracts.messages import values
from gateway.contracts.messages.contents import PATIENT, WRITTEN
from gateway.contracts.messages.facts import CODED, DATE, HSA, IDENTITY, PERIOD
from gateway.contracts.sample.edit import walk
from gateway.contracts.sample.operators import Operator, Place, Scene
from gateway.contracts.sample.settle import HSA_ROOT, PERSONNUMMER
from gateway.soap import ns

STRANGER: Final = "191212121212"  # of the publicly known test persons
_CONTACT_KINDS: Final = "1.2.752.129.5.1.69"
_DAY: Final = 8  # digits


def _persons(scene: Scene) -> list[Place]:
    return [each for each in scene.kinds(PATIENT, IDENTITY) if len(each) > 1 and each[0].text == PERSONNUMMER]


def _identities(scene: Scene) -> list[Place]:
    return [each for each in scene.kinds(IDENTITY) if len(each) > 1]


def _hsa_ids(scene: Scene) -> list[Place]:
    own = [(each,) for (each,) in scene.kinds(HSA)]
    return [*own, *((value,) for root, value in _identities(scene) if root.text == HSA_ROOT)]


def _dates(scene: Scene) -> list[Place]:
    ends = [(end,) for period in scene.kinds(PERIOD) for end in period]
    found = [*scene.kinds(DATE, WRITTEN), *ends]
    return [each for each in found if len(each[0].text or "") >= _DAY]


def _paths(*names: str) -> Callable[[Scene], list[Place]]:
    """Where records have some of the facts that their descriptor tells."""

    def places(scene: Scene) -> list[Place]:
        paths = [scene.contract.record.get(name, "") for name in names]
        found = [record.find(path) for record in scene.records for path in paths if path]
        return [(each,) for each in found if each is not None]

    return places


def _text(change: Callable[[str], str], index: int = -1) -> Callable[[Scene, Place], bool]:
    def changed(_: Scene, place: Place) -> bool:
        old = place[index].text or ""
        place[index].text = change(old)
        return place[index].text != old

    return changed


def _write(*texts: str) -> Callable[[Scene, Place], bool]:
    """Sets the first of the texts of a unit, and those after it."""

    def changed(_: Scene, place: Place) -> bool:
        for element, text in zip(place, texts, strict=False):
            element.text = text
        return True

    return changed


def _digit(value: str) -> str:
    return value[:-1] + str((int(value[-1]) + 1) % 10)


def _disordered(_: Scene, place: Place) -> bool:
    if len(place) < len(("start", "end")) or len(place[0].text or "") < _DAY:
        return False
    place[1].text = f"20010101{(place[1].text or '')[_DAY:]}"
    return True


def _without(name: str) -> Callable[[Scene, Place], bool]:
    def changed(_: Scene, place: Place) -> bool:
        parent = place[0].getparent()
        if parent is None:
            return False
        found = [child for child in parent if ns.local(str(child.tag)) == name]
        for child in found:
            parent.remove(child)
        return bool(found)

    return changed


def _no_value(_: Scene, place: Place) -> bool:
    parent = place[1].getparent()
    if parent is not None:
        parent.remove(place[1])
    return parent is not None


def _pairs(scene: Scene) -> list[Place]:
    """Each record but the first, with the one before it."""
    records = scene.records
    return [(later, earlier) for earlier, later in pairwise(records)]


def _same_record(scene: Scene, place: Place) -> bool:
    if not scene.contract.record.get("id"):
        return False
    later, earlier = place
    scene.root.replace(later, deepcopy(earlier))
    return True


def _stranger(scene: Scene, place: Place) -> bool:
    at = place[0].find(scene.contract.record["patient"])
    if at is not None:
        at.text = STRANGER
    return at is not None


def _internal(scene: Scene) -> list[Place]:
    found = (note for record in scene.records for path in scene.contract.internal for note in record.iterfind(path))
    return [(note,) for note in found]


def _copied(_: Scene, place: Place) -> bool:
    (note,) = place
    parent = note.getparent()
    other = parent.find(values.other_note(str(note.tag))) if parent is not None else None
    if other is not None and other is not note:
        other.text = note.text
    return other is not None and other is not note


def _unit_gone(scene: Scene, place: Place) -> bool:
    """The value, or the whole identity where the schema demands the value."""
    at: etree._Element | None = place[0]
    while at is not None and at is not scene.root:
        parent, after = at.getparent(), at.getnext()
        if parent is None:
            return False
        parent.remove(at)
        if scene.contract.schema.validate(scene.root):
            return True
        if after is not None:
            after.addprevious(at)
        else:
            parent.append(at)
        at = parent
        if ns.local(str(at.tag)).endswith("eader"):
            return False
    return False


def _links(scene: Scene) -> list[Place]:
    if scene.link is None:
        return []
    path, kind, _, target, _ = scene.link
    found = [(each.find(kind), each.find(target)) for record in scene.records for each in record.iterfind(path)]
    return [(one, other) for one, other in found if one is not None and other is not None]


def _lost(scene: Scene, place: Place) -> bool:
    assert scene.link is not None
    place[0].text, place[1].text = scene.link[2], f"{place[1].text}404"
    return True


def _leaves(scene: Scene) -> list[Place]:
    return [(each,) for each in walk(scene.root) if not len(each) and each is not scene.root]


_ANSWER: Final = "response"
_RESIDENT: Final = {"reader": "resident"}
OPERATORS: Final = (
    Operator("RIVTA-SEM-001", "check-digit", _persons, _text(_digit)),
    Operator("RIVTA-SEM-002", "hyphen", _persons, _text(lambda old: f"{old[:_DAY]}-{old[_DAY:]}")),
    Operator("RIVTA-SEM-002", "month-13", _persons, _text(lambda old: f"{old[:4]}13{old[6:]}")),
    Operator("RIVTA-SEM-003", "hsa-id", _hsa_ids, _write("källsystem 7")),
    Operator("RIVTA-SEM-004", "organisation-number", _identities, _write("2.5.4.97", "2321000017")),
    Operator("RIVTA-SEM-005", "31-february", _dates, _text(lambda old: f"{old[:4]}0231{old[_DAY:]}")),
    Operator("RIVTA-SEM-006", "period-backwards", lambda scene: scene.kinds(PERIOD), _disordered),
    Operator("RIVTA-SEM-007", "in-the-future", lambda scene: scene.kinds(WRITTEN), _text(lambda old: f"2099{old[4:]}")),
    Operator("RIVTA-SEM-008", "root-no-oid", lambda scene: scene.kinds(PATIENT, IDENTITY), _write("HSA")),
    Operator("RIVTA-SEM-008", "code-system-no-oid", lambda scene: scene.kinds(CODED), _write("1", "KVÅ")),
    Operator("RIVTA-SEM-009", "patient-is-unit", lambda scene: scene.kinds(PATIENT), _write(HSA_ROOT)),
    Operator("RIVTA-SEM-010", "unknown-code", lambda scene: scene.kinds(CODED), _write("99", _CONTACT_KINDS)),
    Operator("RIVTA-SEM-011", "no-code-system", lambda scene: scene.kinds(CODED), _without("codeSystem")),
    Operator("RIVTA-SEM-011", "no-code", lambda scene: scene.kinds(CODED), _without("code")),
    Operator("RIVTA-SEM-012", "no-name", lambda scene: scene.kinds(CODED), _without("displayName"), part=_ANSWER),
    Operator("RIVTA-SEM-013", "no-value", lambda scene: [*_identities(scene), *_persons(scene)], _no_value),
    Operator("RIVTA-SEM-014", "same-record-twice", _pairs, _same_record, part=_ANSWER),
    Operator("RIVTA-SEM-015", "stranger", lambda scene: [(each,) for each in scene.records], _stranger, part=_ANSWER,
             options={"request": "yes"}),
    Operator("RIVTA-SEM-016", "two-patients", _pairs, _stranger, part=_ANSWER),
    Operator("RIVTA-SEM-017", "internal-note", _internal, lambda _scene, _place: True, part=_ANSWER, options=_RESIDENT),
    Operator("RIVTA-SEM-018", "note-copied", _internal, _copied, part=_ANSWER),
    Operator("RIVTA-SEM-019", "not-approved", _paths("approved"), _write("false"), part=_ANSWER, options=_RESIDENT),
    Operator("RIVTA-SEM-020", "no-unit", _paths("care_unit", "care_giver"), _unit_gone, part=_ANSWER,
             options={"reader": "staff"}),
    Operator("RIVTA-SEM-021", "lost-link", _links, _lost, part=_ANSWER),
    Operator("RIVTA-SEM-022", "empty", _leaves, _write("")),
)  # fmt: skip
