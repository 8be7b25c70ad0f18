"""Breaches of the schema, of each kind."""

from copy import deepcopy
from typing import Final

from lxml import etree

from gateway.contracts.particles import GROUPS, XS
from gateway.contracts.sample.facets import Simple
from gateway.contracts.sample.operators import Operator, Place, Scene, everywhere
from gateway.soap import ns

_OTHER: Final = "urn:example:fel:1"
_MANY: Final = 30  # so many elements are added at most to have too many
_FALSE_DATES: Final = ("2024-02-29", "2024-02-29T08:30:00", "240229")
_NOT_TEXT: Final = frozenset(
    ("boolean", "date", "dateTime", "time", "int", "integer", "decimal", "long", "short", "byte", "float", "double",
     "base64Binary", "hexBinary", "positiveInteger", "nonNegativeInteger", "gYear", "duration", "unsignedInt",
     "unsignedLong", "unsignedShort", "unsignedByte")
)  # fmt: skip


def _missing(scene: Scene, place: Place) -> bool:
    (element,) = place
    parent = element.getparent()
    if parent is None or len(parent.findall(str(element.tag))) > 1:
        return False
    found = scene.editor.children(parent).get(str(element.tag))
    if found is None or any(_loose(group) for group in found[1].node.iterancestors(*GROUPS)):
        return False  # of what may be left out as a whole nobody can tell what is missing
    parent.remove(element)
    return True


def _loose(group: etree._Element) -> bool:
    return group.tag == f"{XS}choice" or group.get("minOccurs") == "0"


def _too_many(scene: Scene, place: Place) -> bool:
    (element,) = place
    parent = element.getparent()
    if parent is None:
        return False
    found = scene.editor.children(parent).get(str(element.tag))
    maximum = found[1].maximum if found else None
    if maximum is None or maximum > _MANY:
        return False
    for _ in range(maximum + 1 - len(parent.findall(str(element.tag)))):
        element.addnext(deepcopy(element))
    return True


def _wrong_order(scene: Scene, place: Place) -> bool:
    (element,) = place
    following = element.getnext()
    if following is None or following.tag == element.tag:
        return False
    following.addnext(element)
    return True


def _unknown(scene: Scene, place: Place) -> bool:
    (element,) = place
    if element.getparent() is None and not len(element):
        return False
    new = etree.Element(ns.clark(ns.namespace(str(element.tag)), "okänt"))
    new.text = "okänt"
    if scene.editor.type_of(element) is not None:
        return False
    element.insert(0, new)
    return True


def _wrong_namespace(scene: Scene, place: Place) -> bool:
    (element,) = place
    if element.getparent() is None:
        return False
    element.tag = ns.clark(_OTHER, ns.local(str(element.tag)))
    return True


def _kind(scene: Scene, place: Place) -> Simple | None:
    element = place[0]
    return scene.editor.type_of(element) if element.getparent() is not None else None


