"""``gateway.registry.apart``: the same rows and the same mistakes, read by a process of its own."""

import gc
import io
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gateway_samples import ROOT, contracts
from routing_folder import routing

from gateway.errors import DataError
from gateway.registry import apart
from gateway.registry.apart import is_large, load_apart
from gateway.registry.catalogue import load_catalogue
from gateway.registry.source import Source
from gateway.settings import Settings

MANY = 50_000
ROUTE = (
    '\n[[route]]\nlogical_addresses = {}\ncontracts = ["urn:riv:x:GetXResponder:1"]\naddress = "http://127.0.0.1:9/å"\n'
)
PERMISSION = '\n[[permission]]\nconsumers = ["SE-1177"]\ncontracts = ["GetCarePlans"]\nlogical_addresses = {}\n'


def large(folder: Path) -> Path:
    addresses = str([f"SE-{number:06d}" for number in range(MANY)]).replace("'", '"')
    return routing(folder, routes=ROUTE.format(addresses), permissions=PERMISSION.format(addresses))


@pytest.mark.parametrize("offset", [0, 1000])
def test_the_projects_own_catalogue(offset: int) -> None:
    expected = load_catalogue(ROOT, contracts(), port_offset=offset)
    routes, permissions = load_apart(ROOT, contracts(), port_offset=offset)
    assert tuple(routes) == expected.routes
    assert tuple(permissions) == expected.permissions
    assert (len(routes), len(permissions)) == (len(expected.routes), len(expected.permissions))


def test_a_large_catalogue(tmp_path: Path) -> None:
    expected = load_catalogue(large(tmp_path), contracts())
    routes, permissions = load_apart(tmp_path, contracts())
    assert tuple(routes) == expected.routes
    assert tuple(permissions) == expected.permissions
    assert tuple(permissions) == expected.permissions  # a second time


def test_rows_wait_packed(tmp_path: Path) -> None:
    """The garbage collector would look through a list of a million, and letting go of it would take long."""
    routes, permissions = load_apart(large(tmp_path), contracts())
    pieces = [*routes._pieces, *permissions._pieces]
    assert max(map(len, pieces)) < 100_000
    assert not any(gc.is_tracked(piece) for piece in pieces)
    rows = tuple(routes)
    shared = {id(each.contract) for each in rows}, {id(each.address) for each in rows}
    assert len(shared[0]) < 20
    assert len(shared[1]) < MANY / 100


def test_a_mistake_is_told_with_file_and_line(tmp_path: Path) -> None:
    routing(tmp_path, routes='\n[[route]]\nlogical_addresses = ["A"]\ncontracts = ["Ingen"]\naddress = "http://a/å"\n')
    with pytest.raises(DataError) as here:
        load_catalogue(tmp_path, contracts())
    with pytest.raises(DataError) as there:
        load_apart(tmp_path, contracts())
    assert (there.value.path, there.value.line, there.value.problem) == (
        here.value.path,
        here.value.line,
        here.value.problem,
    )
    assert there.value.line


def test_a_process_that_ends_early_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\ncat >/dev/null; printf 'r\\0\\0\\0\\1\\220'; echo no memory >&2; exit 3\n", "utf-8")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    with pytest.raises(DataError, match="the process that reads it ended with status 3: no memory"):
        load_apart(tmp_path, contracts())


@pytest.mark.parametrize("before", [False, True])
def test_a_process_that_is_stopped_ends_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bool) -> None:
    """Also when it has been stopped before it has begun."""
    large(tmp_path)
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\ncat >/dev/null; exec sleep 60\n", "utf-8")
    script.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(script))
    source = Source(Settings(catalogue="files", hsa_files=("x",)), tmp_path, contracts())
    begun, has_begun = source._begun, threading.Event()

    def noted(process: "subprocess.Popen[bytes]") -> None:
        if before:
            source.stop()
        begun(process)
        has_begun.set()

    monkeypatch.setattr(source, "_begun", noted)
    with ThreadPoolExecutor(1) as threads:
        reading = threads.submit(source.read)
        assert has_begun.wait(20)
        source.stop()
        with pytest.raises(DataError, match="ended with status -9"):
            reading.result(20)


def test_a_piece_that_was_cut_is_no_piece() -> None:
    whole = io.BytesIO()
    apart._write(whole, b"r", [])
    data = whole.getvalue()
    assert [kind for kind, _ in apart._pieces(io.BytesIO(data * 2))] == [b"r", b"r"]
    for size in range(len(data)):
        assert [kind for kind, _ in apart._pieces(io.BytesIO(data + data[:size]))] == [b"r"]


@pytest.mark.parametrize("many", [False, True])
def test_large_files_are_read_apart_when_calls_are_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    (large if many else routing)(tmp_path)
    assert is_large(tmp_path) is many
    begun: list[Path] = []

    def noted(root: Path, *given: object, **named: object) -> tuple[list[object], list[object]]:
        begun.append(root)
        return [], []

    monkeypatch.setattr("gateway.registry.source.load_apart", noted)
    settings = Settings(catalogue="files", database_url=f"sqlite:///{tmp_path}/none.sqlite3")
    source = Source(settings, tmp_path, contracts())
    source.read()
    assert bool(begun) is many
    source.read(load_catalogue(tmp_path, contracts()))
    assert bool(begun) is many
