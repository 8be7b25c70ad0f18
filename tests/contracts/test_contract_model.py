"""``gateway.contracts.model``: which element may stand where, as the schema says."""

from pathlib import Path

import pytest
from contract_folder import DOMAIN, SCHEMA, make_contract

from gateway.contracts.model import Element, Model
from gateway.errors import DataError

TNS, CORE = "{urn:riv:test:things:GetThingsResponder:1}", "{urn:riv:test:things:1}"


@pytest.fixture
def model(tmp_path: Path) -> Model:
    make_contract(tmp_path)
    return Model(tmp_path / "xsd" / "GetThings.xsd")


def shown(elements: list[Element]) -> list[tuple[str, str]]:
    return [(element.tag, element.cardinality) for element in elements]


def test_the_children_in_schema_order(model: Model) -> None:
    """Wildcards are no elements of their own and are left out."""
    assert shown(model.children(model.root(f"{TNS}GetThings"))) == [
        (f"{TNS}patientId", "1..1"),
        (f"{TNS}source", "0..1"),
    ]


def test_references_and_choices(model: Model) -> None:
    thing = model.resolve(model.root(f"{TNS}GetThingsResponse"), "thing")[-1]
    assert (thing.minimum, thing.maximum, thing.cardinality) == (0, None, "0..*")
    assert shown(model.children(thing)) == [
        (f"{CORE}head", "1..1"),
        (f"{CORE}note", "0..3"),
        (f"{CORE}left", "1..1"),
        (f"{CORE}right", "1..1"),
    ]


def test_an_extension_has_its_bases_elements_first(model: Model) -> None:
    """XML Schema: the content of an extension follows the content of its base."""
    head = model.resolve(model.root(f"{TNS}GetThingsResponse"), "thing/head")[-1]
    names = [element.tag for element in model.children(head)]
    assert names[:3] == [f"{CORE}id", f"{CORE}patientId", f"{CORE}source"]


def test_an_unqualified_element_with_a_type_of_its_own(model: Model) -> None:
    local = model.resolve(model.root(f"{TNS}GetThingsResponse"), "thing/head/local")[-1]
    assert (local.tag, local.type_name) == ("local", "")
    assert [element.tag for element in model.children(local)] == [f"{CORE}inner"]


def test_a_simple_type_has_no_children(model: Model) -> None:
    assert model.children(model.resolve(model.root(f"{TNS}GetThings"), "source")[-1]) == []


def test_a_path_gives_every_step(model: Model) -> None:
    steps = model.resolve(model.root(f"{TNS}GetThings"), "patientId/extension")
    assert [step.tag for step in steps] == [f"{TNS}patientId", f"{CORE}extension"]
    assert steps[0].type_name == f"{CORE}IIType"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("patient", "the path patient fails at patient; known here: patientId, source"),
        ("patientId/ext", "the path patientId/ext fails at ext; known here: root, extension"),
        ("source/x", "known here: no children"),
        ("", "fails at ;"),
        ("/patientId", "fails at ;"),
        ("patientId/", "fails at ;"),
    ],
)
def test_a_wrong_path_tells_what_is_known(model: Model, path: str, told: str) -> None:
    with pytest.raises(DataError) as caught:
        model.resolve(model.root(f"{TNS}GetThings"), path)
    assert told in caught.value.problem
    assert caught.value.path == model.path


@pytest.mark.parametrize("tag", [f"{TNS}thing", "GetThings", "{urn:x}GetThings"])
def test_only_global_elements_are_roots(model: Model, tag: str) -> None:
    with pytest.raises(DataError, match="expected a global element"):
        model.root(tag)


def test_schemas_that_import_each_other_end(tmp_path: Path) -> None:
    back = DOMAIN.replace(
        ' <xs:complexType name="IIType">',
        ' <xs:import namespace="urn:riv:test:things:GetThingsResponder:1" schemaLocation="GetThings.xsd"/>\n'
        ' <xs:complexType name="IIType">',
    )
    assert back != DOMAIN
    make_contract(tmp_path, domain=back)
    model = Model(tmp_path / "xsd" / "GetThings.xsd")
    assert model.root(f"{CORE}note").tag == f"{CORE}note"


def test_included_schemas_count_and_imports_without_a_place_do_not(tmp_path: Path) -> None:
    make_contract(
        tmp_path,
        schema=SCHEMA.replace(
            " <xs:import ",
            ' <xs:import namespace="urn:elsewhere"/>\n <xs:include schemaLocation="more.xsd"/>\n <xs:import ',
        ),
    )
    (tmp_path / "xsd" / "more.xsd").write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"'
        ' targetNamespace="urn:riv:test:things:GetThingsResponder:1"><xs:element name="More" type="xs:string"/>'
        "</xs:schema>",
        "utf-8",
    )
    assert Model(tmp_path / "xsd" / "GetThings.xsd").root(f"{TNS}More").cardinality == "1..1"


def test_a_schema_never_comes_from_the_network(tmp_path: Path) -> None:
    make_contract(
        tmp_path, schema=SCHEMA.replace('schemaLocation="things.xsd"', 'schemaLocation="http://127.0.0.1:9/x"')
    )
    with pytest.raises(DataError, match="imports a file that is not there"):
        Model(tmp_path / "xsd" / "GetThings.xsd")
