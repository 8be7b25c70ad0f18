"""Every file is a valid answer of its contract."""

from functools import cache
from pathlib import Path

import pytest
import xmlschema
from generate_samples import CONTRACTS, FIXTURES, record_files
from lxml import etree

XSD = FIXTURES.parent / "xsd" / "interactions"


def _schema_file(stem: str) -> Path:
    name, version = stem.split("_")
    return XSD / f"{name}Interaction" / f"{name}Responder_{version}.xsd"


@cache
def _lxml(stem: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_schema_file(stem)))


@pytest.mark.parametrize("path", record_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_valid_for_lxml(path: Path) -> None:
    schema = _lxml(path.stem)
    assert schema.validate(etree.parse(path)), schema.error_log.last_error


@pytest.mark.parametrize("stem", CONTRACTS)
def test_valid_for_xmlschema(stem: str) -> None:
    schema = xmlschema.XMLSchema(str(_schema_file(stem)))
    for slug in ("0781-ljungby", "1480-goteborg", "09-gotland"):
        path = FIXTURES / "records" / slug / f"{stem}.xml"
        if path.is_file():
            schema.validate(str(path))


@pytest.mark.parametrize("path", record_files(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_can_be_cut_and_joined(path: Path) -> None:
    """The aggregating service copies bytes: prefixes only, no comments, CDATA or processing instructions."""
    data = path.read_bytes()
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<ns0:")
    assert b"xmlns=" not in data
    assert b"<!" not in data
    assert data.count(b"<?") == 1
