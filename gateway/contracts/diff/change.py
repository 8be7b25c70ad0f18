"""One difference between two versions, before anyone has judged it."""

from dataclasses import dataclass, field
from typing import Literal

from gateway.contracts.diff.shape import Place

Direction = Literal["request", "response", "both"]


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        name: of the rule that speaks about it, such as ``element-required-added``.
        direction: in which message; ``both`` for what is not in a message.
        path: local names from the message's root, ``/GetX/patientId``.
        place: in the new version, or in the old one for what is gone.
        values: for the rule's texts.
        count: at how many places of the message the same declarations differ in the same way.
    """

    name: str
    direction: Direction
    path: str
    place: Place
    values: dict[str, str] = field(default_factory=dict)
    count: int = 1
