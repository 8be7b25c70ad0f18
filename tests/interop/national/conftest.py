"""The rows of the national router's specification, replayed against running gateways; how many hold is told last."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
sys.path.append(str(_HERE.parents[1] / "texts"))  # vp_codes: the national fault texts

from national_rows import HOLDS, ROWS, Row, told  # noqa: E402
from national_site import Gateway, Site, running  # noqa: E402

DIFFERENCES = _HERE.parents[2] / "docs" / "differences.md"
REPORT = "NATIONAL_ROWS_JSON"  # the environment variable that names a file for the results


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "row(row): a row of the national router's specification")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test here is a row, with the row's id in its name; what we do better is told in the docs."""
    told = {line.split("|")[1].strip() for line in DIFFERENCES.read_text("utf-8").splitlines() if line.startswith("|")}
    for item in items:
        if item.path.parent != _HERE:
            continue
        item.add_marker(pytest.mark.sockets)
        row = _row(item)
        name = item.name.replace("_", "-")
        if row is None or row.id not in name:
            raise pytest.UsageError(f"{item.nodeid}: its name has no row's id")
        if row.better and row.better not in told:
            raise pytest.UsageError(f"{item.nodeid}: {DIFFERENCES.name} has no row {row.better!r}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    row = _row(item)
    if row is not None and (report.when == "call" or not report.passed):
        ROWS.setdefault(row, []).append("skipped" if report.skipped else HOLDS if report.passed else "fails")
    return report


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    if not ROWS:
        return
    lines, figures = told()
    terminalreporter.section("the national router's specification, row by row")
    for line in lines:
        terminalreporter.write_line(line)
    if path := os.environ.get(REPORT):
        Path(path).write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _row(item: pytest.Item) -> Row | None:
    mark = item.get_closest_marker("row")
    return mark.args[0] if mark else None


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Three gateways and the producers behind them."""
    with running(tmp_path_factory.mktemp("national")) as found:
        yield found


@pytest.fixture
def national(site: Site) -> Gateway:
    """The gateway in national mode."""
    return site.gateways["national"]
