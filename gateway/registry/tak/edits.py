"""What tells two contents apart, row by row: the edits that make one of the other."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from gateway.registry.formats import content as c

Action = Literal["create", "update", "delete"]


class Edit(msgspec.Struct, frozen=True, gc=False):
    """One change.

    Attributes:
        kind: of the row, a key of ``content.KINDS``.
        row: as it shall be; for ``delete``, as it was.
        author: whose it is, blank while nobody's.
    """

    kind: str
    action: Action
    row: c.Row
    author: str = ""


def changes(before: c.Content, after: c.Content) -> list[Edit]:
    """The edits from one content to another, what is referred to first; in which version a row changed is no edit."""
    found: list[Edit] = []
    gone: list[Edit] = []
    for kind in c.KINDS:
        old = {row.id: row for row in before.rows(kind)}
        new = {row.id: row for row in after.rows(kind)}
        for key, row in new.items():
            known = old.get(key)
            if known is None:
                found.append(Edit(kind, "create", row))
            elif not same(known, row):
                found.append(Edit(kind, "update", row))
        gone += [Edit(kind, "delete", row) for key, row in old.items() if key not in new]
    return [*found, *reversed(gone)]


def same(one: c.Row, other: c.Row) -> bool:
    """Whether two rows say the same."""
    return one == other or msgspec.structs.replace(one, publication=other.publication) == other


def edited(content: c.Content, edits: Iterable[Edit], publication: int = 0) -> c.Content:
    """A content with edits carried out; the rows that they change get ``publication`` as theirs."""
    rows: dict[str, dict[int, c.Row]] = {kind: {row.id: row for row in content.rows(kind)} for kind in c.KINDS}
    for edit in edits:
        if edit.action == "delete":
            rows[edit.kind].pop(edit.row.id, None)
        else:
            rows[edit.kind][edit.row.id] = msgspec.structs.replace(edit.row, publication=publication)
    return c.content_of({kind: [found[key] for key in sorted(found)] for kind, found in rows.items()})


def dangling(content: c.Content) -> list[tuple[str, c.Row, str, int]]:
    """What refers to nothing: the row with its kind, and kind and id of what is missing."""
    ids = {kind: {row.id for row in content.rows(kind)} for kind in c.KINDS}
    return [
        (kind, row, other, getattr(row, name))
        for kind in c.KINDS
        for name, other in c.references(kind).items()
        for row in content.rows(kind)
        if getattr(row, name) not in ids[other]
    ]
