"""The time that producers of some contracts have, other than the rest."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.configuration.kinds import Seconds

ContractName = Annotated[
    str,
    Meta(
        pattern=r"^(urn:[!-~]+|[A-Za-z][A-Za-z0-9_]*)$",
        description="a contract's name without version, or its responder namespace urn:riv:…Responder:2",
    ),
]


class ContractTimeout(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """How long producers of a contract have for their answer: ``[[producer_timeouts]]`` in the settings file.

    Attributes:
        contract: its name, for all versions, or the responder namespace of one.
        seconds: as ``producer_timeout``.
    """

    contract: ContractName
    seconds: Seconds
