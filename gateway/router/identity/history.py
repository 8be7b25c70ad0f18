"""The routing history: which platforms a call has passed, so that it does not go in a circle."""

from gateway.router.call import ROUTING_HISTORY, Call
from gateway.router.identity import header
from gateway.router.refusal import Refusal

_SEPARATOR = "#"


def extend(call: Call, own_id: str, *, national: bool) -> None:
    """Set ``history``, with this platform at its end; the sender begins a history that has not begun.

    Raises:
        Refusal: VP014, the call has been here before.
    """
    request = call.request
    name = ROUTING_HISTORY
    history = header.text(request, name) if national else header.joined(request, name, _SEPARATOR)
    if any(each.strip() == own_id for each in history.split(_SEPARATOR)):
        call.cause = f"the call has passed {history} and comes back to {own_id}"
        raise Refusal("VP014")
    call.history = f"{history or call.sender}{_SEPARATOR}{own_id}"
