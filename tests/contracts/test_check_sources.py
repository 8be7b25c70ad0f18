"""Which messages a run looks at, and that several processes say the same as one."""

import os
from pathlib import Path

import pytest
from check_samples import ANSWER, NOW, QUESTION, checker, written
from gateway_samples import ROOT

from gateway.contracts.messages import large, sources
from gateway.contracts.messages.checker import Options
from gateway.contracts.messages.library import Library


def names(found: object, folder: Path) -> list[str]:
    return [str(Path(each.name).relative_to(folder)) for each in found]  # type: ignore[attr-defined]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.xml", "a.xml", "under/c.xml", "under/d.txt"):
        written(tmp_path, name, ANSWER)
    return tmp_path


def test_files_folders_and_patterns(folder: Path) -> None:
    assert names(sources.named([str(folder)]), folder) == ["a.xml", "b.xml", "under/c.xml"]
    assert names(sources.named([str(folder / "*.xml")]), folder) == ["a.xml", "b.xml"]
    assert names(sources.named([str(folder / "**" / "*.*")]), folder) == [
        "a.xml",
        "b.xml",
        "under/c.xml",
        "under/d.txt",
    ]
    assert names(sources.named([str(folder / "under" / "d.txt")]), folder) == ["under/d.txt"]


@pytest.mark.parametrize("path", ["none.xml", "*.json", "empty"])
def test_a_path_that_leads_nowhere(folder: Path, path: str) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(sources.NoMessages, match=r"none|json|empty"):
        list(sources.named([str(folder / path)]))


@pytest.mark.parametrize(
    ("answer", "request_name"), [("x_response.xml", "x_request.xml"), ("x.xml", "x_request.xml"), ("y.xml", "")]
)
def test_the_request_beside_a_response(tmp_path: Path, answer: str, request_name: str) -> None:
    written(tmp_path, "x_request.xml", QUESTION)
    path = written(tmp_path, answer, ANSWER)
    (found,) = sources.named([str(path)])
    assert os.path.basename(found.request) == request_name
    (question,) = sources.named([str(tmp_path / "x_request.xml")])
    assert question.request == ""
    (given,) = sources.named([str(path)], "other.xml")
    assert given.request == "other.xml"


def test_the_request_beside_it_counts(tmp_path: Path) -> None:
    written(tmp_path, "x_request.xml", QUESTION.replace("191212121212", "188803099368"))
    path = written(tmp_path, "x_response.xml", ANSWER)
    (message,) = sources.named([str(path)])
    assert {each.rule for each in sources.check_one(checker(), message).findings} == {"RIVTA-SEM-015"}


@pytest.mark.parametrize("size", [65_535, 65_536, 200_000])
def test_a_file_is_read_whole_whatever_its_size(tmp_path: Path, size: int) -> None:
    text = ANSWER + " " * (size - len(ANSWER.encode()))
    path = written(tmp_path, "m.xml", text.replace("20240501</", "20240231</"))
    assert path.stat().st_size == size
    found = sources.check_one(checker(), sources.Message(str(path), str(path))).findings
    assert [each.rule for each in found] == 2 * ["RIVTA-SEM-005"]


def test_large_files_are_read_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE", 70_000)
    path = written(tmp_path, "m.xml", ANSWER.replace("20240501</", "20240231</") + " " * 80_000)
    found = sources.check_one(checker(), sources.Message(str(path), str(path))).findings
    assert [(each.rule, each.column) for each in found] == 2 * [("RIVTA-SEM-005", 0)]


def test_more_than_allowed_from_a_stream_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(large, "LARGE", 70_000)
    path = written(tmp_path, "m.xml", ANSWER + " " * 200_000)
    with path.open("rb") as file:
        (found,) = sources._stream(checker(max_bytes=100_000), "-", file, None).findings
    assert found.rule == "RIVTA-IN-002"


def test_several_processes_say_the_same_as_one(tmp_path: Path) -> None:
    for number in range(70):
        text = ANSWER if number % 3 else ANSWER.replace("20240501</", "20240231</")
        written(tmp_path, f"m{number:02}.xml", text)
    options = Options(now=NOW)
    one, two = (list(sources.check_all(ROOT, options, sources.named([str(tmp_path)]), jobs)) for jobs in (1, 2))
    assert one == two
    assert len(one) == 70
    assert sum(bool(each.findings) for each in one) == 24


def test_contracts_are_loaded_when_they_are_needed() -> None:
    library = Library(ROOT)
    assert library._loaded == {}
    found = library.find("getfixedcontacts 1.0")
    assert found is not None
    assert list(library._loaded) == [found.descriptor.responder]
    assert library.by_tag(found.request_tag) is library.by_tag(found.response_tag) is found
    assert library.by_tag(found.request_tag + "x") is None
    assert library.by_tag("{urn:nobody}x") is None
    assert library.find("nothing") is None
    assert len(library.names()) == len(list((ROOT / "contracts").glob("*.toml")))


@pytest.mark.parametrize(
    ("tag", "nearest"),
    [
        ("{urn:riv:clinicalprocess:logistics:logistics:GetCarePlansResponder:3}GetCarePlans", "GetCarePlans 2.0"),
        ("{urn:x}GetFixedContactResponse", "GetFixedContacts 1.0"),
        ("{urn:x}zzz", ""),
    ],
)
def test_the_nearest_contract(tag: str, nearest: str) -> None:
    assert Library(ROOT).nearest(tag) == nearest
