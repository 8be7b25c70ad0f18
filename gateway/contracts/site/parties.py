"""Who calls a contract and who answers it, as its page tells it."""

from typing import Literal, NamedTuple


class Party(NamedTuple):
    """A consumer or a producer.

    Attributes:
        id: HSA-id or logical address.
        answers: of a producer: ``producer`` itself, the ``aggregator``, or the ``platform``; blank for a consumer.
        details: of a consumer: the logical addresses that it may call.
    """

    name: str
    id: str
    answers: Literal["", "producer", "aggregator", "platform"] = ""
    details: tuple[str, ...] = ()


class Parties(NamedTuple):
    """Those of one contract, sorted by name."""

    consumers: tuple[Party, ...] = ()
    producers: tuple[Party, ...] = ()
