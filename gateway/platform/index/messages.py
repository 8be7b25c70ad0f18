"""The messages of the engagement index: elements to records and back, in the national service's own dress."""

from collections.abc import Iterable
from typing import NamedTuple

from lxml import etree

from gateway.soap import ns
from gateway.soap.fault import escaped
from gateway.storage.engagement import Engagement
from gateway.storage.engagements import Change

ELEMENTS = (
    "registeredResidentIdentification",
    "serviceDomain",
    "categorization",
    "logicalAddress",
    "sourceSystem",
    "dataController",
    "businessObjectInstanceIdentifier",
    "clinicalProcessInterestId",
    "mostRecentContent",
    "creationTime",
    "updateTime",
    "owner",
)
"""The elements of an engagement, in the order of ``Engagement``'s fields."""

PERSON, DOMAIN, CATEGORIZATION, ADDRESS, SOURCE, CONTROLLER, OBJECT, PROCESS, CONTENT, CREATED, UPDATED, OWNER = range(
    12
)

_IN_ORDER = (  # as the schema has them
    *((name, ELEMENTS.index(name)) for name in ELEMENTS[PERSON:SOURCE]),
    *((name, ELEMENTS.index(name)) for name in ELEMENTS[OBJECT:CREATED]),
    *((ELEMENTS[place], place) for place in (SOURCE, CREATED, UPDATED, CONTROLLER, OWNER)),
)
_PLACES = {ns.clark(ns.INDEX, name): place for place, name in enumerate(ELEMENTS)}
_DELETE_FLAG, _ENGAGEMENT = ns.clark(ns.INDEX, "deleteFlag"), ns.clark(ns.INDEX, "engagement")
_TRUE = ("true", "1")


class Sent(NamedTuple):
    """An engagementTransaction as it was sent.

    Attributes:
        values: in the order of ``ELEMENTS``; None for an element that is not there, blank for an empty one.
    """

    delete: bool
    values: list[str | None]


def transactions(request: etree._Element) -> list[Sent]:
    """Every engagementTransaction of a request.

    As the national service reads them: elements may come in any order, unknown ones do not count, and a deleteFlag
    that is missing means false.
    """
    tag = ns.clark(ns.namespace(str(request.tag)), "engagementTransaction")
    return [_transaction(element) for element in request.iterchildren(tag)]


def _transaction(element: etree._Element) -> Sent:
    delete, values = False, list[str | None]([None]) * len(ELEMENTS)
    for child in element.iterchildren(_DELETE_FLAG, _ENGAGEMENT):
        if child.tag == _DELETE_FLAG:
            delete = _text(child).strip() in _TRUE
            continue
        for field in child.iterchildren("*"):
            place = _PLACES.get(str(field.tag))
            if place is not None:
                values[place] = _text(field)
    return Sent(delete, values)


def wanted(request: etree._Element) -> list[str | None]:
    """What a question asks for, in the order of ``ELEMENTS``; None for what it leaves open."""
    space = ns.namespace(str(request.tag))
    values = list[str | None]([None]) * len(ELEMENTS)
    for place, name in enumerate(ELEMENTS):
        element = request.find(ns.clark(space, name))
        if element is not None:
            values[place] = _text(element)
    return values


def receipt(contract: str) -> str:
    """The answer OK; consumers look for ``<ns2:ResultCode>OK</ns2:ResultCode>``."""
    name = f"{name_of(contract)}Response"
    return f'<ns2:{name} xmlns="{ns.INDEX}" xmlns:ns2="{contract}"><ns2:ResultCode>OK</ns2:ResultCode></ns2:{name}>'


def contents(engagements: Iterable[Engagement]) -> str:
    """The answer to a question: ``engagement`` without prefix, its children with ``ns2``."""
    name = f"{name_of(ns.INDEX_FIND)}Response"
    found = "".join(f"<engagement>{_fields(each, 'ns2:')}</engagement>" for each in engagements)
    return f'<{name} xmlns="{ns.INDEX_FIND}" xmlns:ns2="{ns.INDEX}">{found}</{name}>'


def notification(changes: Iterable[Change]) -> bytes:
    """What a subscriber is told, the element for Body."""
    name = name_of(ns.INDEX_NOTIFY)
    told = "".join(
        f"<ns2:engagementTransaction><deleteFlag>{str(each.delete).lower()}</deleteFlag>"
        f"<engagement>{_fields(each.engagement, '')}</engagement></ns2:engagementTransaction>"
        for each in changes
    )
    return f'<ns2:{name} xmlns="{ns.INDEX}" xmlns:ns2="{ns.INDEX_NOTIFY}">{told}</ns2:{name}>'.encode()


def values_of(engagement: Engagement) -> tuple[str, ...]:
    """The values in the order of ``ELEMENTS``."""
    e = engagement
    return (
        e.registered_resident_identification,
        e.service_domain,
        e.categorization,
        e.logical_address,
        e.source_system,
        e.data_controller,
        e.business_object_instance_identifier,
        e.clinical_process_interest_id,
        e.most_recent_content,
        e.creation_time,
        e.update_time,
        e.owner,
    )


def name_of(contract: str) -> str:
    """The request's element: the contract's name."""
    return contract.split(":")[-2].removesuffix("Responder")


def _fields(engagement: Engagement, prefix: str) -> str:
    values = values_of(engagement)
    return "".join(
        f"<{prefix}{name}>{escaped(values[place])}</{prefix}{name}>"
        for name, place in _IN_ORDER
        if values[place] or place not in (CONTENT, CREATED, UPDATED, OWNER)
    )


def _text(element: etree._Element) -> str:
    return (element.text or "") if len(element) == 0 else "".join(element.itertext())
