"""What all tables share: one metadata with names for every constraint, and the column types.

Tables of SQLAlchemy Core, not mapped classes: rows here come in thousands and leave as rows, and the mapper alone would
cost every gateway a third of a second at its start.

Moments are microseconds since 1970 in UTC, as integers: every database has them and no driver converts them.
"""

from sqlalchemy import BigInteger, Integer, MetaData

CONVENTION = {  # PostgreSQL's own names, so that tables from before this file have the same
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}
ROW_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite: the row's own number, without an index

metadata = MetaData(naming_convention=CONVENTION)
