"""What a few contracts ask of the aggregating service beyond what it does for all, resolved against the schema."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from gateway.contracts.descriptor import Aggregate
from gateway.contracts.model import Element, Model
from gateway.errors import DataError
from gateway.soap import ns


class Step(NamedTuple):
    """An element on the way to one that is written anew.

    Attributes:
        tag: ``{namespace}local``.
        before: tags of the siblings that stand ahead of it in the schema.
    """

    tag: str
    before: frozenset[str]


@dataclass(frozen=True, slots=True)
class Special:
    """The fields of ``descriptor.aggregate`` that most contracts leave alone.

    Attributes:
        category_filter: path below the request, each step ``{namespace}local``; blank when there is none.
        newest_months: as in the descriptor.
        refused: path below the request, its name for people, and the fault's text.
        per_source: the way to an element of the request, and what each source gets there.
        merged: tags of the further lists, in schema order.
    """

    category_filter: str
    newest_months: int
    refused: tuple[tuple[str, str, str], ...]
    per_source: tuple[tuple[tuple[Step, ...], str], ...]
    merged: tuple[str, ...]


def special(model: Model, aggregate: Aggregate, request: Element, response: Element) -> Special | None:
    """What a contract asks for; None for most of them.

    Raises:
        DataError: the schema has no such element, or has it at a place where it cannot be.
    """
    fields = (aggregate.category_filter, aggregate.newest_months, aggregate.refused)
    if not any((*fields, aggregate.per_source, aggregate.merged)):
        return None
    category = aggregate.category_filter
    return Special(
        category_filter=_path(model, request, category) if category else "",
        newest_months=aggregate.newest_months,
        refused=tuple((_path(model, request, path), path, text) for path, text in aggregate.refused.items()),
        per_source=tuple((tuple(_steps(model, request, path)), kind) for path, kind in aggregate.per_source.items()),
        merged=tuple(_merged(model, aggregate, response)),
    )


def _path(model: Model, element: Element, path: str) -> str:
    return "/".join(step.tag for step in model.resolve(element, path))


def _steps(model: Model, element: Element, path: str) -> Iterator[Step]:
    for found in model.resolve(element, path):
        tags = [child.tag for child in model.children(element)]
        yield Step(found.tag, frozenset(tags[: tags.index(found.tag)]))
        element = found


def _merged(model: Model, aggregate: Aggregate, response: Element) -> Iterator[str]:
    """The further lists; between the records and ``result``, where the merged answer has its place for them."""
    names = [ns.local(child.tag) for child in model.children(response)]
    wanted = set(aggregate.merged)
    for name in aggregate.merged:
        model.resolve(response, name)
    start = names.index(aggregate.records)
    end = names.index("result") if aggregate.result else len(names)
    for place, child in enumerate(model.children(response)):
        if names[place] not in wanted:
            continue
        if child.maximum == 1 or not start < place < end:
            problem = f"merged names {names[place]}, expected lists between {aggregate.records} and result"
            raise DataError(model.path, 0, problem)
        yield child.tag
