"""Java properties files, as java.util.Properties reads them, with Spring's placeholders."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.javaproperties import _filled, read
from gateway.errors import DataError


def values(folder: Path, text: str | bytes) -> dict[str, str]:
    path = folder / "application.properties"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return {name: value for name, (_, value) in read(path).items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", {"a": "b"}),
        ("a = b", {"a": "b"}),
        ("a:b", {"a": "b"}),
        ("a b", {"a": "b"}),
        ("  a\t=\tb  ", {"a": "b"}),
        ("a", {"a": ""}),
        ("a=", {"a": ""}),
        ("a==b", {"a": "=b"}),
        ("a=b=c", {"a": "b=c"}),
        ("a=http://b:1/c", {"a": "http://b:1/c"}),
        ("# a=b\n! c=d\n\n   # e\n", {}),
        ("a=b # c", {"a": "b # c"}),
        ("a=b\\\n   c\\\n   d\ne=f", {"a": "bcd", "e": "f"}),
        ("a=b\\\n# c", {"a": "b# c"}),
        ("a=b\\\\\nc=d", {"a": "b\\", "c": "d"}),
        ("a=Pr\\u00f6va \\t\\n", {"a": "Pröva"}),
        ("a\\=b=c", {"a=b": "c"}),
        ("a\\ b=c", {"a b": "c"}),
        ("a=c:\\\\temp\\q", {"a": "c:\\tempq"}),
        ("a=b\na=c", {"a": "c"}),
        ("\ufeffa=b", {"a": "b"}),
        ("a=b\r\nc=d\r\n", {"a": "b", "c": "d"}),
        ("a=(?:2.5.4.5|SERIALNUMBER)=([^,]+)", {"a": "(?:2.5.4.5|SERIALNUMBER)=([^,]+)"}),
        ("å=ä", {"å": "ä"}),
    ],
)
def test_what_a_file_says(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    assert values(tmp_path, text) == expected


def test_an_old_file_is_latin_1(tmp_path: Path) -> None:
    assert values(tmp_path, "a=Prövning".encode("latin-1")) == {"a": "Prövning"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("http://${vp.host}:1/vp", "http://0.0.0.0:1/vp"),
        ("${base}/config/${name}.json", "/opt/vp/config/a.json"),
        ("${okänd:/standard}", "/standard"),
        ("${okänd:}", ""),
        ("${okänd}", "${okänd}"),
        ("${krets}", "${krets}"),
    ],
)
def test_placeholders(value: str, expected: str) -> None:
    known = {"vp.host": "0.0.0.0", "base": "${rot}/vp", "rot": "/opt", "name": "a", "krets": "${krets}"}
    assert _filled(value, {name: (1, text) for name, text in known.items()}) == expected


def test_lines_are_those_where_a_property_begins(tmp_path: Path) -> None:
    path = tmp_path / "a.properties"
    path.write_text("# x\na=1\\\n  2\n\nb=3\n", "utf-8")
    assert read(path) == {"a": (2, "12"), "b": (5, "3")}


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path)


@given(st.text() | st.text("a=\\${}:# \n", max_size=40))
def test_no_text_is_too_strange(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    values(tmp_path_factory.mktemp("p"), text.encode("utf-8", "replace"))
