"""``gateway.registry.catalogue``: routing/ read, expanded, and refused with file and line."""

from datetime import date
from pathlib import Path

import pytest
from gateway_samples import ROOT, contracts, responder
from routing_folder import FILES, routing

from gateway.errors import DataError
from gateway.registry.catalogue import ALWAYS, FOREVER, Permission, Route, load_catalogue

X = "urn:riv:x:GetXResponder:1"


def refused(root: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load_catalogue(root, contracts())
    return caught.value


def test_organisations_consumers_and_producers(tmp_path: Path) -> None:
    found = load_catalogue(routing(tmp_path), contracts())
    assert [(region.code, region.name, region.system) for region in found.regions] == [
        ("07", "Region Kronoberg", "Cosmic")
    ]
    assert [each.hsa_id for each in found.municipalities] == ["SE2120000662"]
    assert [(each.alias, each.hsa_id) for each in found.consumers] == [("1177", "SE-1177"), ("npo", "SE-NPO")]
    assert [(each.logical_address, each.kind, each.port) for each in found.producers] == [
        ("SE-NORR", "stub", 9101),
        ("SE-UTE", "external", 443),
    ]


def test_the_star_means_every_contract_that_is_aggregated(tmp_path: Path) -> None:
    found = load_catalogue(routing(tmp_path), contracts())
    aggregated = {route.contract for route in found.routes if route.receiver == "5565594230"}
    assert aggregated == {each.descriptor.responder for each in contracts().aggregated()}
    assert aggregated < set(contracts())
    assert {route.address for route in found.routes if route.receiver == "5565594230"} == {"aggregate:"}


def test_placeholders_become_the_producers_address_and_the_contracts_name(tmp_path: Path) -> None:
    """RIV-TA Basic Profile 2.1 #19: the address carries the major version, never the minor."""
    found = load_catalogue(routing(tmp_path), contracts())
    assert {route.contract: route.address for route in found.routes if route.receiver == "SE-NORR"} == {
        responder("GetCarePlans"): "http://127.0.0.1:9101/GetCarePlans/2/rivtabp21",
        responder("GetFixedContacts"): "http://127.0.0.1:9101/GetFixedContacts/1/rivtabp21",
    }


def test_an_offset_moves_every_producer_of_this_machine(tmp_path: Path) -> None:
    found = load_catalogue(routing(tmp_path), contracts(), port_offset=500)
    assert {route.address.split("/")[2] for route in found.routes if route.receiver == "SE-NORR"} == {"127.0.0.1:9601"}
    assert {route.address for route in found.routes if route.receiver == "SE-UTE"} == {"https://ute.example/vp"}


def test_a_contract_that_only_passes_through_is_named_by_its_namespace(tmp_path: Path) -> None:
    found = load_catalogue(routing(tmp_path), contracts())
    assert [route for route in found.routes if route.receiver == "SE-UTE"] == [
        Route(
            "SE-UTE",
            X,
            "https://ute.example/vp",
            "rivtabp20",
            date(2024, 1, 1),
            date(2024, 12, 31),
            "routing/routes.toml:11",
        )
    ]


def test_permissions_are_expanded_to_single_rows(tmp_path: Path) -> None:
    found = load_catalogue(routing(tmp_path), contracts())
    plans, first, second = responder("GetCarePlans"), "routing/permissions.toml:1", "routing/permissions.toml:6"
    assert set(found.permissions) == {
        *(Permission(r, s, plans, ALWAYS, FOREVER, first) for r in ("SE-NORR", "*") for s in ("SE-1177", "SE-NPO")),
        Permission("SE-UTE", "SE-1177", X, ALWAYS, date(2025, 6, 30), second),
    }


def test_names_for_people(tmp_path: Path) -> None:
    found = load_catalogue(routing(tmp_path), contracts())
    assert (found.name_of("SE-NORR"), found.name_of("SE-OKÄND")) == ("Norr", "SE-OKÄND")


def test_the_projects_own_files_are_good() -> None:
    found = load_catalogue(ROOT, contracts())
    assert len(found.regions) == 21
    assert len(found.routes) > len(found.producers)


def row(address: str, contract: str = '"*"', target: str = "http://h/", more: str = "") -> str:
    return f'\n[[route]]\nlogical_addresses = ["{address}"]\ncontracts = [{contract}]\naddress = "{target}"\n{more}\n'


ROUTES = FILES["routes.toml"].count("\n") + 1
PERMISSIONS = FILES["permissions.toml"].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (row("SE-NORR", '"GetCarePlans"'), 2, "a second route for SE-NORR and urn:riv:clinicalprocess"),
        (row("se-norr", '"GetCarePlans 2.0"'), 2, "a second route for se-norr"),
        (
            row("SE-UTE", f'"{X}"', more='valid_from = 2024-12-31\nprofile = "RIVTABP20"'),
            2,
            "a second route for SE-UTE",
        ),
        (row("SE-UTE", f'"{X}"', more='valid_to = 2024-01-01\nprofile = "RIVTABP20"'), 2, "a second route for"),
        (row("A", '"GetCarePlanz"'), 3, "unknown contract GetCarePlanz; known are "),
        (row("A", '"GetCarePlans_3.0"'), 3, "unknown contract GetCarePlans_3.0"),
        (row("A", target="ftp://h/"), 4, "expected http://, https://, aggregate:, platform: or {producer}/…"),
        (row("A", target=" "), 4, "expected http://"),
        (row("A", target="{producer}/x"), 2, "{producer} needs A in producers.toml"),
        (row("A", target="http://h/{namn}"), 4, "{namn}"),
        (row("A", f'"{X}"', target="http://h/{name}"), 4, "{name}"),
        (row("A", more='profile = "rivtabp21"'), 5, "Invalid enum value 'rivtabp21'"),
        (row("A", more="valid_from = 2025-02-30"), 5, "not valid TOML"),
        (row("A", more="valid_from = '2025'"), 5, "valid_from"),
        (row("A", more="valid_from = 2025-01-02\nvalid_to = 2025-01-01"), 6, "ends before it begins"),
        (row("A", more="until = 1"), 5, "unknown field `until`"),
        ('\n[[route]]\nlogical_addresses = ["A"]\n', 1, "missing required field `contracts`"),
    ],
)
def test_a_mistake_in_a_route_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    error = refused(routing(tmp_path, routes=text))
    assert told in str(error)
    assert (error.path.name, error.line) == ("routes.toml", ROUTES + line)


