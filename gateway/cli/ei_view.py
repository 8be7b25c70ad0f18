"""Engagements, notifications and dead letters for people, at most 100 columns, and as data."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import IO, Any

from rich import box
from rich.table import Table
from rich.text import Text

from gateway import texts
from gateway.consumers.table import console
from gateway.observe.mask import MASK, mask
from gateway.registry.snapshot import STOCKHOLM
from gateway.soap import xml
from gateway.storage.engagement import Engagement
from gateway.storage.notifications import Notification

_RIV = "riv:"
Rows = Sequence[tuple[Engagement, bool]]


def masked(engagement: Engagement, *, clear: bool) -> str:
    """The person's id, or what stands for it."""
    return engagement.registered_resident_identification if clear else MASK


def data(found: Rows, *, clear: bool) -> list[dict[str, Any]]:
    """Engagements as they are called in the files, with whether each is a seed row."""
    return [
        {**asdict(each), "registered_resident_identification": masked(each, clear=clear), "seed": seed}
        for each, seed in found
    ]


def letters(found: Sequence[Notification], *, clear: bool) -> list[dict[str, Any]]:
    """Notifications or dead letters, with the changes that they tell."""
    return [
        {
            "id": each.id,
            "subscriber": each.subscriber,
            "created": _moment(each.created),
            "attempts": each.attempts,
            "last_error": mask(each.last_error),
            "correlation_id": each.correlation_id,
            "changes": _changes(each, clear=clear),
        }
        for each in found
    ]


class View:
    """Prints tables in one language."""

    def __init__(self, file: IO[str], language: str) -> None:
        self._out, self._language = console(file), language

    def engagements(self, found: Rows, *, clear: bool) -> None:
        """One line for each; what is the same for all that are shown is left out."""
        if not found:
            self._out.print(self._text("none"))
            return
        table = self._table("title")
        for key in ("person", "domain", "categorization", "address", "source", "content"):
            table.add_column(self._text(key), overflow="fold")
        for each, seed in found:
            table.add_row(
                Text(masked(each, clear=clear)),
                Text(each.service_domain.removeprefix(_RIV)),
                Text(each.categorization),
                Text(each.logical_address if each.logical_address != each.source_system else "="),
                Text(each.source_system),
                Text((each.most_recent_content or "–") + ("" if seed else " *")),
            )
        self._out.print(table)
        self._out.print(self._text("legend"))

    def letters(self, found: Sequence[Notification], title: str) -> None:
        """One line for each notification or dead letter."""
        if not found:
            self._out.print(self._text("no_letters"))
            return
        table = self._table(title)
        for key in ("id", "created", "subscriber", "changes", "attempts", "error"):
            right = key in ("id", "changes", "attempts")
            table.add_column(self._text(key), overflow="fold", justify="right" if right else "left")
        for each in found:
            number = len(_changes(each, clear=False))
            table.add_row(
                str(each.id),
                _moment(each.created),
                Text(each.subscriber),
                str(number),
                str(each.attempts),
                Text(mask(each.last_error) or "–"),
            )
        self._out.print(table)

    def _table(self, title: str) -> Table:
        return Table(title=self._text(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)

    def _text(self, key: str) -> str:
        return texts.text("ei", key, self._language)


def _moment(microseconds: int) -> str:
    return f"{datetime.fromtimestamp(microseconds / 1e6, STOCKHOLM):%Y-%m-%d %H:%M:%S}"


def _changes(found: Notification, *, clear: bool) -> list[dict[str, Any]]:
    from gateway.platform.index.messages import ELEMENTS, transactions

    told = []
    for each in transactions(xml.parse(found.payload)):
        values = {name: value for name, value in zip(ELEMENTS, each.values, strict=True) if value}
        if not clear:
            values[ELEMENTS[0]] = MASK
        told.append({"delete": each.delete, **values})
    return told
