"""Messages written by hand: good ones in many styles, and broken ones."""

from interop_expected import contract
from interop_site import NATIONAL

from gateway.soap import ns

GFC = contract("GetFixedContacts").descriptor.responder
CORE = "urn:riv:coreprocess:planning:coordinatedplanning:1"
DEMO = "194103149805"
PERSON_ROOT = "1.2.752.129.2.1.3.1"


def message(
    address: str | None = NATIONAL,
    *,
    header: str | None = None,
    body: str | None = None,
    before: str = "",
    person: str = DEMO,
    namespace: str = GFC,
) -> bytes:
    """A GetFixedContacts request; ``header`` and ``body`` replace the whole of each, ``before`` goes in front."""
    if header is None:
        inner = "" if address is None else f"<l:LogicalAddress>{address}</l:LogicalAddress>"
        header = f'<e:Header xmlns:l="{ns.REGISTRY}">{inner}</e:Header>'
    if body is None:
        body = f"<e:Body>{request(person, namespace)}</e:Body>"
    return f'{before}<e:Envelope xmlns:e="{ns.SOAP11}">{header}{body}</e:Envelope>'.encode()


def request(person: str = DEMO, namespace: str = GFC, name: str = "GetFixedContacts") -> str:
    return (
        f'<r:{name} xmlns:r="{namespace}"><r:patientId xmlns:c="{CORE}"><c:root>{PERSON_ROOT}</c:root>'
        f"<c:extension>{person}</c:extension></r:patientId></r:{name}>"
    )