@pytest.mark.parametrize(
    "text",
    [
        row("SE-UTE", f'"{X}"', more="valid_from = 2025-01-01"),
        row("SE-UTE", f'"{X}"', more="valid_to = 2023-12-31"),
        row("SE-UTE", f'"{X}"', more="valid_from = 2024-12-31"),  # another profile, which a call hears of as VP006
        row("SE-NORR", '"GetDocumentedAgreements"'),
        row("SE-SYD", '"GetCarePlans"'),
        row("*", '"GetCarePlans"'),
    ],
)
def test_routes_that_are_no_overlap(tmp_path: Path, text: str) -> None:
    before = len(load_catalogue(routing(tmp_path), contracts()).routes)
    assert len(load_catalogue(routing(tmp_path, routes=text), contracts()).routes) == before + 1


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ('"SE-1177", "SE-NPO"', '"SE-1177", "SE-NPOO"', 2, "the consumer SE-NPOO is not in consumers.toml"),
        ('["GetCarePlans"]', '["GetPlans"]', 3, "unknown contract GetPlans"),
        ('consumers = ["SE-1177"]', 'consumers = "SE-1177"', 7, "Expected `array`"),
        ("valid_to = 2025-06-30", 'valid_to = "sommaren"', 10, "valid_to"),
        ("valid_to = 2025-06-30", "valid_to = 1999-12-31", 10, "ends before it begins"),
    ],
)
def test_a_mistake_in_a_permission_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, told: str
) -> None:
    assert old in FILES["permissions.toml"]
    error = refused(routing(tmp_path, permissions=FILES["permissions.toml"].replace(old, new)))
    assert told in str(error)
    assert (error.path.name, error.line) == ("permissions.toml", line)


@pytest.mark.parametrize(
    ("file", "text", "line", "told"),
    [
        (
            "producers",
            '\n[[producer]]\nlogical_address="SE-Norr"\nname="N"\nkind="stub"\nport=1\n',
            1,
            "is there twice",
        ),
        ("consumers", '\n[[consumer]]\nhsa_id="se-1177"\nname="N"\nalias="n"\n', 1, "is there twice"),
        ("consumers", '\n[[consumer]]\nhsa_id="SE-2"\nname="N"\nalias="NPO"\n', 1, "is there twice"),
        ("producers", '\n[[producer]]\nlogical_address="B"\nname="N"\nkind="robot"\nport=1\n', 4, "Invalid enum value"),
        ("regions", "\n[[region]]\ncode = 7\n", 2, "Expected `str`"),
        ("municipalities", '\n[[municipality]]\ncode = "0001"\n', 1, "missing required field"),
    ],
)
def test_a_mistake_in_the_other_files(tmp_path: Path, file: str, text: str, line: int, told: str) -> None:
    error = refused(routing(tmp_path, **{file: text}))
    assert told in str(error)
    assert (error.path.name, error.line) == (f"{file}.toml", FILES[f"{file}.toml"].count("\n") + 1 + line)


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_missing_file(tmp_path: Path, file: str) -> None:
    (routing(tmp_path) / "routing" / file).unlink()
    assert refused(tmp_path).path.name == file
