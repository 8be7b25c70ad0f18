"""A small catalogue, put into a database as a publication does it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Table, delete, insert
from storage_parts import opened

from gateway.storage import changes, models, schema
from gateway.storage.engine import writing

CONTRACT = "urn:riv:example:FollowUpResponder:1"
FIRST, END = date(2020, 1, 1), date(2100, 1, 1)
Rows = Mapping[Table, Iterable[Mapping[str, Any]]]


def catalogue(address: str = "http://127.0.0.1:9/vp", receiver: str = "SE2321000016-Åre") -> dict[Table, list[Any]]:
    """One route and one permission, with a filter."""
    return {
        models.profile: [{"id": 1, "name": "RIVTABP21", "description": ""}],
        models.service_contract: [{"id": 5, "namespace": CONTRACT, "description": "", "major": 1, "minor": 0}],
        models.component: [
            {"id": 1, "hsa_id": "SE1-KONSUMENT", "description": "Öppen"},
            {"id": 2, "hsa_id": "SE1-PRODUCENT", "description": ""},
        ],
        models.logical_address: [{"id": 3, "hsa_id": receiver, "description": "Åre"}],
        models.call_address: [{"id": 9, "address": address, "profile_id": 1, "component_id": 2}],
        models.route: [
            {
                "id": 7,
                "valid_from": FIRST,
                "valid_to": END,
                "call_address_id": 9,
                "logical_address_id": 3,
                "service_contract_id": 5,
            }
        ],
        models.permission: [
            {
                "id": 8,
                "agreement": "AUTO",
                "valid_from": FIRST,
                "valid_to": END,
                "component_id": 1,
                "logical_address_id": 3,
                "service_contract_id": 5,
            }
        ],
        models.permission_filter: [{"id": 1, "service_domain": "riv:example", "permission_id": 8}],
        models.filter_category: [
            {"id": 1, "category": "vko", "permission_filter_id": 1},
            {"id": 2, "category": "dia", "permission_filter_id": 1},
        ],
    }


def publish(url: str, version: int, rows: Rows, kind: changes.Kind = "catalogue") -> None:
    """Replace the rows of a database by these."""
    with opened(url) as engine:
        schema.prepare(engine)
        with writing(engine) as connection:
            for table in reversed(models.ENTITIES):
                connection.execute(delete(table))
            for table in models.ENTITIES:
                if found := [{**row, "publication": version} for row in rows.get(table, ())]:
                    connection.execute(insert(table), found)
            text = {"author": "Åsa", "comment": "", "source": "test", "content": b"x", "size": 1}
            connection.execute(
                insert(models.publication), [{"version": version, "format_version": 1, "created_us": 1, **text}]
            )
            changes.bump(connection, kind)


def units(url: str, rows: Iterable[tuple[str, str, str, str]]) -> None:
    """Put HSA units into a database: DN, id, parent, name."""
    with opened(url) as engine:
        schema.prepare(engine)
        with writing(engine) as connection:
            names = ("dn", "hsa_id", "parent", "name")
            connection.execute(insert(models.hsa_unit), [dict(zip(names, row, strict=True)) for row in rows])
            changes.bump(connection, "hsa")


def empty(url: str) -> None:
    """A database with tables and nothing in them."""
    with opened(url) as engine:
        schema.prepare(engine)
