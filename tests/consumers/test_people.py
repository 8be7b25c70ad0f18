"""``gateway.consumers.people``: the test persons' list."""

from pathlib import Path

import pytest
from gateway_samples import ROOT

from gateway.consumers.people import Person, demo_person, find_person, people
from gateway.errors import DataError


def folder(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "fixtures" / "persons.csv").write_bytes(text.encode(encoding))
    return tmp_path


def test_the_persons_in_order(tmp_path: Path) -> None:
    root = folder(tmp_path, "name;patient_id;more\nÅsa;191212121212;x\nBo;188803099368;y\n")
    assert people(root) == [Person("191212121212", "Åsa"), Person("188803099368", "Bo")]
    assert demo_person(root).name == "Åsa"
    assert find_person(root, "188803099368") == Person("188803099368", "Bo")
    assert find_person(root, "194911172296") is None


@pytest.mark.parametrize(("text", "column"), [("a;b\n1;2\n", "patient_id"), ("patient_id\n1\n", "name")])
def test_a_column_that_is_missing(tmp_path: Path, text: str, column: str) -> None:
    with pytest.raises(DataError, match=f"expected a column '{column}'"):
        people(folder(tmp_path, text))


@pytest.mark.parametrize("text", ["patient_id;name\n", ""])
def test_nobody(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="expected at least one person"):
        demo_person(folder(tmp_path, text))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as UTF-8"):
        people(tmp_path)
    with pytest.raises(DataError, match="cannot be read as UTF-8"):
        people(folder(tmp_path, "patient_id;name\n1;Å\n", "iso-8859-1"))


def test_the_demo_has_a_person() -> None:
    assert find_person(ROOT, demo_person(ROOT).person_id) == demo_person(ROOT)
