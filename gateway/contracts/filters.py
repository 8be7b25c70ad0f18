"""Which of a producer's records a question asks for.

A rule, a ``[[filter]]`` of the contract's descriptor, compares one place in the request with one place in the
record. Places are paths of local names below the element in question (``period``, ``careUnitId/extension``).

* A place that the request leaves out does not restrict; several values there mean any of them.
* A place that the record leaves out matches no value.
* ``equals`` compares text, exactly but for HSA-ids; ``overlaps`` wants two periods (``start``, optional
  ``end``) to share a day; ``within`` wants the record's date or timestamp in the request's period. Both ends
  belong to a period. Dates are YYYYMMDD, timestamps YYYYMMDDhhmmss.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from lxml import etree

from gateway.contracts.descriptor import FilterRule

HSA_ID_ROOT: Final = "1.2.752.129.2.1.4.1"
_ALWAYS: Final = "99999999"  # sorts after every YYYYMMDD: a period without end


def matches(record: etree._Element, request: etree._Element, rules: Sequence[FilterRule]) -> bool:
    """Whether ``record`` passes every rule of the question ``request``."""
    return all(_passes(record, request, rule) for rule in rules)


def find(element: etree._Element, path: str) -> list[etree._Element]:
    """The elements at ``path`` (local names separated by ``/``) below ``element``, in any namespace."""
    return element.findall("/".join(f"{{*}}{name}" for name in path.split("/")))


def _passes(record: etree._Element, request: etree._Element, rule: FilterRule) -> bool:
    asked = find(request, rule.request)
    if not asked:
        return True
    held = find(record, rule.record)
    test = _TESTS[rule.match]
    return any(test(one, other) for one in asked for other in held)


def _equals(asked: etree._Element, held: etree._Element) -> bool:
    one, other = asked.text or "", held.text or ""
    if one == other:
        return True
    # The platform's catalogue treats HSA-ids alike whatever their case; other ids are exact.
    return (_is_hsa_id(asked) or _is_hsa_id(held)) and one.casefold() == other.casefold()


def _is_hsa_id(element: etree._Element) -> bool:
    """By the element's name (``careUnitHSAId``) or, for the extension of an IIType, by its root."""
    name = etree.QName(element).localname.casefold()
    parent = element.getparent()
    if name != "extension" or parent is None:
        return name.endswith("hsaid")
    return parent.findtext("{*}root") == HSA_ID_ROOT


def _overlaps(asked: etree._Element, held: etree._Element) -> bool:
    asked_start, asked_end = _period(asked)
    held_start, held_end = _period(held)
    return asked_start <= held_end and held_start <= asked_end


def _within(asked: etree._Element, held: etree._Element) -> bool:
    start, end = _period(asked)
    return start <= (held.text or "")[:8] <= end


def _period(element: etree._Element) -> tuple[str, str]:
    """First and last day, YYYYMMDD, which sort as text."""
    return (element.findtext("{*}start") or "")[:8], (element.findtext("{*}end") or _ALWAYS)[:8]


_TESTS: Final[Mapping[str, Callable[[etree._Element, etree._Element], bool]]] = {
    "equals": _equals,
    "overlaps": _overlaps,
    "within": _within,
}
