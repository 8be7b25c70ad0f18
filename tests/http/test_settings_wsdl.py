"""``wsdl_directory`` and ``wsdl_json_file``: more WSDL files, and other addresses (national VP, WSDL/XSD lookup)."""

import json
from pathlib import Path
from typing import Any

import pytest
from gateway_samples import ROOT, request
from wsdl_folder import TNS, WSDL, make

from gateway.errors import DataError
from gateway.http.compose import compose
from gateway.http.documents import Library
from gateway.http.wsdl import WsdlPages
from gateway.settings import Settings

PATH, OTHER_PATH = "prov/doman/getting/1/rivtabp21", "prov/doman/getannat/1/rivtabp21"
CONTRACT = "urn:riv:prov:doman:GetTingResponder:1"
USUAL = "wsdl/GetTing_1.0_RIVTABP21.wsdl"
OTHER = WSDL.format(tns=TNS, name="GetAnnat", imports="")


def library(root: Path, *, national: bool = False, **given: str) -> Library:
    return Library(root, national=national, **given)


def more(folder: Path, name: str = "GetAnnat", title: str = "Mer") -> Path:
    """A folder as a contract's archive has it, with a WSDL file some levels down and its schema beside."""
    text = WSDL.format(tns=TNS, name=name, imports="").replace("Så här ser den ut", title)
    files = {"arkiv/interactions/X/X.wsdl": text.replace("../xsd/interactions/ting.xsd", "../../core/a.xsd")}
    files["arkiv/core/a.xsd"] = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{TNS}:1"/>'
    for name, text in files.items():
        path = folder / "mer" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "mer"


def addresses(folder: Path, *rows: dict[str, str]) -> str:
    path = folder / "wsdlconfig.json"
    path.write_text(json.dumps(rows), "utf-8")
    return str(path)


def row(**changes: str) -> dict[str, str]:
    return {"tjanstekontrakt": CONTRACT, "wsdlfilepath": USUAL, "wsdlurl": "vp/Egen/Adress", **changes}


@pytest.mark.parametrize("national", [False, True])
def test_a_folder_with_more(tmp_path: Path, national: bool) -> None:
    """wsdlfiles.directory is looked through at any depth; what the files import is served too."""
    found = library(make(tmp_path), national=national, directory=str(more(tmp_path)))
    assert set(found.services) == {PATH, OTHER_PATH}
    service = found.services[OTHER_PATH]
    assert {"more/arkiv/interactions/X/X.wsdl", "more/arkiv/core/a.xsd", "../../core/a.xsd"} <= set(service.documents)
    assert set(library(tmp_path, national=national).services) == {PATH}


def test_a_folder_with_more_counts_first(tmp_path: Path) -> None:
    found = library(make(tmp_path), directory=str(more(tmp_path, "GetTing", "Den andra")))
    assert b"Den andra" in b"".join(found.services[PATH].wsdl.parts)


def test_files_outside_the_folder_are_not_served(tmp_path: Path) -> None:
    folder = more(make(tmp_path))
    (folder / "arkiv/core/a.xsd").unlink()
    with pytest.raises(DataError, match=r"schemaLocation \.\./\.\./core/a.xsd leads to no file"):
        library(tmp_path, directory=str(folder))


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"ingenstans: no such folder \(the setting wsdl_directory\)"):
        library(make(tmp_path), directory=str(tmp_path / "ingenstans"))


@pytest.mark.parametrize("contract", [CONTRACT, CONTRACT.upper()])
@pytest.mark.parametrize("url", ["vp/Egen/Adress", "VP/egen/ADRESS"])
def test_other_addresses(tmp_path: Path, contract: str, url: str) -> None:
    """wsdl.json.file: a contract that it names has that address and no other; case does not matter."""
    file = addresses(make(tmp_path), row(tjanstekontrakt=contract, wsdlurl=url))
    found = library(tmp_path, addresses_file=file)
    assert set(found.services) == {"egen/adress"}
    assert found.services["egen/adress"].wsdl.key == USUAL


def test_addresses_of_files_in_the_folder_with_more(tmp_path: Path) -> None:
    folder = more(make(tmp_path))
    path = "file:mer/arkiv/interactions/X/X.wsdl"
    changes = {"tjanstekontrakt": "urn:riv:prov:doman:GetAnnatResponder:1", "wsdlfilepath": path}
    found = library(tmp_path, directory=str(folder), addresses_file=addresses(tmp_path, row(**changes)))
    assert set(found.services) == {PATH, "egen/adress"}


def test_two_addresses_of_one_contract(tmp_path: Path) -> None:
    file = addresses(make(tmp_path), row(), row(wsdlurl="vp/En/Annan"))
    assert set(library(tmp_path, addresses_file=file).services) == {"egen/adress", "en/annan"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"wsdlfilepath": "wsdl/saknas.wsdl"}, "wsdlfilepath wsdl/saknas.wsdl leads to no file"),
        ({"wsdlfilepath": "classpath:a.wsdl"}, "wsdlfilepath classpath:a.wsdl: there are no class paths here"),
        ({"wsdlfilepath": "hemligt.xsd"}, "is neither below wsdl/ nor below wsdl_directory"),
        ({"wsdlfilepath": "wsdl/delad.wsdl"}, "its targetNamespace names no interaction"),
        ({"wsdlurl": "Egen/Adress"}, "wsdlurl Egen/Adress does not begin with vp/"),
    ],
)
def test_a_row_that_cannot_be_used_stops_the_start(tmp_path: Path, changes: dict[str, str], told: str) -> None:
    file = addresses(make(tmp_path), row(**changes))
    with pytest.raises(DataError) as caught:
        library(tmp_path, addresses_file=file)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["{}", "[1]", '[{"tjanstekontrakt": "x"}]', "["])
def test_a_file_of_another_form_stops_the_start(tmp_path: Path, text: str) -> None:
    (make(tmp_path) / "a.json").write_text(text)
    with pytest.raises(DataError, match=r"a\.json: .*Expected a list of \{"):
        library(tmp_path, addresses_file=str(tmp_path / "a.json"))


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.json: cannot be read"):
        library(make(tmp_path), addresses_file=str(tmp_path / "a.json"))


@pytest.mark.parametrize(
    ("scheme", "tls_host", "here"),
    [
        ("http", "b.test", "http://a.test:8080"),
        ("https", "b.test", "https://b.test:8080"),
        ("https", "::1", "https://[::1]:8080"),
        ("https", "", "https://a.test:8080"),
    ],
)
def test_national_addresses_are_those_of_the_listener_that_was_asked(scheme: str, tls_host: str, here: str) -> None:
    settings = Settings(mode="national", host="a.test", tls_host=tls_host)
    pages = WsdlPages(library(ROOT, national=True), settings, lambda _: True)
    asked = request(b"", target=b"/vp/x?wsdl")
    asked.scheme = scheme
    answer = pages(asked)
    assert answer is not None
    assert f"\n{here}/vp/".encode() in answer.body


def test_a_gateway_has_them(tmp_path: Path) -> None:
    given: dict[str, Any] = {"log": "off", "wsdl_directory": str(more(tmp_path))}
    file = "arkiv/interactions/X/X.wsdl"
    given["wsdl_json_file"] = addresses(tmp_path / "mer", row(wsdlfilepath=file, wsdlurl="vp/x"))
    gateway = compose(Settings(**given), ROOT)
    services = gateway.server.handler._documents.library.services  # type: ignore[attr-defined]
    assert {OTHER_PATH, "x"} <= set(services)
