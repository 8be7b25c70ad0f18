"""``gateway.data``: where contracts, schemas, routing and fixtures are."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_samples import ROOT

from gateway import data
from gateway.errors import DataError


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    data.root.cache_clear()
    yield
    data.root.cache_clear()


def make(root: Path, *left_out: str) -> Path:
    for folder in data.FOLDERS:
        if folder not in left_out:
            (root / folder).mkdir(parents=True)
    return root


def installed(monkeypatch: pytest.MonkeyPatch, package: Path) -> None:
    package.mkdir(exist_ok=True)
    monkeypatch.setattr(data, "__file__", str(package / "data.py"))


def test_a_checkout_has_them_beside_the_package() -> None:
    assert data.root() == ROOT
    assert all((data.root() / folder).is_dir() for folder in data.FOLDERS)


def test_a_wheel_has_them_inside_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, tmp_path / "gateway")
    make(tmp_path / "gateway" / "_data")
    make(tmp_path)
    assert data.root() == tmp_path / "gateway" / "_data"


def test_a_variable_names_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(data.VARIABLE, str(make(tmp_path / "kopia")))
    assert data.root() == tmp_path / "kopia"


@pytest.mark.parametrize("folder", data.FOLDERS)
def test_a_missing_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    monkeypatch.setenv(data.VARIABLE, str(make(tmp_path / "kopia", folder)))
    with pytest.raises(DataError) as caught:
        data.root()
    assert caught.value.path == tmp_path / "kopia"
    assert folder in caught.value.problem


def test_an_installation_without_them_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, tmp_path / "gateway")
    with pytest.raises(DataError, match="expected the folders contracts"):
        data.root()


def test_the_answer_is_kept() -> None:
    assert data.root() is data.root()
