"""Packages that must not be taken in: each says why, in both languages, and leaves nothing behind."""

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from package_samples import (
    CORE,
    FOLDER,
    SERVICE_PATH,
    SHARED_PATH,
    WSDL_PATH,
    changed,
    data_folder,
    folder,
    package,
    zipped,
)

from gateway.contracts import added
from gateway.contracts.packageerror import PackageError
from gateway.contracts.packages import archive, layout, store

DOCTYPE = '<!DOCTYPE xs:schema [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
OUTSIDE = '<!DOCTYPE xs:schema [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n'


@pytest.fixture
def refuse(tmp_path: Path) -> Callable[[Path], PackageError]:
    """Adds, expects a refusal and that nothing has changed below the data folder."""
    root = data_folder(tmp_path / "data")
    before = sorted(root.rglob("*"))

    def refused(path: Path) -> PackageError:
        with pytest.raises(PackageError) as caught:
            store.add(path, root, added.folder(root))
        assert sorted(root.rglob("*")) == before
        swedish, english = (caught.value.text(language) for language in ("sv", "en"))
        assert swedish != english
        assert "{" not in swedish + english or "{http" in english or "{urn" in english
        return caught.value

    return refused


Refuse = Callable[[Path], PackageError]

LINK = "../../core_components/test_loans_1.0.xsd"
SERVICE_IMPORT = f'schemaLocation="{LINK}"'


@pytest.mark.parametrize(
    ("files", "key", "says"),
    [
        (changed(SHARED_PATH, "<xs:schema", f"{DOCTYPE}<xs:schema"), "xml", "DOCTYPE"),
        (changed(SHARED_PATH, "<xs:schema", f"{OUTSIDE}<xs:schema"), "xml", "DOCTYPE"),
        (changed(WSDL_PATH, "<wsdl:definitions", f"{DOCTYPE}<wsdl:definitions"), "xml", "DOCTYPE"),
        (changed(SHARED_PATH, "</xs:schema>", ""), "xml", "test_loans_1.0.xsd"),
        (package() | {f"{CORE}/deep.xsd": "<a>" * 10_000}, "xml", "deep.xsd"),
        (package() | {f"{CORE}/html.xsd": "<html/>"}, "root", "html"),
        (changed(SERVICE_PATH, LINK, "https://example.org/a.xsd"), "network", "https://example.org/a.xsd"),
        (changed(SERVICE_PATH, LINK, "//example.org/a.xsd"), "network", "//example.org/a.xsd"),
        (changed(SERVICE_PATH, LINK, "file:///etc/passwd"), "network", "file:///etc/passwd"),
        (changed(SERVICE_PATH, LINK, "../../../../a.xsd"), "outside", "../../../../a.xsd"),
        (changed(SERVICE_PATH, LINK, "/etc/a.xsd"), "outside", "/etc/a.xsd"),
        (changed(SERVICE_PATH, LINK, "C:\\a.xsd"), "outside", "C:"),
        (changed(SERVICE_PATH, LINK, "../../core_components/no.xsd"), "missing", "no.xsd"),
        (changed(WSDL_PATH, "GetLoansResponder_1.0.xsd", "GetLoan_1.0.xsd"), "missing", "GetLoan_1.0.xsd"),
        (changed(SERVICE_PATH, SERVICE_IMPORT, ""), "schema", "IIType"),
        (changed(SERVICE_PATH, 'type="t:LoanType"', 'type="t:LoaningType"'), "schema", "LoaningType"),
        (changed(WSDL_PATH, 'element="r:GetLoansResponse"', 'element="r:GetLoan"'), "element", "}GetLoan,"),
        ({path: text for path, text in package().items() if path != WSDL_PATH}, "no_interactions", "interactions"),
        ({"docs/TKB.md": "hej"}, "no_interactions", "WSDL"),
        (changed(WSDL_PATH, "rivtabp21", "rivtabp99"), "no_interactions", "BP 2.0"),
        (package() | {f"{FOLDER}/Again_1.0_RIVTABP21.wsdl": package()[WSDL_PATH]}, "clash", "GetLoans_1.0"),
    ],
)  # fmt: skip
def test_documents_that_cannot_be_used(
    files: dict[str, str], key: str, says: str, refuse: Refuse, tmp_path: Path
) -> None:
    error = refuse(folder(tmp_path / "p", files))
    assert (error.key, says in str(error)) == (key, True), str(error)


