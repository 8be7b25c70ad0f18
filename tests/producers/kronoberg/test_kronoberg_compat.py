"""The bridge that lets spyne start on Python 3.12 and later."""

import sys

import pytest
import six

from gateway.producers.kronoberg import compat


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """sys.modules without spyne's copy of six, and thrown away afterwards."""
    without = {name: module for name, module in sys.modules.items() if not name.startswith("spyne.util.six")}
    monkeypatch.setattr(sys, "modules", without)
    return without


def test_six_stands_in_for_the_copy(modules: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 12, 0))
    compat.install()
    copy = modules["spyne.util.six"]
    assert copy.string_types == six.string_types
    assert copy.get_function_name(compat.install) == "install"
    assert modules["spyne.util.six.moves.urllib.parse"].quote("å") == "%C3%A5"
    assert modules["spyne.util.six.moves.collections_abc"].Sequence
    assert not hasattr(six, "get_function_name")
    compat.install()
    assert modules["spyne.util.six"] is copy


def test_nothing_is_done_where_the_copy_works(modules: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 9))
    compat.install()
    assert "spyne.util.six" not in modules
