"""Messages to the engagement index, written by hand and not by the code that is tested."""

from typing import Any

from gateway_samples import ROOT, address_header, body_of, envelope
from lxml import etree

from gateway.storage.engagement import Engagement

CORE = "urn:riv:itintegration:engagementindex:1"
UPDATE = "urn:riv:itintegration:engagementindex:UpdateResponder:1"
FIND = "urn:riv:itintegration:engagementindex:FindContentResponder:1"
NOTIFY = "urn:riv:itintegration:engagementindex:ProcessNotificationResponder:1"
INDEX, SENDER = "5565594230", "SE5565594230-RIVTAEI"
PERSON, OTHER = "191212121212", "188803099368"
DOMAIN = "riv:coreprocess:planning:coordinatedplanning"
SCHEMA = ROOT / "xsd" / "interactions"

FIELDS: dict[str, str | None] = {
    "registeredResidentIdentification": PERSON,
    "serviceDomain": DOMAIN,
    "categorization": "cpc-gfc",
    "logicalAddress": "SE-KÄLLA",
    "businessObjectInstanceIdentifier": "NA",
    "clinicalProcessInterestId": "NA",
    "mostRecentContent": "20260101120000",
    "sourceSystem": "SE-KÄLLA",
    "creationTime": None,
    "updateTime": None,
    "dataController": "SE2321000065",
    "owner": None,
}
"""In schema order; None leaves an element out."""


def element(name: str, value: str) -> str:
    return f"<c:{name}>{value}</c:{name}>"


def transaction(delete: bool | str | None = False, /, **changed: str | None) -> str:
    """An engagementTransaction; ``delete`` None leaves the flag out."""
    fields = "".join(element(name, value) for name, value in {**FIELDS, **changed}.items() if value is not None)
    flag = "" if delete is None else element("deleteFlag", str(delete).lower())
    return f"<u:engagementTransaction>{flag}<c:engagement>{fields}</c:engagement></u:engagementTransaction>"


def update(*transactions: str, address: str = INDEX, contract: str = UPDATE) -> bytes:
    """A message that tells the index something."""
    name = contract.split(":")[-2].removesuffix("Responder")
    body = f'<u:{name} xmlns:u="{contract}" xmlns:c="{CORE}">{"".join(transactions)}</u:{name}>'
    return envelope(body, address_header(address))


def notification(*transactions: str) -> bytes:
    """The same from another index."""
    return update(*transactions, contract=NOTIFY)


def many(count: int, **changed: str | None) -> list[str]:
    """Transactions about different persons."""
    return [transaction(registeredResidentIdentification=f"1912{number:08d}", **changed) for number in range(count)]


def question(person: str | None = PERSON, domain: str | None = DOMAIN, **filters: str) -> bytes:
    """A FindContent."""
    asked = {"registeredResidentIdentification": person, "serviceDomain": domain, **filters}
    fields = "".join(f"<u:{name}>{value}</u:{name}>" for name, value in asked.items() if value is not None)
    return envelope(f'<u:FindContent xmlns:u="{FIND}">{fields}</u:FindContent>', address_header(INDEX))


def engagement(**changed: str) -> Engagement:
    """What the index keeps of ``FIELDS``; names as in ``Engagement``."""
    values: dict[str, Any] = {
        "registered_resident_identification": PERSON,
        "service_domain": DOMAIN,
        "categorization": "cpc-gfc",
        "logical_address": "SE-KÄLLA",
        "source_system": "SE-KÄLLA",
        "data_controller": "SE2321000065",
        "most_recent_content": "20260101120000",
        "owner": INDEX,
        **changed,
    }
    return Engagement(**values)


def found(answer: bytes) -> list[dict[str, str]]:
    """The engagements of an answer to FindContent, by element name."""
    response = body_of(answer)
    assert response.tag == f"{{{FIND}}}FindContentResponse", etree.tostring(response)
    return [
        {etree.QName(field).localname: field.text or "" for field in each}
        for each in response.iterchildren(f"{{{FIND}}}engagement")
    ]
