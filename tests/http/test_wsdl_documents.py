"""``gateway.http.documents``: which files belong to a service, and where addresses are put into them."""

import os
from pathlib import Path

import pytest
from gateway_samples import ROOT
from lxml import etree
from wsdl_folder import DOMAIN, FILES, SCHEMAS, TNS, WSDL, addresses, links, make

from gateway.errors import DataError
from gateway.http.documents import Document, Library
from gateway.soap import ns

HERE = "http://platta.example/vp/x"


def text(document: Document) -> bytes:
    return HERE.encode().join(document.parts)


def test_every_contract_of_the_project_has_a_service() -> None:
    library = Library(ROOT, national=False)
    paths = sorted(service.path for service in library.services.values())
    assert len(paths) == len(list((ROOT / "wsdl").glob("*.wsdl"))) >= 12
    assert "clinicalprocess/logistics/logistics/GetCarePlans/2/rivtabp21" in paths
    assert "infrastructure/itintegration/registry/GetSupportedServiceContracts/2/rivtabp21" in paths
    assert {"getcareplans/2/rivtabp21", "getsupportedservicecontracts/1/rivtabp21"} < set(library.short)
    assert len(library.short) == len(paths)


def test_only_addresses_change_in_the_files_of_the_project() -> None:
    """Comments, documentation and order stay; canonical XML is compared, with the changed attributes left out."""

    def bare(data: bytes) -> bytes:
        root = etree.fromstring(data)
        for element in root.iter("*"):
            for name in ("schemaLocation", "location"):
                if element.get(name):
                    element.set(name, "")
        return etree.tostring(root, method="c14n2")

    for service in Library(ROOT, national=False).services.values():
        for key in {document.key for document in service.documents.values()}:
            assert bare(text(service.documents[key])) == bare((ROOT / key).read_bytes())


def test_links_of_every_kind_at_any_depth_are_followed(tmp_path: Path) -> None:
    """xs:import, xs:include, xs:redefine and wsdl:import, through documents that are reached by another link only."""
    (service,) = Library(make(tmp_path), national=False).services.values()
    assert service.path == f"{DOMAIN}/GetTing/1/rivtabp21"
    keys = {document.key for document in service.documents.values()}
    assert keys == {"wsdl/GetTing_1.0_RIVTABP21.wsdl", "wsdl/delad.wsdl", *SCHEMAS}


def test_locations_lead_here_by_a_key_that_is_unambiguous(tmp_path: Path) -> None:
    (service,) = Library(make(tmp_path), national=False).services.values()
    assert links(text(service.wsdl)) == [
        f"{HERE}?wsdl=wsdl/delad.wsdl",
        f"{HERE}?xsd=xsd/interactions/ting.xsd",
        "http://www.w3.org/2001/xml.xsd",
    ]
    assert links(text(service.documents["wsdl/delad.wsdl"])) == [f"{HERE}?xsd=xsd/core/endast%20h%C3%A4r.xsd"]
    part = service.documents["xsd/interactions/delar/del.xsd"]
    assert links(text(part)) == [f"{HERE}?xsd=xsd/core/karna.xsd"]
    assert links(text(service.documents["xsd/core/karna.xsd"])) == [f"{HERE}?xsd=xsd/core/djupt.xsd"]


def test_national_locations_are_as_written(tmp_path: Path) -> None:
    """National VP, F12: ``?xsd=../../core_components/itintegration_registry_1.0.xsd``."""
    (service,) = Library(make(tmp_path), national=True).services.values()
    assert links(text(service.wsdl))[1] == f"{HERE}?xsd=../xsd/interactions/ting.xsd"
    ting = service.documents["../xsd/interactions/ting.xsd"]
    assert links(text(ting)) == [f"{HERE}?xsd=../core/karna.xsd", f"{HERE}?xsd=./delar/del.xsd"]
    assert service.documents["../core/karna.xsd"].key == "xsd/core/karna.xsd"
    assert service.documents["djupt.xsd"].key == "xsd/core/djupt.xsd"


def test_addresses_of_both_soap_versions_lead_here(tmp_path: Path) -> None:
    (service,) = Library(make(tmp_path), national=False).services.values()
    assert addresses(text(service.wsdl)) == [HERE, HERE]


@pytest.mark.parametrize(
    ("before", "encoding"),
    [(b"\xef\xbb\xbf", "utf-8"), (b"\r\n\n  ", "utf-8"), (b"", "utf-16"), (b"", "iso-8859-1")],
    ids=["byte order mark", "white space", "UTF-16", "Latin-1"],
)
def test_files_of_any_encoding_are_served_as_utf_8(tmp_path: Path, before: bytes, encoding: str) -> None:
    """National VP: bytes before ``<?xml``, up to nine, are removed; the answer is UTF-8."""
    wsdl = FILES["wsdl/GetTing_1.0_RIVTABP21.wsdl"]
    data = before + f'<?xml version="1.0" encoding="{encoding}"?>\n{wsdl}'.encode(encoding)
    (service,) = Library(
        make(tmp_path, wsdl__GetTing_1_dot_0_RIVTABP21_dot_wsdl=data), national=False
    ).services.values()
    served = text(service.wsdl)
    assert served.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert "Så här ser den ut" in served.decode("utf-8")


