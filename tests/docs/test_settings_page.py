"""docs/settings.md says what the settings say."""

from settings_page import PAGE, render

from gateway.configuration import national
from gateway.settings import Settings


def test_the_page_is_what_the_settings_say() -> None:
    assert PAGE.read_text("utf-8") == render(), "docs/settings.md is out of date: make docs"


def test_every_setting_and_every_national_property_has_a_row() -> None:
    rows = [line for line in render().splitlines() if line.startswith("| `")]
    first = {row.split(" | ")[0].removeprefix("| ") for row in rows}
    assert [name for name in Settings.__struct_fields__ if f"`{name}`" not in first] == []
    assert [each.name for each in national.properties() if not any(f"`{each.name}`" in row for row in rows)] == []


def test_tables_are_whole() -> None:
    """A bar in a value would be another column."""
    for row in render().splitlines():
        if row.startswith("|"):
            assert row.replace("\\|", "").count("|") in (5, 6), row
