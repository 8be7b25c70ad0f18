"""The fast way: a message of a known shape has only its texts judged.

The shape is the message without its texts, byte for byte. Two messages of one shape have the same elements in the same
places. So the tree of the first one, which was found to be good in every layer, is kept; it is given the texts of the
next, and libxml2 judges it by schema and rules without having to read it. Where its identities, codes, periods and
dates stand is known too: they are judged as text, and those judged before are remembered. Whatever is not surely good
goes the thorough way (``checker``), which alone makes findings.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import itemgetter

from lxml import etree

from gateway.contracts.messages import identities
from gateway.contracts.messages.contents import PATIENT, WRITTEN
from gateway.contracts.messages.crossfield import CrossField
from gateway.contracts.messages.meaning import Meaning
from gateway.contracts.messages.paths import split
from gateway.contracts.messages.values import other_note

_TEXT = re.compile(rb">(\s*[^<\s][^<]*)<")
_UTF_8 = re.compile(rb"<\?xml [^>]*encoding=[\"'](?:UTF-8|utf-8)[\"']|<[^?]")
_LARGEST = 65_536  # bytes
_SHAPES = 500  # kept
_VALUES = 100_000  # remembered of a kind, then all are forgotten
_DAY = 8  # digits

Values = tuple[bytes, ...]
Unit = Values | bytes


@dataclass(slots=True)
class Shape:
    """A good message: its tree, and where its values stand, as numbers in its list of texts.

    Attributes:
        contract, kind: for the report, ``Name_m.n`` and ``request`` or ``response``.
        meaning: of the messages of its contract and direction. crossfield: the contract's rules, if it has any.
        element: the request or response element; its tree has the texts of the last message that was judged.
        leaves: the elements with the texts. texts: what they hold now.
        kinds: for each kind of value (those of ``_JUDGES``) how many texts make one, and what picks them all.
        patients: the value of each record's patient.
        records: source system and identity of each record.
        links: what tells the kind of record that a link points at.
        notes: an internal note and the one beside it for the patient.
    """

    contract: str
    kind: str
    meaning: Meaning
    crossfield: CrossField | None
    element: etree._Element
    leaves: list[etree._Element]
    texts: list[bytes]
    kinds: tuple[tuple[str, int, Callable[[list[bytes]], Values]], ...]
    patients: tuple[int, ...]
    records: tuple[tuple[int, ...], ...]
    links: tuple[int, ...]
    notes: tuple[tuple[int, int], ...]


class Shapes:
    """The shapes of good messages."""

    def __init__(self, now: str) -> None:
        """``now``: Swedish local time, ``ÅÅÅÅMMDDttmmss``."""
        self._now = now.encode()
        self._shapes: dict[tuple[bytes, ...], Shape] = {}
        self._good: dict[str, set[Unit]] = {kind: set() for kind in _JUDGES}

    def find(self, data: bytes, wanted: str) -> Shape | None:
        """The shape of a message that is surely good; None when that is not sure.

        Args:
            wanted: the patient of the request, blank when the request is not known.
        """
        if len(data) > _LARGEST:
            return None
        parts = _TEXT.split(data)
        shape = self._shapes.get(tuple(parts[::2]))
        if shape is None or _odd(data):
            return None
        texts = parts[1::2]
        for kind, size, pick in shape.kinds:
            found = pick(texts)
            units: set[Unit] = set(zip(found[::2], found[1::2], strict=True)) if size > 1 else set(found)
            new = units - self._good[kind]
            if new and not self._judge(kind, new):
                return None
        return shape if _together(shape, texts, wanted.encode()) and _valid(shape, texts) else None

    def learn(
        self, data: bytes, element: etree._Element, meaning: Meaning, crossfield: CrossField | None, kind: str
    ) -> None:
        """Remember the shape of a message that was found to be good in every layer.

        Args:
            element: its request or response element, whose tree is kept.
        """
        if len(data) > _LARGEST or data.count(b"<?") > 1 or b"<!" in data or not _UTF_8.match(data) or _odd(data):
            return
        parts = _TEXT.split(data)
        leaves = [leaf for leaf in element.getroottree().iter("*") if len(leaf) == 0 and (leaf.text or "").strip()]
        texts = parts[1::2]
        if [leaf.text for leaf in leaves] != [text.decode("utf-8", "replace") for text in texts]:
            return
        if len(self._shapes) >= _SHAPES:
            self._shapes.clear()
        places = {leaf: place for place, leaf in enumerate(leaves)}
        key = tuple(parts[::2])
        self._shapes[key] = _shape(element, meaning, crossfield, kind, places, texts)

    def _judge(self, kind: str, new: set[Unit]) -> bool:
        judge = _JUDGES[kind]
        for unit in new:
            raw = unit if isinstance(unit, tuple) else (unit,)
            if kind == WRITTEN and raw[0] > self._now:
                return False
            try:
                right = judge(*[part.decode() for part in raw])
            except UnicodeDecodeError:
                return False
            if not right:
                return False
        if len(self._good[kind]) > _VALUES:
            self._good[kind].clear()
        self._good[kind] |= new
        return True


def _odd(data: bytes) -> bool:
    """Whether there is something that makes a text another one when it is read."""
    return b"&" in data or b"\r" in data or b"]]>" in data


def _valid(shape: Shape, texts: list[bytes]) -> bool:
    """Whether libxml2 finds the message good, by schema and rules. lxml refuses texts that XML cannot hold."""
    if texts != shape.texts:
        current = shape.texts
        for place, text in enumerate(texts):
            if text != current[place]:
                current[place] = b""  # lxml takes the old text away before it looks at the new one
                try:
                    shape.leaves[place].text = text.decode()
                except ValueError:
                    return False
                current[place] = text
    return shape.meaning.contract.schema.validate(shape.element) and not (
        shape.crossfield is not None and shape.crossfield.fails(shape.element)
    )


def _together(shape: Shape, texts: list[bytes], wanted: bytes) -> bool:
    """What depends on several values at once."""
    if shape.patients:
        people = {texts[place] for place in shape.patients}
        if len(people) > 1 or (wanted and people != {wanted}):
            return False
    if len(shape.records) > 1:
        names = {tuple(texts[place] for place in places) for places in shape.records}
        if len(names) < len(shape.records):
            return False
    if shape.links:
        own = shape.meaning.link_target
        if any(texts[place] == own for place in shape.links):
            return False
    return all(texts[own] != texts[other] for own, other in shape.notes)


def _shape(
    element: etree._Element,
    meaning: Meaning,
    crossfield: CrossField | None,
    kind: str,
    places: dict[etree._Element, int],
    texts: list[bytes],
) -> Shape:
    contract = meaning.contract
    answer = kind == "response" and contract.record_tag
    records = list(element.iterchildren(contract.record_tag)) if answer else []
    units: dict[str, list[int]] = {}
    for name, parts in meaning.contents.units(element):
        units.setdefault(name, []).extend(places[part] for part in parts)
    address = [places[block] for block in _addresses(element) if block in places]
    if address:
        units[_ADDRESS] = address
    paths = contract.record
    return Shape(
        contract=contract.key,
        kind=kind,
        meaning=meaning,
        crossfield=crossfield,
        element=element,
        leaves=list(places),
        texts=list(texts),
        kinds=tuple((name, _SIZES.get(name, 2), _picker(numbers)) for name, numbers in units.items()),
        patients=tuple(_found(records, paths.get("patient", ""), places)),
        records=tuple(
            (*_found([record], paths["source_system"], places), *_found([record], paths["id"], places))
            for record in records
        )
        if paths.get("id")
        else (),
        links=tuple(_found(records, meaning.link_kind, places)),
        notes=tuple(_notes(records, contract.internal, places)),
    )


def _addresses(element: etree._Element) -> Iterable[etree._Element]:
    """The header blocks, of which one may hold the logical address."""
    body = element.getparent()
    header = next(body.itersiblings("*", preceding=True), None) if body is not None else None
    return header.iter("*") if header is not None else ()


def _notes(
    records: list[etree._Element], internal: Iterable[str], places: dict[etree._Element, int]
) -> Iterable[tuple[int, int]]:
    for path in internal:
        *steps, note = split(path)
        for record in records:
            for parent in record.iterfind("/".join(steps)) if steps else [record]:
                own, other = parent.find(note), parent.find(other_note(note))
                if own is not None and other is not None:
                    yield places[own], places[other]


def _found(records: list[etree._Element], path: str, places: dict[etree._Element, int]) -> Iterable[int]:
    return (places[at] for record in records for at in record.iterfind(path)) if path else ()


def _picker(places: list[int]) -> Callable[[list[bytes]], Values]:
    """What picks these of a list of texts; ``itemgetter`` gives no tuple for a single one."""
    if len(places) > 1:
        return itemgetter(*places)
    only = places[0]
    return lambda texts: (texts[only],)


def _identity(system: str, value: str) -> bool:
    if value != value.strip():
        return False
    if system in identities.known():
        return identities.identity(system, value) is None
    return identities.OID.fullmatch(system) is not None


def _patient(system: str, value: str) -> bool:
    known = identities.known().get(system)
    return (known is None or known.patient) and _identity(system, value)


def _coded(code: str, system: str) -> bool:
    known = identities.known().get(system)
    return identities.OID.fullmatch(system) is not None and (known is None or not known.codes or code in known.codes)


def _date(text: str) -> bool:
    return not (len(text) >= _DAY and text.isascii() and text.isdigit()) or identities.day_exists(text)


def _period(start: str, end: str) -> bool:
    return _date(start) and _date(end) and (len(start) < _DAY or len(start) != len(end) or start <= end)


def _plain(text: str) -> bool:
    return text == text.strip()


_ADDRESS = "address"
_SIZES = {"date": 1, WRITTEN: 1, "hsa": 1, _ADDRESS: 1}  # texts of one value; two of all others
_JUDGES: dict[str, Callable[..., bool]] = {
    "identity": _identity,
    PATIENT: _patient,
    "coded": _coded,
    "date": _date,
    WRITTEN: _date,
    "period": _period,
    "hsa": identities.hsa,
    _ADDRESS: _plain,
}
