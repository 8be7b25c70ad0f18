"""``gateway.registry.tak.national``: a national catalogue as the source, and the copy when it is away."""

from collections.abc import Callable
from pathlib import Path

import pytest
from gateway_samples import ROOT, contracts
from tak_samples import ARE, FOLLOW_UP, content, flat

from gateway.errors import DataError
from gateway.registry.catalogue import Catalogue, load_catalogue
from gateway.registry.formats import cache, vagval
from gateway.registry.formats.content import Content
from gateway.registry.formats.flat import Flat
from gateway.registry.source import Source
from gateway.registry.tak.national import NationalCatalogue
from gateway.settings import Settings

URL = "http://tak.test/tak-services/SokVagvalsInfo/v2"


def answered(question: bytes, of: Content | None = None) -> bytes:
    """What a national catalogue answers."""
    operation = next(each for each in vagval.OPERATIONS[vagval.V2] if f":{each} ".encode() in question)
    body = vagval.answer(operation, content() if of is None else of)
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body></s:Envelope>'.encode()
    )


def down(_: bytes) -> bytes:
    raise DataError(Path(URL), 0, "Cannot connect")


def catalogue(tmp_path: Path, fetch: Callable[[bytes], bytes] = answered) -> NationalCatalogue:
    return NationalCatalogue(Settings(catalogue_url=URL, catalogue_file=str(tmp_path / "kopia.xml")), fetch)


def test_what_is_fetched_is_saved(tmp_path: Path) -> None:
    one = catalogue(tmp_path)
    found = one.fetch()
    assert (found.status, found.problem, found.copy_problem) == ("REFRESH_OK", "", "")
    assert {row.receiver for row in found.flat.routes} == {row.receiver for row in flat().routes}
    saved = cache.read(one.path, one.path.read_bytes())
    assert (saved.routes, saved.permissions) == (found.flat.routes, found.flat.permissions)
    assert list(tmp_path.iterdir()) == [one.path]
    assert one.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("fetch", "text"),
    [
        (down, "Cannot connect"),
        (
            lambda question: answered(question, Content()),
            f"the answer to {vagval.ROUTES} is empty; a catalogue always has something",
        ),
        (lambda _: b"<html>nej</html>", "the root element is html"),
        (lambda question: answered(question)[:-30], "not readable XML"),
    ],
)
def test_a_fetch_that_fails_leaves_the_copy_alone(tmp_path: Path, fetch: Callable[[bytes], bytes], text: str) -> None:
    catalogue(tmp_path).fetch()
    with pytest.raises(DataError, match=text):
        catalogue(tmp_path, fetch).fetch()
    found = catalogue(tmp_path, fetch).start()
    assert found.status == "RESTORED_FROM_LOCAL_CACHE"
    assert text in found.problem
    assert len(found.flat.routes) == 3


def test_permissions_alone_may_fail(tmp_path: Path) -> None:
    def half(question: bytes) -> bytes:
        return answered(question, Content() if vagval.PERMISSIONS.encode() in question else None)

    with pytest.raises(DataError, match=f"the answer to {vagval.PERMISSIONS} is empty"):
        catalogue(tmp_path, half).fetch()
    assert not (tmp_path / "kopia.xml").exists()


def test_a_start_without_a_catalogue_and_without_a_copy(tmp_path: Path) -> None:
    found = catalogue(tmp_path, down).start()
    assert (found.status, found.flat) == ("REFRESH_FAILED", Flat())
    assert "cannot be read" in found.copy_problem
    (tmp_path / "kopia.xml").write_text("trasig", "utf-8")
    assert "not readable XML" in catalogue(tmp_path, down).start().copy_problem


def test_a_copy_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "fil").write_text("", "utf-8")
    one = NationalCatalogue(Settings(catalogue_url=URL, catalogue_file=str(tmp_path / "fil" / "kopia.xml")), answered)
    found = one.fetch()
    assert found.status == "REFRESH_OK"
    assert found.copy_problem


def start() -> Catalogue:
    return load_catalogue(ROOT, contracts())


class Switch:
    """A catalogue that can go away."""

    def __init__(self) -> None:
        self.there = True

    def __call__(self, question: bytes) -> bytes:
        return answered(question) if self.there else down(question)


def test_the_source_takes_it_in_place_of_files_and_database(tmp_path: Path) -> None:
    source = Source(
        Settings(catalogue_url=URL, catalogue_file=str(tmp_path / "k.xml")), ROOT, contracts(), (switch := Switch())
    )
    found = source.read(start())
    assert (found.origin, len(list(found.routes)), found.files) == (URL, 3, False)
    (route,) = (row for row in source.read().routes if row.receiver == ARE)
    assert (route.contract, route.profile, route.source) == (FOLLOW_UP, "rivtabp21", URL)
    assert len(source.publication().content.permission) == 3
    switch.there = False
    with pytest.raises(DataError, match="Cannot connect"):
        source.read()
    found = source.read(start())
    assert found.origin == f"the local copy, {tmp_path / 'k.xml'}"


def test_a_source_that_never_had_anything_looks_for_the_copy_again(tmp_path: Path) -> None:
    """National client library: without anything in use a refresh falls back on the copy, too."""
    path = tmp_path / "k.xml"
    source = Source(Settings(catalogue_url=URL, catalogue_file=str(path)), ROOT, contracts(), down)
    found = source.read(start())
    assert (found.origin, list(found.routes)) == ("nowhere", [])
    with pytest.raises(DataError, match="Cannot connect"):
        source.read()
    path.write_bytes(cache.write(content()))
    found = source.read()
    assert found.refresh is not None
    assert found.refresh.status == "RESTORED_FROM_LOCAL_CACHE"