def test_an_operation_without_an_answer(refuse: Refuse, tmp_path: Path) -> None:
    files = changed(WSDL_PATH, '<wsdl:output message="tns:GetLoansResponse"/>', "")
    assert refuse(folder(tmp_path / "p", files)).key == "message"


def test_an_error_says_file_and_line(refuse: Refuse, tmp_path: Path) -> None:
    error = refuse(folder(tmp_path / "p", changed(SERVICE_PATH, LINK, "http://example.org/a.xsd")))
    assert (error.path, error.line) == (SERVICE_PATH, 4)
    assert str(error).startswith(
        f"{SERVICE_PATH}:4: Refers to the network: http://example.org/a.xsd. Nothing was fetched."
    )


def test_includes_in_a_circle(refuse: Refuse, tmp_path: Path) -> None:
    files = package()
    head = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:riv:test:loans:1">'
    for one, other in (("a", "b"), ("b", "c"), ("c", "a")):
        files[f"{CORE}/{one}.xsd"] = f'{head}<xs:include schemaLocation="{other}.xsd"/></xs:schema>'
    error = refuse(folder(tmp_path / "p", files))
    assert error.key == "circle"
    assert all(name in str(error) for name in ("a.xsd", "b.xsd", "c.xsd"))


def test_imports_in_a_circle_are_usual(tmp_path: Path) -> None:
    files = changed(SHARED_PATH, '<xs:complexType name="IIType">',
                    '<xs:import namespace="urn:riv:test:loans:GetLoansResponder:1"'
                    ' schemaLocation="../interactions/GetLoansInteraction/GetLoansResponder_1.0.xsd"/>'
                    '<xs:complexType name="IIType">')  # fmt: skip
    root = data_folder(tmp_path / "data")
    assert store.add(folder(tmp_path / "p", files), root, added.folder(root))[0].state == "added"


def test_a_long_chain_of_includes_is_no_deep_recursion(refuse: Refuse, tmp_path: Path) -> None:
    files = package()
    head = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:riv:test:loans:1">'
    for number in range(layout.MOST_DOCUMENTS + 10):
        files[f"{CORE}/x{number}.xsd"] = f"{head}</xs:schema>"
    assert refuse(folder(tmp_path / "p", files)).key == "documents"


@pytest.mark.parametrize(
    "name",
    [
        "../evil.xsd",
        "a/../../evil.xsd",
        "/etc/evil.xsd",
        "C:/evil.xsd",
        "C:evil.xsd",
        "..\\evil.xsd",
        "\\\\host\\evil.xsd",
    ],
)
def test_a_name_that_leads_out_of_the_archive(name: str, refuse: Refuse, tmp_path: Path) -> None:
    assert refuse(zipped(tmp_path / "p.zip", package() | {name: "x"})).key == "slip"
    assert list(tmp_path.parent.glob("evil*")) == []


