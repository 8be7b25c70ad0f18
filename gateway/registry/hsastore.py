"""Puts the units of HSA files into the database. Imports SQLAlchemy."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from sqlalchemy import Engine, delete, insert

from gateway.registry.hsa import load_units
from gateway.storage import changes, models
from gateway.storage.engine import writing

_TOGETHER = 1_000
_COLUMNS = ("dn", "hsa_id", "parent", "name")


def replace_units(engine: Engine, paths: Iterable[Path]) -> int:
    """Replace all units by those of national HSA cache files, and tell the gateways; how many there are.

    Raises:
        DataError: a file is broken; nothing is changed.
        SQLAlchemyError: the database does not take it; nothing is changed.
    """
    found, count = iter(list(load_units(paths))), 0
    with writing(engine) as connection:
        connection.execute(delete(models.hsa_unit))
        while batch := [dict(zip(_COLUMNS, row, strict=True)) for row in islice(found, _TOGETHER)]:
            connection.execute(insert(models.hsa_unit), batch)
            count += len(batch)
        changes.bump(connection, "hsa")
    return count
