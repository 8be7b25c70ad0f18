"""The pilot tells the engagement index as the stubs do, and answers from an edited record file."""

import shutil
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from test_kronoberg_process import post
from told_index import Index, index

from gateway import data
from gateway.producers.kronoberg.server import main
from gateway.producers.kronoberg.service import LOGICAL_ADDRESS

pytestmark = pytest.mark.sockets
Start = Callable[..., AbstractContextManager[Any]]
BEFORE, AFTER, STAYS = "195011039871", "191212121212", "196805039838"
FILE = "fixtures/records/07-kronoberg/GetDocumentedAgreements_1.0.xml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The project's data, with the region's records to be edited."""
    for name in ("contracts", "xsd", "wsdl", "routing"):
        (tmp_path / name).symlink_to(data.root() / name)
    shutil.copytree((data.root() / FILE).parent, (tmp_path / FILE).parent)
    return tmp_path


def hears(there: Index, calls: int) -> None:
    end = time.monotonic() + 20
    while len(there.told) < calls:
        assert time.monotonic() < end, there.told
        time.sleep(0.05)


def persons(url: str, case: Any, person: str) -> bool:
    """Whether the pilot has anything about a person."""
    status, body = post(url + case.path, case.question(person=person))
    assert status == 200
    return person.encode() in body


def test_an_edited_file_is_told_and_answered(cases: Any, start: Start, root: Path) -> None:
    case, path = cases["GetDocumentedAgreements"], root / FILE
    with index() as there, start("--data-root", str(root), "--announce", there.url) as running:
        assert (persons(running.url, case, BEFORE), persons(running.url, case, AFTER)) == (True, False)
        path.write_text(path.read_text("utf-8").replace(BEFORE, AFTER), "utf-8")
        hears(there, 1)
        assert sorted(there.told[0]) == [("false", AFTER), ("true", BEFORE)]
        assert there.sources == {LOGICAL_ADDRESS}
        assert there.headers[0]["x-vp-sender-id"] == "SE0000000001-RIVTAKALLA"
        assert (persons(running.url, case, BEFORE), persons(running.url, case, AFTER)) == (False, True)


def test_a_broken_file_changes_nothing_and_all_is_told_at_the_start_when_wanted(
    cases: Any, start: Start, root: Path
) -> None:
    case, path = cases["GetDocumentedAgreements"], root / FILE
    with index() as there, start("--data-root", str(root), "--announce", there.url, "--announce-all") as running:
        hears(there, 1)
        assert len(there.told[0]) > 40
        assert {removed for removed, _ in there.told[0]} == {"false"}
        path.write_text("<trasig", "utf-8")
        time.sleep(2.5)
        assert persons(running.url, case, STAYS)
        assert len(there.told) == 1


def test_everything_needs_somebody_to_tell(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--announce-all"])
    assert stopped.value.code == 2
    assert "--announce URL" in capsys.readouterr().err
