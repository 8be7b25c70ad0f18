"""The committed data, read once."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from generate_samples import FIXTURES, Found, read_filed, read_records, read_rows


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return FIXTURES


@pytest.fixture(scope="session")
def records() -> list[Found]:
    """Every record of every producer, once; fixed contacts as GetFixedContacts tells them."""
    return list(read_records())


@pytest.fixture(scope="session")
def filed() -> list[Found]:
    """Every record of every file: those of sources with both contracts for fixed contacts are there twice."""
    return list(read_filed())


@pytest.fixture(scope="session")
def ordinary(records: list[Found]) -> list[Found]:
    """The records of regions and municipalities."""
    return [record for record in records if record.slug != "mocks"]


@pytest.fixture(scope="session")
def persons() -> list[dict[str, str]]:
    return read_rows("persons.csv")


@pytest.fixture(scope="session")
def engagements() -> list[dict[str, str]]:
    return read_rows("engagements.csv")


@pytest.fixture(scope="session")
def personas() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((FIXTURES / "personas.toml").read_text("utf-8"))["persona"]
    return rows


@pytest.fixture(scope="session")
def scenarios() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((FIXTURES / "scenarios.toml").read_text("utf-8"))["scenario"]
    return rows
