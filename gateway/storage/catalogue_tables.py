"""The catalogue's tables, after the national catalogue (TAK): its entities, its publications, its pending edits.

The entities hold the newest publication and nothing else; what is changed but not published waits in ``pending_edit``.
Each publication keeps its whole content besides, so that any of them can be shown, compared and taken back.
"""

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from gateway.storage.base import ROW_ID, metadata


def _entity(name: str, *columns: Column[object] | UniqueConstraint | Index) -> Table:
    """An entity: its ids are those of the publication's content, and stay the same from one publication to the next."""
    return Table(
        name,
        metadata,
        Column("id", ROW_ID, primary_key=True, autoincrement=False),
        *columns,
        Column("publication", Integer, nullable=False),  # in which version it was changed last (pubversion)
        Column("updated_us", BigInteger),  # updatedTime
        Column("updated_by", Text),  # updatedBy
    )


def _refers(name: str, table: Table) -> Column[object]:
    return Column(name, ROW_ID, ForeignKey(table.c.id), nullable=False)


publication = Table(
    "publication",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("format_version", Integer, nullable=False),
    Column("created_us", BigInteger, nullable=False),  # tidpunkt
    Column("author", Text, nullable=False),  # utforare
    Column("comment", Text, nullable=False),  # kommentar
    Column("source", Text, nullable=False),
    Column("size", BigInteger, nullable=False),  # storlek
    Column("content", LargeBinary, nullable=False),
)
"""PubVersion. ``source``: where the rows came from, for people. ``size``: bytes of ``content``, the complete snapshot
as national snapshot JSON, compressed with gzip. It stands last: a list of publications does not read it."""

pending_edit = Table(
    "pending_edit",
    metadata,
    Column("id", ROW_ID, primary_key=True, autoincrement=True),
    Column("entity", Text, nullable=False),
    Column("row_id", ROW_ID, nullable=False),
    Column("action", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("created_us", BigInteger, nullable=False),
    UniqueConstraint("entity", "row_id"),
)
"""A change that is not published. ``entity``: name of a table; ``action``: ``create``, ``update`` or ``delete``;
``content``: the row as it shall be, JSON with the columns' names, ``{}`` for ``delete``."""

profile = _entity(
    "profile",
    Column("name", Text, nullable=False, unique=True),  # RIVTABP20, RIVTABP21
    Column("description", Text, nullable=False),
)
"""RivTaProfil."""

service_contract = _entity(
    "service_contract",
    Column("namespace", Text, nullable=False, unique=True),
    Column("description", Text, nullable=False),
    Column("major", Integer, nullable=False),
    Column("minor", Integer, nullable=False),
)
"""Tjanstekontrakt; ``namespace`` is the responder's."""

component = _entity(
    "component",
    Column("hsa_id", Text, nullable=False, unique=True),
    Column("description", Text, nullable=False),
)
"""Tjanstekomponent: consumers and producers."""

logical_address = _entity(
    "logical_address",
    Column("hsa_id", Text, nullable=False, unique=True),
    Column("description", Text, nullable=False),
)
"""LogiskAdress; ``hsa_id`` may be ``*``."""

call_address = _entity(
    "call_address",
    Column("address", Text, nullable=False),
    _refers("profile_id", profile),
    _refers("component_id", component),
)
"""AnropsAdress: a URL, or ``aggregate:`` for the aggregating service."""

route = _entity(
    "route",
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    _refers("call_address_id", call_address),
    _refers("logical_address_id", logical_address),
    _refers("service_contract_id", service_contract),
    Index(None, "logical_address_id", "service_contract_id"),
)
"""Vagval. Days in Swedish time; as in the national catalogue a row ends when the day ``valid_to`` *begins*."""

permission = _entity(
    "permission",
    Column("agreement", Text, nullable=False),  # integrationsavtal
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=False),
    _refers("component_id", component),
    _refers("logical_address_id", logical_address),
    _refers("service_contract_id", service_contract),
    Index(None, "logical_address_id", "service_contract_id"),
)
"""Anropsbehorighet: ``component_id`` is the consumer (tjanstekonsument). Days as for routes."""

permission_filter = _entity(
    "permission_filter",
    Column("service_domain", Text, nullable=False),
    Column("permission_id", ROW_ID, ForeignKey(permission.c.id), nullable=False, index=True),
)
"""Filter: a permission that has any holds for their service domains only."""

filter_category = _entity(
    "filter_category",
    Column("category", Text, nullable=False),
    Column("permission_filter_id", ROW_ID, ForeignKey(permission_filter.c.id), nullable=False, index=True),
)
"""Filtercategorization: a filter that has any holds for these categorizations only."""

ENTITIES = (
    profile,
    service_contract,
    component,
    logical_address,
    call_address,
    route,
    permission,
    permission_filter,
    filter_category,
)
"""All of them, what is referred to before what refers to it."""
