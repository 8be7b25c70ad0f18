"""What is simulated: the figures that a filled database depends on, and how it remembers them."""

from typing import Any

import msgspec

AUTHOR = "rivta simulate"
HOST = "127.0.0.1"
"""Where gateway and producers listen."""
SENDER = "SE0000000001-RIVTALAST"
"""The consumer that makes the load; it may call everybody with everything."""
UNROUTED, UNPERMITTED, UNREACHABLE = "PRODUCER4", "SKLTP-MOCK02", "PRODUCER-NOT-AVAILABLE"
"""The receivers of the national load test that answer VP004, VP007 and VP009."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The figures.

    Attributes:
        producers: how many of the country's 311.
        persons: how many have engagements.
        seed: other persons hold other things with another one.
        first_port: of the producers; the one with a number listens so many ports above.
    """

    producers: int
    persons: int
    seed: int
    first_port: int

    def written(self) -> str:
        """As the publication's comment has it."""
        return msgspec.json.encode(self).decode()


def read(author: str, comment: str) -> Plan | None:
    """The plan that a publication was made by; None when it is not one of ours."""
    if author != AUTHOR:
        return None
    try:
        return msgspec.json.decode(comment, type=Plan)
    except msgspec.DecodeError:
        return None


def differences(found: Plan, wanted: Plan) -> dict[str, tuple[Any, Any]]:
    """What is another in the two, (found, wanted) by name."""
    pairs = {name: (getattr(found, name), getattr(wanted, name)) for name in Plan.__struct_fields__}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
