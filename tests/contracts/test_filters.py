"""Which records a question asks for: every rule at its boundaries."""

import pytest
from lxml import etree

from gateway.contracts.descriptor import FilterRule
from gateway.contracts.filters import find, matches

HSA = "1.2.752.129.2.1.4.1"


def element(text: str) -> etree._Element:
    return etree.fromstring(text)


def ii(name: str, extension: str, root: str = HSA) -> str:
    return f"<{name}><root>{root}</root><extension>{extension}</extension></{name}>"


def accepts(rule: FilterRule, record: str, request: str) -> bool:
    return matches(element(f"<record>{record}</record>"), element(f"<ask>{request}</ask>"), [rule])


EQUALS = FilterRule(request="asked", record="held", match="equals")
OVERLAPS = FilterRule(request="asked", record="held", match="overlaps")
WITHIN = FilterRule(request="asked", record="time", match="within")


@pytest.mark.parametrize(
    ("record", "request_", "expected"),
    [
        ("<held>1</held>", "<asked>1</asked>", True),
        ("<held>1</held>", "<asked>2</asked>", False),
        ("<held>1</held>", "", True),
        ("", "<asked>1</asked>", False),
        ("", "", True),
        ("<held>2</held>", "<asked>1</asked><asked>2</asked>", True),
        ("<held>3</held>", "<asked>1</asked><asked>2</asked>", False),
        ("<held>1</held><held>2</held>", "<asked>2</asked>", True),
        ("<held>a</held>", "<asked>A</asked>", False),
        ("<held>1</held>", "<asked> 1</asked>", False),
        ("<held>11</held>", "<asked>1</asked>", False),
        ("<held/>", "<asked/>", True),
    ],
)
def test_equals(record: str, request_: str, expected: bool) -> None:
    assert accepts(EQUALS, record, request_) is expected


@pytest.mark.parametrize(
    ("rule", "record", "request_", "expected"),
    [
        (
            "careUnitHSAId",
            "<careUnitHSAId>SE1-a</careUnitHSAId>",
            "<careUnitHSAId>se1-A</careUnitHSAId>",
            True,
        ),
        (
            "careUnitHSAId",
            "<careUnitHSAId>SE1-a</careUnitHSAId>",
            "<careUnitHSAId>SE1-b</careUnitHSAId>",
            False,
        ),
        ("unit/extension", ii("unit", "SE1-a"), ii("unit", "se1-A"), True),
        ("unit/extension", ii("unit", "SE1-a"), ii("unit", "se1-A", "1.2.3"), True),
        ("unit/extension", ii("unit", "SE1-a", "1.2.3"), ii("unit", "se1-A", "1.2.3"), False),
        ("unit/extension", ii("unit", "SE1-a", "1.2.3"), ii("unit", "SE1-a", "1.2.3"), True),
        ("unit/extension", ii("unit", "SE1-a"), "<unit><root>1</root></unit>", True),
        ("extension", "<extension>SE1-a</extension>", "<extension>se1-a</extension>", False),
    ],
)
def test_only_hsa_ids_ignore_case(rule: str, record: str, request_: str, expected: bool) -> None:
    assert accepts(FilterRule(request=rule, record=rule, match="equals"), record, request_) is expected


def period(name: str, start: str, end: str | None = None) -> str:
    return f"<{name}><start>{start}</start>{'' if end is None else f'<end>{end}</end>'}</{name}>"


@pytest.mark.parametrize(
    ("asked", "held", "expected"),
    [
        (("20250110", "20250120"), ("20250115", "20250116"), True),
        (("20250110", "20250120"), ("20250101", "20250131"), True),
        (("20250110", "20250120"), ("20250101", "20250110"), True),
        (("20250110", "20250120"), ("20250101", "20250109"), False),
        (("20250110", "20250120"), ("20250120", "20250131"), True),
        (("20250110", "20250120"), ("20250121", "20250131"), False),
        (("20250110", "20250120"), ("20250101",), True),
        (("20250110", "20250120"), ("20250121",), False),
        (("20250110",), ("20250101", "20250110"), True),
        (("20250110",), ("20250101", "20250109"), False),
        (("20250110",), ("20990101",), True),
        (("20250110", "20250110"), ("20250110", "20250110"), True),
    ],
)
def test_overlaps_when_one_day_is_shared(asked: tuple[str, ...], held: tuple[str, ...], expected: bool) -> None:
    assert accepts(OVERLAPS, period("held", *held), period("asked", *asked)) is expected


def test_overlaps_without_period() -> None:
    assert accepts(OVERLAPS, period("held", "20250101"), "")
    assert not accepts(OVERLAPS, "", period("asked", "20250101"))


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("20250109235959", False),
        ("20250110", True),
        ("20250110000000", True),
        ("20250115120000", True),
        ("20250120235959", True),
        ("20250121000000", False),
        ("20250121", False),
        ("", False),
    ],
)
def test_within_counts_both_ends(time: str, expected: bool) -> None:
    record = f"<time>{time}</time>"
    assert accepts(WITHIN, record, period("asked", "20250110", "20250120")) is expected


def test_within_open_end_and_missing_time() -> None:
    assert accepts(WITHIN, "<time>20990101000000</time>", period("asked", "20250110"))
    assert not accepts(WITHIN, "", period("asked", "20250110", "20250120"))
    assert accepts(WITHIN, "<time>19990101</time>", "")


def test_every_rule_must_hold() -> None:
    record = element("<record><held>1</held><other>2</other></record>")
    rules = [EQUALS, FilterRule(request="second", record="other", match="equals")]
    assert matches(record, element("<ask><asked>1</asked><second>2</second></ask>"), rules)
    assert not matches(record, element("<ask><asked>1</asked><second>9</second></ask>"), rules)
    assert matches(record, element("<ask><asked>9</asked></ask>"), [])


def test_paths_ignore_namespaces_and_comments() -> None:
    record = element('<r:record xmlns:r="urn:r" xmlns="urn:c"><a><!-- å --><b>1</b></a><a><b>2</b></a></r:record>')
    assert [found.text for found in find(record, "a/b")] == ["1", "2"]
    assert find(record, "a/c") == []
    request = element('<q xmlns="urn:q"><asked>2</asked></q>')
    assert matches(record, request, [FilterRule(request="asked", record="a/b", match="equals")])
