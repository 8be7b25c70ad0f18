"""``gateway.tomlfile``: mistakes in the project's own files are told with file and line."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from gateway.errors import DataError
from gateway.tomlfile import line_of, load


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    port: int = 0
    since: date = date(2000, 1, 1)


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    title: str
    inner: list[Inner] = []
    one: Inner | None = None


def read(tmp_path: Path, text: str) -> Outer:
    path = tmp_path / "a.toml"
    path.write_text(text, "utf-8")
    return load(path, Outer)


def test_a_good_file_becomes_typed_records(tmp_path: Path) -> None:
    found = read(tmp_path, 'title = "Å"\n[[inner]]\nname = "a"\nport = 1\nsince = 2024-02-29\n[one]\nname = "b"\n')
    assert found == Outer("Å", [Inner("a", 1, date(2024, 2, 29))], Inner("b"))


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("title = \n", 1, "not valid TOML"),
        ('title = "a"\ntitle = "b"\n', 2, "not valid TOML"),
        ('\n\ntitle = "a\n', 3, "not valid TOML"),
        ('title = "a"\nmore = 1\n', 2, "unknown field `more`"),
        ("title = 1\n", 1, "Expected `str`, got `int`"),
        ("[one]\nname = 'b'\n", 0, "missing required field `title`"),
        ("title = 'a'\n\n[one]\nport = 1\n", 3, "missing required field `name`"),
        ("title = 'a'\n[[inner]]\nname = 'a'\n\n[[inner]]\nname = 'b'\nport = 'x'\n", 7, "Expected `int`, got `str`"),
        ("title = 'a'\n[[inner]]\nname = 'a'\n# [[inner]]\n[[inner]]\nport = 1\n", 5, "missing required field `name`"),
        ("title = 'a'\n[[inner]]\nname = 'a'\nextra = 1\n", 4, "unknown field `extra`"),
        ("title = 'a'\n[[inner]]\nname = 'a'\nsince = 'i går'\n", 4, "Invalid RFC3339"),
        ("inner = 1\ntitle = 'a'\n", 1, "Expected `array`, got `int`"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, text)
    error = caught.value
    assert (error.path, error.line) == (tmp_path / "a.toml", line)
    assert told in error.problem
    assert str(error).startswith(f"{error.path}:{line}: " if line else f"{error.path}: ")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read as UTF-8 text"):
        load(tmp_path / "b.toml", Outer)


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_bytes('title = "Å"'.encode("iso-8859-1"))
    with pytest.raises(DataError, match="cannot be read as UTF-8 text"):
        load(path, Outer)


@pytest.mark.parametrize("message", ["", "no place named", "odd - at `$.nowhere`", "odd - at `$`"])
def test_an_unknown_place_is_line_0(message: str) -> None:
    assert line_of('title = "a"\n', message) == 0
