"""``gateway.registry.formats``: what cannot be read is told with place, find and expectation, in two languages."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tak_samples import content, publication

from gateway.registry.formats import cache, detect, order, snapshot
from gateway.registry.formats.errors import FormatError
from gateway.registry.formats.jsontext import line_of

HERE = Path("prov.json")


def refused(read: Callable[[Path, bytes], object], data: bytes) -> FormatError:
    with pytest.raises(FormatError) as caught:
        read(HERE, data)
    return caught.value


def changed(*steps: Any, value: Any) -> bytes:
    """The publication, written on several lines, with one value changed; None takes it away."""
    found = json.loads(snapshot.write(publication()))
    place = found
    for step in steps[:-1]:
        place = place[step]
    if value is None:
        del place[steps[-1]]
    else:
        place[steps[-1]] = value
    return json.dumps(found, indent=1, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    ("steps", "value", "where", "swedish", "english"),
    [
        (("formatVersion",), "2", "$.formatVersion", "formatversion 2; bara 1", "format version 2; only 1"),
        (("data", "vagval", 0, "id"), "x", "$.data.vagval[0].id", "väntade int, fann str", "expected int, found str"),
        (("data", "vagval", 1, "id"), None, "$.data.vagval[1]", "id saknas", "id is missing"),
        (("data", "vagval", 1, "id"), 1, "$.data.vagval[1].id", "id 1 finns redan", "id 1 is there already"),
        (
            ("data", "tjanstekomponent", 0, "hsaId"),
            "",
            "$.data.tjanstekomponent[0]",
            "hsaId saknas",
            "hsaId is missing",
        ),
        (
            ("data", "vagval", 2, "relationships", "anropsadress"),
            99,
            "$.data.vagval[2].relationships.anropsadress",
            "99 finns inte i listan anropsadress",
            "99 is not in the list anropsadress",
        ),
        (
            ("data", "anropsbehorighet", 0, "relationships", "logiskAdress"),
            None,
            "$.data.anropsbehorighet[0].relationships",
            "logiskAdress saknas",
            "logiskAdress is missing",
        ),
        (
            ("data", "vagval", 0, "fromTidpunkt"),
            "i går",
            "$.data.vagval[0].fromTidpunkt",
            "i går går inte att tolka",
            "i går cannot be read",
        ),
    ],
)
def test_a_broken_publication(steps: tuple[Any, ...], value: Any, where: str, swedish: str, english: str) -> None:
    data = changed(*steps, value=value)
    error = refused(snapshot.read, data)
    assert error.where == where
    assert error.line == line_of(data, where) > 0
    assert swedish in error.text("sv")
    assert english in error.text("en")
    assert str(error) == error.text("en")
    assert error.text("sv").startswith(f"prov.json:{error.line}: $")


def test_the_line_is_that_of_the_value() -> None:
    data = b'{\n "a": [\n  {"x": "}{,:\\"" },\n  {\n   "b": [1,\n 2]\n  }\n ]\n}'
    assert [line_of(data, where) for where in ("$", "$.a", "$.a[1]", "$.a[1].b[1]", "$.a[0].x", "$.nej")] == [
        1,
        2,
        4,
        6,
        3,
        1,
    ]


@pytest.mark.parametrize(
    ("data", "swedish"),
    [
        (b"", "okänt format"),
        (b"hej", "okänt format"),
        (b'{"formatVersion": 1', "inte läsbar JSON"),
        (b'{"formatVersion": 1}', "data saknas"),
        (b"\x1f\x8b\x08nej", "inte packas upp"),
        (snapshot.compressed(snapshot.write(publication()))[:-9], "inte packas upp"),
        (b"<a>", "inte läsbar XML"),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "DOCTYPE"),
        (b"<a/>", "rotelementet är a; väntade något av persistentCache"),
        (b'{"inkludera": {}}', "genomforandeTidpunkt saknas"),
        (b'{"genomforandeTidpunkt": "2026-01-01"}', "inkludera saknas"),
        (b'{"genomforandeTidpunkt": "snart", "inkludera": {}}', "snart går inte att tolka"),
        (b'{"inkludera": {"vagval": [{"adress": 1}]}}', "väntade str | null, fann int"),
    ],
)
def test_what_is_no_catalogue(data: bytes, swedish: str) -> None:
    error = refused(detect.parsed, data)
    assert swedish in error.text("sv")
    assert error.text("sv") != error.text("en")


@pytest.mark.parametrize(
    ("old", "new", "where", "swedish"),
    [
        ("<ns2:rivProfil>RIVTABP21</ns2:rivProfil>", "", "virtualiseringsInfo[1]", "rivProfil saknas"),
        ("2020-03-01T00:00:00", "1 mars", "virtualiseringsInfo[1]/fromTidpunkt", "1 mars går inte att tolka"),
        ("<ns2:senderId>SE1-KONSUMENT", "<ns2:senderId> ", "anropsBehorighetsInfo[4]", "senderId saknas"),
    ],
)
def test_a_broken_copy(old: str, new: str, where: str, swedish: str) -> None:
    text = cache.write(content()).decode().replace("><virtualiseringsInfo", ">\n<virtualiseringsInfo")
    assert old in text
    error = refused(cache.read, text.replace(old, new, 1).encode())
    assert error.where == where
    assert error.line > 0
    assert swedish in error.text("sv")


def test_a_row_without_an_end_has_none() -> None:
    """Catalogue mocks leave it out."""
    text = cache.write(content()).decode().replace("<ns2:tomTidpunkt>2100-01-01T00:00:00</ns2:tomTidpunkt>", "")
    assert cache.read(HERE, text.encode()).routes[0].valid_to.year == 9999


def test_a_fault_of_the_catalogue_is_told() -> None:
    fault = "<s:Fault><faultcode>s:Server</faultcode><faultstring>Nere för service</faultstring></s:Fault>"
    data = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{fault}</s:Body></s:Envelope>'
    assert "Nere för service" in refused(cache.read, data.encode()).text("sv")


def test_lines_of_an_order_are_those_of_the_file() -> None:
    error = refused(order.read, b'Hej\n\n{"inkludera": {},\n "genomforandeTidpunkt": "nej"}\nMvh')
    assert (error.line, error.where) == (4, "$.genomforandeTidpunkt")