def test_a_link_in_an_archive(refuse: Refuse, tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", package())
    with zipfile.ZipFile(path, "a") as target:
        member = zipfile.ZipInfo("schemas/link.xsd")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        target.writestr(member, "/etc/hostname")
    assert refuse(path).key == "link"


def test_links_and_pipes_in_a_folder(refuse: Refuse, tmp_path: Path) -> None:
    path = folder(tmp_path / "p", package())
    (path / CORE / "a.xsd").symlink_to("/etc/hostname")
    assert refuse(path).key == "link"
    (path / CORE / "a.xsd").unlink()
    (path / "docs").symlink_to("/etc")
    assert refuse(path).key == "link"
    (path / "docs").unlink()
    os.mkfifo(path / "pipe")
    assert refuse(path).key == "special"


def test_the_same_name_twice(refuse: Refuse, tmp_path: Path) -> None:
    error = refuse(zipped(tmp_path / "p.zip", package() | {SHARED_PATH.upper(): "x"}))
    assert error.key == "twice"


def test_a_bomb_by_its_ratio(refuse: Refuse, tmp_path: Path) -> None:
    error = refuse(zipped(tmp_path / "p.zip", package() | {"docs/a.txt": "0" * 3_000_000}))
    assert error.key == "ratio"


def test_a_file_that_is_too_large_is_not_unpacked(refuse: Refuse, tmp_path: Path) -> None:
    """The directory promises 3 GB; nothing of it is read."""
    path = zipped(tmp_path / "p.zip", package() | {"docs/a.txt": "0"})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"docs/a.txt") - 46 + 24  # uncompressed size in the central directory
    data[at : at + 4] = struct.pack("<I", 3_000_000_000)
    path.write_bytes(data)
    assert refuse(path).key == "large"


def test_a_directory_that_lies_about_the_size(refuse: Refuse, tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", package() | {"docs/a.txt": "0" * 5000})
    data = bytearray(path.read_bytes())
    at = data.rfind(b"docs/a.txt") - 46 + 24
    data[at : at + 4] = struct.pack("<I", 10)
    path.write_bytes(data)
    assert refuse(path).key in ("lies", "no_zip")


def test_too_many_files_and_too_much_in_all(refuse: Refuse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "p.zip", package())
    monkeypatch.setattr(archive, "MOST_FILES", 3)
    assert refuse(path).key == "many"
    assert refuse(folder(tmp_path / "p", package())).key == "many"
    monkeypatch.setattr(archive, "MOST_FILES", 100)
    monkeypatch.setattr(archive, "LARGEST_TOTAL", 1000)
    assert refuse(path).key == "total"


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_what_is_no_zip(content: bytes, refuse: Refuse, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(content)
    assert refuse(path).key == "no_zip"


def test_half_a_zip_and_a_broken_member(refuse: Refuse, tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", package())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert refuse(path).key == "no_zip"
    data = bytearray(whole)
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)
    assert refuse(path).key in ("no_zip", "xml", "unreadable")


def test_a_locked_zip(refuse: Refuse, tmp_path: Path) -> None:
    path = zipped(tmp_path / "p.zip", package())
    data = bytearray(path.read_bytes())
    whole = io.BytesIO(data)
    with zipfile.ZipFile(whole) as source:
        first = source.infolist()[0].header_offset
    data[first + 6] |= 1
    data[data.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    assert refuse(path).key == "encrypted"


def test_what_is_not_there(refuse: Refuse, tmp_path: Path) -> None:
    assert refuse(tmp_path / "nowhere.zip").key == "nothing"


def test_a_shipped_contract_is_never_replaced(refuse: Refuse, tmp_path: Path) -> None:
    """The data folder of these tests ships GetThings 1.2."""
    files = {}
    for path, text in package().items():
        path, text = (each.replace("GetLoans", "GetThings") for each in (path, text))
        path, text = (each.replace("Responder_1.0", "Responder_1.2") for each in (path, text))
        files[path] = text
    assert refuse(folder(tmp_path / "p", files)).key == "shipped"


def test_nothing_stays_when_the_last_of_several_packages_is_wrong(refuse: Refuse, tmp_path: Path) -> None:
    both = {f"a/{path}": text for path, text in package().items()}
    both |= {f"b/{path}": text.replace("test:loans", "test:other") for path, text in package().items()}
    both[f"b/{SERVICE_PATH}"] = both[f"b/{SERVICE_PATH}"].replace('type="t:LoanType"', 'type="t:NoType"')
    assert refuse(zipped(tmp_path / "p.zip", both)).key == "schema"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    root = data_folder(tmp_path / "data")
    with pytest.raises(PackageError) as caught:
        store.add(folder(tmp_path / "p", package()), root, tmp_path / "file" / "below")
    assert caught.value.key == "unwritable"
