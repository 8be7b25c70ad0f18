"""Aggregated questions to more producers, and to larger ones."""

import json

from .aggregated import question
from .caller import BenchError, Caller, Reply, get
from .figures import Effort, Shape
from .processes import on_cores
from .testbed import MODES, NATIONAL, STRICT, Bed

SMALL, MANY, LARGE, HUGE = "1 x 20 KB", "311 x 20 KB", "21 x 1 MB", "1 x 10 MB"
_SHAPES = {SMALL: (1, 8, 21_250), MANY: (311, 8, 21_250), LARGE: (21, 400, 1_000_000), HUGE: (1, 4000, 10_000_000)}
_PINNED = (MANY,)  # the others use all cores, as their limits were set
_WARM_UP = 3
_SHARE = 8  # of the questions of the ordinary shape


def measure(bed: Bed, effort: Effort) -> list[Shape]:
    """Each shape in both modes.

    Raises:
        BenchError: an answer was wrong.
    """
    found = [_one(bed, effort, shape, name) for shape in _SHAPES for name in (STRICT, NATIONAL)]
    # What a gateway needs for any question, such as the database's threads and schemas, is no matter of its size.
    usual = {each.variant: each.rss[1] for each in found if each.shape == SMALL}
    for each in found:
        if each.shape != SMALL:
            each.rss = usual[each.variant], each.rss[1]
    return found


def _one(bed: Bed, effort: Effort, shape: str, name: str) -> Shape:
    producers, records, size = _SHAPES[shape]
    mocks = bed.start_shape(f"{shape}, {name}", producers, records, size)
    process = bed.start_gateway(name, MODES[name], bed.shapes[f"{shape}, {name}"])
    found = Shape(shape, name, size)
    before = process.peak_mb()
    where = bed.cores.platform if shape in _PINNED else bed.cores.everywhere
    process.pin(where)
    with (
        on_cores(bed.cores.load if shape in _PINNED else bed.cores.everywhere),
        Caller(mocks.port) as stats,
        Caller(process.port) as caller,
    ):
        for number in range(_WARM_UP + max(3, effort.questions // _SHARE)):
            reply = caller.ask(question(name, number))
            _whole(reply, producers, producers * records)
            slowest = json.loads(stats.ask(get("/service-times")).body)[str(number)]
            if number >= _WARM_UP:
                found.alone.append(reply.milliseconds)
                found.slowest.append(slowest)
    found.rss = before, process.peak_mb()
    process.stop()
    mocks.stop()
    return found


def _whole(reply: Reply, producers: int, records: int) -> None:
    told, got = reply.body.count(b"DataFromSource"), reply.body.count(b"recordId>") / 2
    if reply.status != 200 or told != producers or got != records:
        raise BenchError(f"HTTP {reply.status}, {got:g} of {records} records, {told} of {producers} sources")
