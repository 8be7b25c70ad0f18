"""What is in the database, as data and for people."""

import sys
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine, func, select

from gateway import texts
from gateway.consumers.table import console
from gateway.registry.rows import STOCKHOLM
from gateway.storage import models, schema


def describe(engine: Engine) -> dict[str, Any]:
    """The state of the tables, and of current ones the numbers of rows and the newest publication.

    Raises:
        StorageError, SQLAlchemyError: the database cannot be read.
    """
    state, version = schema.state(engine)
    where = engine.url.render_as_string(hide_password=True)
    found: dict[str, Any] = {"database": where, "state": state, "version": version, "newest": schema.HEAD}
    if state != "current":
        return found
    row = models.publication.c
    newest = select(row.version, row.created_us, row.author).order_by(row.version.desc()).limit(1)
    with engine.connect() as connection:
        found["rows"] = {
            table.name: connection.scalar(select(func.count()).select_from(table))
            for table in sorted(models.metadata.tables.values(), key=lambda each: each.name)
        }
        published = connection.execute(newest).first()
        changes = connection.execute(select(models.data_version.c.kind, models.data_version.c.number))
        found["changes"] = dict(changes.all())
    found["publication"] = None
    if published:
        moment = datetime.fromtimestamp(published.created_us / 1e6, STOCKHOLM).isoformat(timespec="seconds")
        found["publication"] = {"version": published.version, "time": moment, "author": published.author}
    return found


def show(found: dict[str, Any], lang: str) -> None:
    """Print it, at most 100 columns wide."""
    out = console(sys.stdout)
    out.print(Text(texts.text("database", "state", lang, where=found["database"])))
    key = "before" if found["state"] == "old" and not found["version"] else found["state"]
    out.print(Text(texts.text("database", key, lang, version=found["version"], head=found["newest"])))
    if "rows" not in found:
        return
    published = found["publication"]
    if published:
        values = {"version": published["version"], "when": published["time"], "author": published["author"]}
        out.print(Text(texts.text("database", "publication", lang, **values)))
    else:
        out.print(Text(texts.text("database", "unpublished", lang)))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(texts.text("database", "table", lang))
    table.add_column(texts.text("database", "rows", lang), justify="right")
    for name, count in found["rows"].items():
        table.add_row(name, str(count))
    out.print(table)
