"""The messages of the bench: schema-valid, with å ä ö, and of an exact size."""

from gateway.soap import ns

RESPONDER = "urn:riv:coreprocess:planning:coordinatedplanning:GetFixedContactsResponder:1"
CORE = "urn:riv:coreprocess:planning:coordinatedplanning:1"
PATH = "/GetFixedContacts/1/rivtabp21"
ENTRY = f"/vp{PATH}"  # of a gateway
SENDER = "SE0000000000-BENCHCONSUMER"
ROUTED = "SE0000000000-BENCHROUTED"
SOURCES = tuple(f"SE0000000000-BENCH{number:02}" for number in range(1, 22))
PERSON = "191212121212"  # national test persona
INSTANCE = "rivta-bench"

_HSA, _PERSON_ID = "1.2.752.129.2.1.4.1", "1.2.752.129.2.1.3.1"
_KINDS = ("Fast vårdkontakt", "Fast läkarkontakt", "Fast omsorgskontakt", "Fast kontakt i öppenvården")
_PROSE = "Ring på vardagar före klockan tio så hinner vi höra av oss samma dag. Åsa är ersättare i juli. "


def request(address: str, size: int = 0) -> bytes:
    """A question to ``address``; asks for more kinds of contacts until it has at least ``size`` bytes."""
    head = (
        f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}" xmlns:itr="{ns.REGISTRY}" xmlns:ns0="{RESPONDER}"'
        f' xmlns:core="{CORE}"><soapenv:Header><itr:LogicalAddress>{address}</itr:LogicalAddress>'
        f"</soapenv:Header><soapenv:Body><ns0:GetFixedContacts>{_ii('patientId', _PERSON_ID, PERSON, 'ns0')}"
    ).encode()
    tail = b"</ns0:GetFixedContacts></soapenv:Body></soapenv:Envelope>"
    kinds, number = b"", 0
    while len(head) + len(kinds) + len(tail) < size:
        kinds += f"<ns0:fixedContactType>{_kind(number)}</ns0:fixedContactType>".encode()
        number += 1
    return head + kinds + tail


def headers() -> dict[str, str]:
    """What a caller on the plain listener sends."""
    return {
        "Content-Type": "text/xml; charset=UTF-8",
        "SOAPAction": f'"{RESPONDER}:GetFixedContacts"',
        "x-vp-sender-id": SENDER,
        "x-vp-instance-id": INSTANCE,
    }


def answer(source: str, records: int, size: int = 0) -> bytes:
    """A producer's answer with ``records`` records, each padded so that the whole has ``size`` bytes."""
    opening, closing = envelope()
    bare = [record(source, number) for number in range(records)]
    room = max(0, size - len(opening) - len(closing) - sum(map(len, bare)))
    each, left = divmod(room, records)
    padded = [record(source, number, each + (left if number == 0 else 0)) for number in range(records)]
    return b"".join((opening, *padded, closing))


def envelope() -> tuple[bytes, bytes]:
    """What stands before and after the records of an answer."""
    opening = (
        f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}" xmlns:ns0="{RESPONDER}" xmlns:core="{CORE}">'
        "<soapenv:Header/><soapenv:Body><ns0:GetFixedContactsResponse>"
    )
    return opening.encode(), b"</ns0:GetFixedContactsResponse></soapenv:Body></soapenv:Envelope>"


def record(source: str, number: int, padding: int = 0) -> bytes:
    """One record about ``PERSON``; ``padding`` bytes of prose go into its notes."""
    unit = f"{source}-E{number}"
    header = (
        f"<core:accessControlHeader>{_ii('accountableHealthcareProviderId', _HSA, source)}"
        f"{_ii('accountableCareUnitId', _HSA, unit)}{_ii('patientId', _PERSON_ID, PERSON)}"
        "<core:blockComparisonTime>20260114083000</core:blockComparisonTime>"
        "<core:approvedForPatient>true</core:approvedForPatient></core:accessControlHeader>"
        f"{_ii('sourceSystemId', _HSA, source)}{_ii('recordId', _HSA, f'{unit}-P{number}')}"
    )
    phone = "<core:telecom><core:value>0470-58 80 00</core:value></core:telecom>"
    return (
        f"<ns0:fixedContact><core:fixedContactHeader>{header}</core:fixedContactHeader>"
        f"<core:code>{_kind(number)}</core:code>"
        f"<core:practitioner>{_ii('hsaId', _HSA, f'{unit}-PERS')}<core:name>Åsa Öberg</core:name>"
        "</core:practitioner>"
        "<core:period><core:start>20260101</core:start><core:end>20271231</core:end></core:period>"
        f"<core:externalNotes>{prose(padding)}</core:externalNotes>"
        f"<core:managingCareGiver>{_ii('hsaId', _HSA, source)}<core:name>Region Båvik</core:name>"
        "</core:managingCareGiver>"
        f"<core:managingCareUnit>{_ii('hsaId', _HSA, unit)}<core:name>Vårdcentralen Älgen</core:name>"
        f"</core:managingCareUnit><core:contact>{phone}</core:contact></ns0:fixedContact>"
    ).encode()


def prose(size: int) -> str:
    """Swedish text of ``size`` bytes in UTF-8."""
    text = (_PROSE * (size // len(_PROSE) + 1)).encode()[:size].decode(errors="ignore")
    return text + "." * (size - len(text.encode()))


def _ii(name: str, root: str, extension: str, prefix: str = "core") -> str:
    parts = f"<core:root>{root}</core:root><core:extension>{extension}</core:extension>"
    return f"<{prefix}:{name}>{parts}</{prefix}:{name}>"


def _kind(number: int) -> str:
    code = number % len(_KINDS)
    return (
        f"<core:code>{code + 1}</core:code><core:codeSystem>1.2.752.129.5.1.69</core:codeSystem>"
        f"<core:displayName>{_KINDS[code]}</core:displayName>"
    )
