"""Who is calling: the plain listener's rules (those of the national router)."""

from gateway.router.call import INSTANCE_ID, ORIGINAL_CONSUMER, SENDER_ID, Call
from gateway.router.refusal import Refusal
from gateway.settings import Settings


class Identify:
    """Finds the sender of a call that came in on the plain listener."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = frozenset(settings.allowed_ips)
        self._instance_id = settings.instance_id

    def __call__(self, call: Call) -> None:
        """Set ``sender`` and ``original_consumer``.

        Raises:
            Refusal: VP011, the address may not call; VP002, the caller does not say who it is.
        """
        request = call.request
        if request.ip not in self._allowed:
            raise Refusal("VP011", ip=request.ip, header="remote address")
        if request.header(INSTANCE_ID) != self._instance_id:
            problem = "x-vp-instance-id is not this platform's id, so x-vp-sender-id is not believed"
            why = problem if request.header(SENDER_ID) else "No certificate found in httpheader x-vp-auth-cert"
            raise Refusal("VP002", why=why, instance=self._instance_id)
        call.sender = request.header(SENDER_ID)
        if not call.sender:
            why = "x-vp-sender-id is missing, and no certificate found in httpheader x-vp-auth-cert"
            raise Refusal("VP002", why=why, instance=self._instance_id)
        call.original_consumer = request.header(ORIGINAL_CONSUMER)