def test_of_two_minor_versions_the_newer_is_served(tmp_path: Path) -> None:
    """They have the same address (RIV-TA Basic Profile 2.1 #19); 1.10 is newer than 1.9."""
    older = WSDL.format(tns=TNS, name="GetTing", imports="<!-- 1.9 -->")
    newer = WSDL.format(tns=TNS, name="GetTing", imports="<!-- 1.10 -->")
    folder = make(
        tmp_path,
        wsdl__GetTing_1_dot_9_RIVTABP21_dot_wsdl=older,
        wsdl__GetTing_1_dot_10_RIVTABP21_dot_wsdl=newer,
    )
    (service,) = Library(folder, national=False).services.values()
    assert b"<!-- 1.10 -->" in text(service.wsdl)


def test_one_name_in_two_domains_has_no_short_path(tmp_path: Path) -> None:
    other = WSDL.format(tns="urn:riv:annan", name="GetTing", imports="")
    library = Library(make(tmp_path, wsdl__annan_dot_wsdl=other), national=False)
    assert sorted(library.services) == ["annan/getting/1/rivtabp21", f"{DOMAIN}/getting/1/rivtabp21"]
    assert library.short == {}


def test_wsdl_files_in_folders_are_found(tmp_path: Path) -> None:
    moved = WSDL.format(tns=TNS, name="GetAnnat", imports="").replace("../xsd", "../../xsd")
    library = Library(make(tmp_path, wsdl__under__annat_dot_wsdl=moved), national=False)
    assert f"{DOMAIN}/getannat/1/rivtabp21" in library.services


@pytest.mark.parametrize(
    "location", ["../hemligt.xsd", "../xsd/../hemligt.xsd", "../xsd/%2e%2e/hemligt.xsd", "/etc/passwd"]
)
def test_a_file_outside_stops_the_start(tmp_path: Path, location: str) -> None:
    wsdl = FILES["wsdl/GetTing_1.0_RIVTABP21.wsdl"].replace("../xsd/interactions/ting.xsd", location)
    with pytest.raises(DataError, match="leads to no file in wsdl/ or xsd/") as caught:
        Library(make(tmp_path, wsdl__GetTing_1_dot_0_RIVTABP21_dot_wsdl=wsdl), national=False)
    assert (caught.value.path.name, caught.value.line) == ("GetTing_1.0_RIVTABP21.wsdl", 7)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_symbolic_link_that_leads_outside_stops_the_start(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / "xsd" / "interactions" / "ting.xsd").unlink()
    (folder / "xsd" / "interactions" / "ting.xsd").symlink_to(folder / "hemligt.xsd")
    with pytest.raises(DataError, match="leads to no file"):
        Library(folder, national=False)


def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    folder = make(tmp_path)
    (folder / "xsd" / "core" / "djupt.xsd").unlink()
    with pytest.raises(DataError, match=r"schemaLocation djupt.xsd leads to no file") as caught:
        Library(folder, national=False)
    assert caught.value.path.name == "karna.xsd"


@pytest.mark.parametrize("name", ["wsdl__trasig_dot_wsdl", "xsd__core__djupt_dot_xsd"])
def test_a_broken_file_stops_the_start_with_its_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match="expected well-formed XML") as caught:
        Library(make(tmp_path, **{name: "<a>\n<b></a>"}), national=False)
    assert caught.value.line == 2


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    secret = (tmp_path / "hemligt.txt").as_uri()
    (tmp_path / "hemligt.txt").write_text("HEMLIGT")
    wsdl = FILES["wsdl/GetTing_1.0_RIVTABP21.wsdl"]
    data = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret}">]>' + wsdl.replace("<wsdl:types>", "&e;<wsdl:types>")
    (service,) = Library(
        make(tmp_path, wsdl__GetTing_1_dot_0_RIVTABP21_dot_wsdl=data), national=False
    ).services.values()
    assert b"HEMLIGT" not in text(service.wsdl)


def test_a_wsdl_of_no_interaction_has_no_path(tmp_path: Path) -> None:
    data = f'<definitions xmlns="{ns.WSDL}" targetNamespace="urn:delad:typer"/>'
    library = Library(make(tmp_path, wsdl__typer_dot_wsdl=data), national=False)
    assert len(library.services) == 1
