"""Source systems tell the engagement index what they hold: all of it, and what changes when a record file is edited.

They call the gateway as any source system does. What could not be told is told at the next look.
"""

import http.client
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import etree

from gateway.contracts.contract import Contract, Contracts
from gateway.producers.generate.personid import RESERVE_STOCKHOLM
from gateway.producers.store import Holdings, Shelf
from gateway.registry.catalogue import Consumer
from gateway.registry.rows import STOCKHOLM
from gateway.router.call import CORRELATION_ID, INSTANCE_ID, SENDER_ID, new_id
from gateway.settings import Settings
from gateway.soap import fault, ns, xml
from gateway.soap.fault import escaped
from gateway.soap.head import MessageError

MOST = 1000  # changes in a call, by the contract
SOURCES = "source"  # alias, in routing/consumers.toml, of who tells the engagement index
_SECONDS = 60.0
_TIME_DIGITS = 14


class AnnounceError(Exception):
    """The index did not take it; the text says why (English)."""


class Key(NamedTuple):
    """An engagement: who holds something about whom, and what kind of thing."""

    source: str
    person: str
    service_domain: str
    categorization: str
    data_controller: str


class Held(NamedTuple):
    """What is held: the newest content, YYYYMMDDhhmmss, and something that changes when any of it does."""

    newest: str
    mark: int


Engagements = dict[Key, Held]


def engagements(holdings: Holdings, contracts: Contracts) -> Engagements:
    """What the index should know of records. Persons with a local reserve id are left out, as the index demands."""
    found: Engagements = {}
    for (_, responder), shelf in holdings.items():
        contract = contracts[responder]
        aggregate = contract.descriptor.aggregate
        if not aggregate.categorization:  # any will do, so that none can be chosen here
            continue
        for (source, person), records in shelf.records.items():
            controller, newest = _facts(contract, shelf, records)
            if controller is None:
                continue
            key = Key(source, person, aggregate.service_domain, aggregate.categorization[0], controller)
            found[key] = Held(newest, hash(tuple(records)))
    return found


def changes(before: Engagements, after: Engagements) -> list[tuple[bool, Key, str]]:
    """(removed, what, newest content) of everything that differs; what was edited is as new as the edit."""
    now = datetime.now(STOCKHOLM).strftime("%Y%m%d%H%M%S")
    gone = [(True, key, held.newest) for key, held in before.items() if key not in after]
    new = [
        (False, key, max(held.newest, now) if key in before else held.newest)
        for key, held in after.items()
        if before.get(key) != held
    ]
    return gone + new


class Announcer:
    """Tells an engagement index.

    Attributes:
        told: what the index knows by now.
    """

    def __init__(self, url: str, contracts: Contracts, *, address: str, sender: str, instance_id: str) -> None:
        """Whom to tell and as whom.

        Args:
            url: of the gateway.
            contracts: those that records are held for.
            address: HSA-id of the index.
            sender: HSA-id that may tell it.
            instance_id: the platform's, so that it believes ``sender``.
        """
        self.told: Engagements = {}
        self._url, self._contracts = urlsplit(url), contracts
        self._address, self._sender, self._instance = address, sender, instance_id

    @classmethod
    def of(cls, url: str, contracts: Contracts, consumers: Iterable[Consumer], settings: Settings) -> "Announcer":
        """One that tells the gateway at ``url`` as the catalogue's source systems."""
        sender = next((each.hsa_id for each in consumers if each.alias == SOURCES), "")
        return cls(url, contracts, address=settings.index_address, sender=sender, instance_id=settings.instance_id)

    def tell(self, holdings: Holdings) -> int:
        """Tell the index how these records differ from what it has been told; how many changes that were.

        Raises:
            AnnounceError: not all of it could be told. The rest will be, next time.
        """
        after = engagements(holdings, self._contracts)
        different = iter(changes(self.told, after))
        count = 0
        while part := list(islice(different, MOST)):
            self._send(part)
            for removed, key, _ in part:
                if removed:
                    self.told.pop(key, None)
                else:
                    self.told[key] = after[key]
            count += len(part)
        return count

    def _send(self, part: list[tuple[bool, Key, str]]) -> None:
        parts = self._url
        headers = {
            "Content-Type": "text/xml; charset=UTF-8",
            SENDER_ID.decode(): self._sender,
            INSTANCE_ID.decode(): self._instance,
            CORRELATION_ID.decode(): new_id(),
        }
        connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=_SECONDS)
        try:
            connection.request("POST", parts.path or "/", _message(self._address, part), headers)
            answer = connection.getresponse().read()
            child = xml.body_child(xml.parse(answer))
        except (OSError, http.client.HTTPException, MessageError) as error:
            raise AnnounceError(f"no answer from {parts.geturl()}: {error}") from None
        finally:
            connection.close()
        if xml.is_fault(child):
            raise AnnounceError(fault.read(child)[1])


def _facts(contract: Contract, shelf: Shelf, records: Sequence[bytes]) -> tuple[str | None, str]:
    """Who is the data controller, None when the engagement must not be told, and the newest time."""
    parsed = shelf.parse(records)
    if any(_is_local(contract, record) for record in parsed):
        return None, ""
    time, giver = contract.record["time"], contract.record["care_giver"]  # a contract's records may have neither
    times = ((record.findtext(time) or "") if time else "" for record in parsed)
    newest = max(time.strip()[:_TIME_DIGITS].ljust(_TIME_DIGITS, "0") for time in times)
    return ((parsed[0].findtext(giver) or "") if giver else "").strip(), newest


def _is_local(contract: Contract, record: etree._Element) -> bool:
    above = contract.record["patient"].rpartition("/{")[0]
    parent = record.find(above) if above else None
    return parent is not None and any(child.text == RESERVE_STOCKHOLM for child in parent)


def _message(address: str, part: list[tuple[bool, Key, str]]) -> bytes:
    body = "".join(_transactions(part))
    return (
        f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Header><LogicalAddress xmlns="{ns.REGISTRY}">'
        f"{escaped(address)}</LogicalAddress></soapenv:Header><soapenv:Body>"
        f'<u:Update xmlns:u="{ns.INDEX_UPDATE}" xmlns="{ns.INDEX}">{body}</u:Update>'
        "</soapenv:Body></soapenv:Envelope>"
    ).encode()


def _transactions(part: list[tuple[bool, Key, str]]) -> Iterator[str]:
    for removed, key, newest in part:
        fields = (
            ("registeredResidentIdentification", key.person),
            ("serviceDomain", key.service_domain),
            ("categorization", key.categorization),
            ("logicalAddress", key.source),
            ("businessObjectInstanceIdentifier", "NA"),
            ("clinicalProcessInterestId", "NA"),
            ("mostRecentContent", newest),
            ("sourceSystem", key.source),
            ("dataController", key.data_controller),
        )
        values = "".join(f"<{name}>{escaped(value)}</{name}>" for name, value in fields)
        yield (
            f"<u:engagementTransaction><deleteFlag>{str(removed).lower()}</deleteFlag>"
            f"<engagement>{values}</engagement></u:engagementTransaction>"
        )