def _wrong_type(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    if kind is None or kind.base not in _NOT_TEXT or kind.values or kind.patterns:
        return False
    place[0].text = "ja tack"
    return True


def _wrong_pattern(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    if kind is None or not kind.patterns or kind.values or not kind.is_text:
        return False
    own = place[0].text or ""
    tried = (f"{own}§", f"{own[:-1]}å", "§", own + own, "x")
    wrong = next((each for each in tried if not kind.allows(each) and _only_pattern(kind, each)), None)
    if wrong is not None:
        place[0].text = wrong
    return wrong is not None


def _false_date(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    own = place[0].text or ""
    if kind is None or not kind.patterns or kind.values or not kind.is_text or not own[:8].isdigit() or len(own) < 8:
        return False
    wrong = next((each for each in _FALSE_DATES if not kind.allows(each) and _only_pattern(kind, each)), None)
    if wrong is not None:
        place[0].text = wrong
    return wrong is not None


def _only_pattern(kind: Simple, value: str) -> bool:
    return kind.long_enough(value) and kind.short_enough(value)


def _wrong_value(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    if kind is None or not kind.values or not kind.is_text:
        return False
    place[0].text = f"{kind.values[0]}_"
    return True


def _too_long(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    longest = kind.limits.get("length", kind.limits.get("maxLength")) if kind is not None else None
    if kind is None or longest is None or kind.values or not kind.is_text:
        return False
    own = place[0].text or "x"
    place[0].text = own * (int(longest) // len(own) + 1)
    return True


def _too_short(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    least = kind.limits.get("length", kind.limits.get("minLength")) if kind is not None else None
    if kind is None or not least or int(least) < 1 or kind.values or not kind.is_text:
        return False
    place[0].text = (place[0].text or "")[: int(least) - 1]
    return True


def _too_low(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    least = kind.number("minInclusive", "minExclusive") if kind is not None else None
    if kind is None or least is None:
        return False
    place[0].text = str(least - 1)
    return True


def _too_high(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    most = kind.number("maxInclusive", "maxExclusive") if kind is not None else None
    if kind is None or most is None:
        return False
    place[0].text = str(most + 1)
    return True


def _too_many_digits(scene: Scene, place: Place) -> bool:
    kind = _kind(scene, place)
    if kind is None or not (kind.limits.keys() & {"totalDigits", "fractionDigits"}):
        return False
    digits = kind.limits.get("fractionDigits")
    place[0].text = f"1.{'1' * (int(digits) + 1)}" if digits and int(digits) else "1" * 30
    return True


def _loose_text(scene: Scene, place: Place) -> bool:
    (element,) = place
    if not len(element):
        return False
    element.text = "lös text"
    return True


def _unknown_attribute(scene: Scene, place: Place) -> bool:
    place[0].set("okänt", "1")
    return True


def _wrong_attribute(scene: Scene, place: Place) -> bool:
    (element,) = place
    names = [name for name in element.attrib if not str(name).startswith(f"{{{ns.XSI}}}")]
    for name in names:
        own = element.get(name, "")
        element.set(name, "§")
        if not scene.contract.schema.validate(scene.root):
            return True
        element.set(name, own)
    return False


def _element_in_text(scene: Scene, place: Place) -> bool:
    (element,) = place
    if len(element) or scene.editor.type_of(element) is None:
        return False
    element.text = None
    etree.SubElement(element, ns.clark(ns.namespace(str(element.tag)), "okänt"))
    return True


def _missing_attribute(scene: Scene, place: Place) -> bool:
    (element,) = place
    names = [name for name in element.attrib if not str(name).startswith(f"{{{ns.XSI}}}")]
    if not names:
        return False
    del element.attrib[names[0]]
    return True


def _nil(scene: Scene, place: Place) -> bool:
    (element,) = place
    if element.getparent() is None:
        return False
    for child in list(element):
        element.remove(child)
    element.text = None
    element.set(ns.clark(ns.XSI, "nil"), "true")
    return True


_ALL = (
    ("RIVTA-XSD-001", "wrong-order", _wrong_order),
    ("RIVTA-XSD-001", "unknown-element", _unknown),
    ("RIVTA-XSD-001", "element-in-text", _element_in_text),
    ("RIVTA-XSD-002", "missing", _missing),
    ("RIVTA-XSD-003", "too-many", _too_many),
    ("RIVTA-XSD-004", "wrong-namespace", _wrong_namespace),
    ("RIVTA-XSD-005", "wrong-type", _wrong_type),
    ("RIVTA-XSD-006", "wrong-pattern", _wrong_pattern),
    ("RIVTA-XSD-006", "wrong-date-form", _false_date),
    ("RIVTA-XSD-007", "wrong-value", _wrong_value),
    ("RIVTA-XSD-008", "too-long", _too_long),
    ("RIVTA-XSD-008", "too-short", _too_short),
    ("RIVTA-XSD-008", "too-low", _too_low),
    ("RIVTA-XSD-008", "too-high", _too_high),
    ("RIVTA-XSD-008", "too-many-digits", _too_many_digits),
    ("RIVTA-XSD-009", "loose-text", _loose_text),
    ("RIVTA-XSD-010", "unknown-attribute", _unknown_attribute),
    ("RIVTA-XSD-010", "missing-attribute", _missing_attribute),
    ("RIVTA-XSD-010", "wrong-attribute", _wrong_attribute),
    ("RIVTA-XSD-011", "nil", _nil),
)
OPERATORS: Final = tuple(Operator(rule, name, everywhere, change, valid=False) for rule, name, change in _ALL)
