"""All documents of a package, resolved offline."""

import pytest
from package_samples import CORE, SERVICE_PATH, SHARED_PATH, WSDL_PATH, changed, minor, package

from gateway.contracts.packageerror import PackageError
from gateway.contracts.particles import Particles
from gateway.contracts.schemaset import SchemaSet, qualified

HEAD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'


def read(files: dict[str, str], *, lenient: bool = False) -> SchemaSet:
    return SchemaSet({path: text.encode() for path, text in files.items()}, lenient=lenient)


def test_components_are_found_by_name_from_the_wsdl() -> None:
    view = read(package()).view(WSDL_PATH)
    assert view.get("element", "{urn:riv:test:loans:GetLoansResponder:1}GetLoans") is not None
    found = view.get("type", "{urn:riv:test:loans:1}HeadType")
    assert found is not None
    assert (found.path, found.node.get("name")) == (SHARED_PATH, "HeadType")
    assert view.paths[0] == WSDL_PATH
    assert view.get("type", "{urn:riv:test:loans:1}NoType") is None


def test_two_versions_of_a_namespace_do_not_mix() -> None:
    documents = read(minor() | package())
    old, new = (documents.view(path) for path in (SERVICE_PATH, SERVICE_PATH.replace("1.0", "1.1")))
    assert (old.get("element", "{urn:riv:test:loans:1.1}lent"), SHARED_PATH in old.paths) == (None, True)
    assert new.get("element", "{urn:riv:test:loans:1.1}lent") is not None
    assert SHARED_PATH not in new.paths


def test_the_closure_follows_every_link() -> None:
    paths = {each.path for each in read(package()).closure(WSDL_PATH)}
    assert paths == set(package())


def test_lost_links_are_told_with_line_and_reason() -> None:
    documents = read(changed(SERVICE_PATH, "../../core_components/test_loans_1.0.xsd", "http://example.org/x.xsd"))
    ((document, link),) = documents.lost()
    assert (document.path, link.line, link.problem, link.written) == (
        SERVICE_PATH, 4, "network", "http://example.org/x.xsd",
    )  # fmt: skip


def test_a_chameleon_belongs_to_each_that_includes_it() -> None:
    files = {
        "a.xsd": f'{HEAD} targetNamespace="urn:a"><xs:include schemaLocation="c.xsd"/>'
        '<xs:import namespace="urn:b" schemaLocation="b.xsd"/></xs:schema>',
        "b.xsd": f'{HEAD} targetNamespace="urn:b"><xs:include schemaLocation="c.xsd"/></xs:schema>',
        "c.xsd": f'{HEAD} elementFormDefault="qualified"><xs:complexType name="C"><xs:sequence>'
        '<xs:element name="d" type="D"/></xs:sequence></xs:complexType>'
        '<xs:simpleType name="D"><xs:restriction base="xs:string"/></xs:simpleType></xs:schema>',
    }
    view = read(files).view("a.xsd")
    particles = Particles(view)
    for space in ("urn:a", "urn:b"):
        found = view.get("type", f"{{{space}}}C")
        assert found is not None
        (inner,) = found.node.iter("{*}element")
        assert particles.tag(inner) == f"{{{space}}}d"
        assert qualified(inner, "D") == f"{{{space}}}D"
        assert particles.type_of(inner) is not None


def test_redefined_components_replace_what_they_redefine() -> None:
    files = {
        "a.xsd": f'{HEAD} targetNamespace="urn:a" xmlns="urn:a"><xs:redefine schemaLocation="b.xsd">'
        '<xs:simpleType name="T"><xs:restriction base="T"><xs:enumeration value="x"/></xs:restriction></xs:simpleType>'
        "</xs:redefine></xs:schema>",
        "b.xsd": f'{HEAD} targetNamespace="urn:a"><xs:simpleType name="T"><xs:restriction base="xs:string"/>'
        "</xs:simpleType></xs:schema>",
    }
    found = read(files).view("a.xsd").get("type", "{urn:a}T")
    assert found is not None
    assert found.path == "a.xsd"


def test_what_is_broken_stops_unless_it_is_gathered() -> None:
    files = package() | {f"{CORE}/x.xsd": "<xs:schema>", f"{CORE}/y.xsd": "<html/>"}
    with pytest.raises(PackageError):
        read(files)
    documents = read(files, lenient=True)
    assert [error.key for error in documents.broken.values()] == ["xml", "root"]
    assert WSDL_PATH in documents.documents
