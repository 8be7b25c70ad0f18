"""What answers at a ``platform:`` address: the service of the contract that is called."""

from collections.abc import Awaitable, Callable

from gateway.message import Answer
from gateway.router.call import Call
from gateway.router.refusal import Refusal
from gateway.soap import ns
from gateway.soap.fault import XML

Service = Callable[[Call], Awaitable[Answer]]
"""Answers a call that is routed and permitted; what it refuses, it raises as a Refusal."""


class Platform:
    """The services that the platform itself offers, by contract (responder namespace)."""

    def __init__(self) -> None:
        self._services: dict[str, Service] = {}

    def offer(self, contract: str, service: Service) -> None:
        """Answer a contract from now on."""
        self._services[contract] = service

    async def __call__(self, call: Call, timeout: float | None = None) -> Answer:
        """Answer a call. ``timeout`` is for producers far away, and does not count here.

        Raises:
            Refusal: VP004, nothing here answers the contract; else the service's own.
        """
        del timeout
        head = call.head
        assert head is not None  # it has been routed
        service = self._services.get(head.contract)
        if service is None:
            known = ", ".join(sorted(self._services)) or "-"
            why = {
                "why_sv": f"Plattformen själv svarar bara för: {known}.",
                "why_en": f"The platform itself answers only: {known}.",
            }
            raise Refusal("VP004", contract=head.contract, receiver=head.logical_address, whitespace="", **why)
        return await service(call)


def answered(body: str) -> Answer:
    """A SOAP answer around what Body shall hold, written with the prefix that the national services have."""
    envelope = f'<soap:Envelope xmlns:soap="{ns.SOAP11}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    return Answer(200, [(b"content-type", XML)], envelope.encode())
