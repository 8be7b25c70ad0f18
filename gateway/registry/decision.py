"""What a look-up decided. The steps and the trace are worked out when somebody reads them, not before."""

from datetime import date

import msgspec

from gateway.registry.catalogue import EVERYONE, Filter, Route

# Steps, in the words of the traces that the national router (VP) logs.
EXACT, PARENT, DEFAULT, LEAF, REFUSED = "", "(parent)", "(default)", "(leaf)", "(refused)"
_REFUSED_TRACE = f"{LEAF},Invalid parameters"

Steps = list[tuple[str, str]]


class Grant(msgspec.Struct, frozen=True, gc=False):
    """A row that permits, without whom and what: those are its key.

    Attributes:
        start, end: seconds since 1970, the end excluded.
        source: file and line of the row, as far as they are known.
        more: another row of the same key.
        filters: what the permission is limited to, for the engagement index.
    """

    start: float
    end: float
    valid_from: date
    valid_to: date
    source: str = ""
    more: "Grant | None" = None
    filters: tuple[Filter, ...] = ()


class RouteDecision(msgspec.Struct, frozen=True, gc=False):
    """Which route a call takes.

    Attributes:
        receiver: the logical address as asked for.
        route: the row that won, None when there was none or more than one.
        step: where the search ended: ``EXACT``, ``PARENT``, ``DEFAULT`` or ``LEAF``.
        tried: ancestors, or parts of a compound address, that were looked up, in order.
        several: more than one row is valid.
    """

    receiver: str
    route: Route | None
    step: str = EXACT
    tried: tuple[str, ...] = ()
    several: bool = False

    @property
    def steps(self) -> Steps:
        """Each address looked up, with its step."""
        if self.step == LEAF:
            return [(LEAF, part) for part in self.tried]
        steps = [(EXACT, self.receiver), *((PARENT, ancestor) for ancestor in self.tried)]
        return [*steps, (DEFAULT, EVERYONE)] if self.step == DEFAULT else steps

    @property
    def trace(self) -> str:
        """The steps as the national platform logs them (``labels.routerVagvalTrace``)."""
        return self.receiver if self.step == EXACT else _trace(self.step, self.steps)


class PermissionDecision(msgspec.Struct, frozen=True, gc=False):
    """Whether a sender may call.

    Attributes:
        receiver: the logical address as asked for.
        grant: the row that permits, None when there is none.
        step: where the search ended; ``REFUSED`` for a compound address that was not looked up.
        tried: as for routes.
    """

    receiver: str
    grant: Grant | None
    step: str = EXACT
    tried: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the call may go on."""
        return self.grant is not None

    @property
    def steps(self) -> Steps:
        """Each address looked up, with its step."""
        if self.step in (LEAF, REFUSED):
            return [(LEAF, part) for part in self.tried]
        steps = [(EXACT, self.receiver)]
        if self.step != EXACT:
            steps.append((DEFAULT, EVERYONE))
        return [*steps, *((PARENT, ancestor) for ancestor in self.tried)]

    @property
    def trace(self) -> str:
        """The steps as the national platform logs them (``labels.routerBehorighetTrace``)."""
        if self.step == EXACT:
            return self.receiver
        return _REFUSED_TRACE if self.step == REFUSED else _trace(self.step, self.steps)


def _trace(last: str, steps: Steps) -> str:
    words = [LEAF] if last == LEAF else []
    before = LEAF if last == LEAF else EXACT
    for step, address in steps:
        words += (address,) if step == before else (step, address)
        before = step
    return ",".join(words)
