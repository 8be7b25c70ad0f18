"""The bench of the check with tiny numbers; nothing here depends on how fast the machine is."""

from pathlib import Path

import pytest
from lxml import etree

from . import checks


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_everything_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "ROUNDS", 1)
    found = checks.measure(tmp_path, messages=40, large_bytes=100_000)
    assert 1_900 < found.size < 2_200
    assert min(found.rivta, found.one, found.two, found.large_mb, found.first) > 0
    assert len(checks.targets(found)) == 4


def test_messages_are_good_by_the_schema_given_to_xmllint(tmp_path: Path) -> None:
    schema = etree.XMLSchema(etree.parse(checks.write_schema(tmp_path / "e.xsd")))
    for path in [*checks.write_messages(tmp_path / "m", 3), str(checks.write_large(tmp_path / "l.xml", 30_000))]:
        assert schema.validate(etree.parse(path)), schema.error_log


def test_a_missed_target_is_told() -> None:
    found = checks.Figures(2_000, 20_000, 9_000, 5_000, 4_000, 201, 9, 0.5)
    assert [met for _, met in checks.targets(found)] == [False, False, False, False]
    assert all(met for _, met in checks.targets(checks.Figures(2_000, 20_000, 10_000, 5_000, 6_000, 200, 9, 0.3)))
