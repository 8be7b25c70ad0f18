"""``gateway.registry.engagements``: the engagement index in memory, and its file."""

from pathlib import Path

import pytest
from gateway_samples import AGDA, ROOT, TOLVAN, engagement

from gateway.errors import DataError
from gateway.registry.engagements import COLUMNS, Engagement, EngagementIndex, load_engagements

DOMAIN = "riv:coreprocess:planning:coordinatedplanning"
HEAD = ";".join(COLUMNS)
ROW = f"{TOLVAN};{DOMAIN};cpc-gfc;SE-A;SE-B;SE-C;NA;NA;20240501120000;20240502;20240503"


def file(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "engagements.csv"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))
    return path


def test_a_row_is_an_engagement(tmp_path: Path) -> None:
    index = load_engagements(file(tmp_path, HEAD, ROW))
    assert index.find(TOLVAN, DOMAIN, ("cpc-gfc",)) == [
        Engagement(
            TOLVAN, DOMAIN, "cpc-gfc", "SE-A", "SE-B", "SE-C", "NA", "NA", "20240501120000", "20240502", "20240503"
        )
    ]
    assert len(index) == 1


def test_only_the_persons_own_of_the_domain_and_categorization() -> None:
    index = EngagementIndex(
        [engagement("A"), engagement("B", person=AGDA), engagement("C", name="GetDocumentedAgreements")]
    )
    assert [each.source_system for each in index.find(TOLVAN, DOMAIN, ("cpc-gfc",))] == ["A"]
    assert [each.source_system for each in index.find(TOLVAN, DOMAIN, ("cpc-gfc", "cpc-gda"))] == ["A", "C"]
    assert index.find(TOLVAN, "riv:other", ("cpc-gfc",)) == []
    assert index.find("194911172296", DOMAIN, ("cpc-gfc",)) == []
    assert len(index) == 3


@pytest.mark.parametrize(("stored", "found"), [("CPC-GFC", 1), ("Cpc-Gfc", 1), ("cpc-gfc ", 0)])
def test_categorizations_ignore_case_in_the_index_only(tmp_path: Path, stored: str, found: int) -> None:
    """National AgP, filtering of hits, rule a: the index's value in lower case is compared with the configuration."""
    index = load_engagements(file(tmp_path, HEAD, ROW.replace("cpc-gfc", stored)))
    assert len(index.find(TOLVAN, DOMAIN, ("cpc-gfc",))) == found
    assert index.find(TOLVAN, DOMAIN, ("CPC-GFC",)) == []


def test_looking_somebody_up_leaves_no_trace() -> None:
    index = EngagementIndex([engagement("A")])
    for _ in range(2):
        assert index.find(AGDA, DOMAIN, ("cpc-gfc",)) == []
    assert len(index) == 1


def test_the_person_is_compared_as_sent() -> None:
    """National AgP: the resident's id is looked up exactly as received."""
    index = EngagementIndex([engagement("A")])
    assert index.find("19121212-1212", DOMAIN, ("cpc-gfc",)) == []
    assert index.find("1212121212", DOMAIN, ("cpc-gfc",)) == []


def test_a_byte_order_mark_is_not_a_column(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected the columns"):
        load_engagements(file(tmp_path, f"\ufeff{HEAD}", ROW))


@pytest.mark.parametrize(
    ("lines", "line", "told"),
    [
        ([], 1, "expected the columns registered_resident_identification;service_domain"),
        ([""], 1, "expected the columns"),
        ([ROW], 1, "expected the columns"),
        ([HEAD.replace(";", ",")], 1, "expected the columns"),
        ([HEAD, ROW.removesuffix(";20240503")], 2, "expected 11 values, found 10"),
        ([HEAD, f"{ROW};x"], 2, "expected 11 values, found 12"),
        ([HEAD, ""], 2, "expected 11 values, found 0"),
        ([HEAD, ROW, ROW.replace("SE-B", " ")], 3, "expected a value for source_system"),
        ([HEAD, ROW.replace("SE-A", "").replace("SE-C", "")], 2, "a value for logical_address, data_controller"),
        ([HEAD, ROW, ROW.replace("20240501", "20240601")], 3, "the same engagement as in line 2"),
        ([HEAD, f"{ROW[:-1]}{'x' * 200_000}"], 2, "field larger than"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, lines: list[str], line: int, told: str) -> None:
    path = file(tmp_path, *lines)
    with pytest.raises(DataError) as caught:
        load_engagements(path)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert told in caught.value.problem


def test_an_engagement_for_another_object_is_another_engagement(tmp_path: Path) -> None:
    """National EI: the business object is part of the key."""
    assert len(load_engagements(file(tmp_path, HEAD, ROW, ROW.replace(";NA;NA;", ";B1;NA;")))) == 2


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as UTF-8 text"):
        load_engagements(file(tmp_path, HEAD, ROW.replace("SE-A", "Å"), encoding="iso-8859-1"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as UTF-8 text"):
        load_engagements(tmp_path / "engagements.csv")


def test_the_columns_are_those_of_the_file_in_the_project() -> None:
    first = (ROOT / "fixtures" / "engagements.csv").read_text("utf-8").partition("\n")[0]
    assert tuple(first.split(";")) == COLUMNS
