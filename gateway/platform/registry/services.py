"""The catalogue's answers to who supports what, who may call whom, and whether it is alive.

National catalogue, registry contracts: faults carry an exception's bare text. In strict mode what nationally slips
through is put right: rows that do not hold now, addresses told twice, a version that the schema demands.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from lxml import etree

from gateway import __version__, texts
from gateway.errors import DataError
from gateway.message import Answer
from gateway.platform.dispatch import Platform, answered
from gateway.platform.registry.holder import Holder, Known, holds
from gateway.registry.catalogue import Filter
from gateway.registry.formats.flat import FlatPermission
from gateway.registry.rows import STOCKHOLM
from gateway.router.call import Call
from gateway.router.refusal import Refusal, ServiceRefusal
from gateway.soap import ns, xml
from gateway.soap.fault import escaped
from gateway.soap.head import MessageError

_APPLICATION = "tk-admin-services"
_CORES = (ns.REGISTRY, ns.REGISTRY2)


class RegistryServices:
    """Answers for the catalogue."""

    def __init__(self, holder: Holder, *, national: bool) -> None:
        self._holder, self._national = holder, national

    def offer(self, platform: Platform) -> None:
        """Answer the catalogue's contracts."""
        for contract in ns.SUPPORTED:
            platform.offer(contract, self.supported)
        for contract in ns.ADDRESSEES:
            platform.offer(contract, self.addressees)
        platform.offer(ns.PING, self.ping)

    async def supported(self, call: Call) -> Answer:
        """Which contracts a consumer, in version 2 also anybody, may use towards an address now.

        Raises:
            ServiceRefusal: TAK001, TAK002, TAK004; Refusal: VP015, not a message.
        """
        request, contract = _request(call)
        receiver, consumer = _text(request, "logicalAdress"), _text(request, "serviceConsumerHsaId")
        if not receiver.strip():
            raise refused("address")
        if not consumer.strip() and contract == ns.SUPPORTED[0]:
            raise refused("consumer")
        known = await self._known()
        today = datetime.now(STOCKHOLM).date()
        found = (
            f"<ns2:serviceContractNamespace><ServiceContractNamespace>{escaped(each)}</ServiceContractNamespace>"
            "</ns2:serviceContractNamespace>"
            for each in known.supported(receiver, consumer if consumer.strip() else "", today)
        )
        return _answer(contract, ns.SUPPORTED.index(contract), found)

    async def addressees(self, call: Call) -> Answer:
        """Which addresses a consumer may call with a contract.

        Raises:
            ServiceRefusal: TAK001, TAK003, TAK004; Refusal: VP015, not a message.
        """
        request, contract = _request(call)
        wanted = request.find("{*}serviceContractNameSpace")
        namespace = "" if wanted is None else _text(wanted, "ServiceContractNamespace")
        consumer = _text(request, "serviceConsumerHsaId")
        if not namespace.strip():
            raise refused("contract")
        if not consumer.strip():
            raise refused("consumer")
        rows: Iterable[FlatPermission] = (await self._known()).addressees(namespace, consumer)
        if not self._national:
            rows = _merged(row for row in rows if holds(row, datetime.now(STOCKHOLM).date()))
        version = ns.ADDRESSEES.index(contract)
        return _answer(contract, version, map(_record if version else _address, rows))

    async def ping(self, call: Call) -> Answer:
        """When it answers, and who it is.

        Raises:
            ServiceRefusal: TAK004; Refusal: VP015, not a message.
        """
        _, contract = _request(call)
        await self._known("ping")
        now = f"{datetime.now(STOCKHOLM):%Y%m%d%H%M%S}"
        version = "" if self._national else f"<ns2:version>{__version__}</ns2:version>"
        setting = f"<ns2:name>Applikation</ns2:name><ns2:value>{_APPLICATION}</ns2:value>"
        told = f"{version}<ns2:pingDateTime>{now}</ns2:pingDateTime><ns2:configuration>{setting}</ns2:configuration>"
        return _answer(contract, 0, (told,))

    async def _known(self, key: str = "unreadable") -> Known:
        try:
            return await self._holder.known()
        except DataError as error:
            raise refused(key, why=error.problem) from None


def refused(key: str, **values: object) -> ServiceRefusal:
    """The refusal of ``[registry.key]`` in the texts."""
    entry = texts.entry("registry", key)
    return ServiceRefusal(entry["code"], entry["text"].format(**values), texts.both_fields(entry, **values))


def _request(call: Call) -> tuple[etree._Element, str]:
    """The request, and the contract that it is of."""
    assert call.head is not None
    try:
        request = xml.body_child(xml.parse(call.body))
    except MessageError as error:
        raise Refusal("VP015", why=str(error)) from None
    wanted = _name(call.head.contract)
    if ns.local(str(request.tag)) != wanted:
        raise Refusal("VP015", why=f"Body holds {request.tag}, expected {ns.clark(call.head.contract, wanted)}")
    return request, call.head.contract


def _name(contract: str) -> str:
    return contract.split(":")[-2].removesuffix("Responder")


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{{*}}{name}") or ""


def _answer(contract: str, version: int, rows: Iterable[str]) -> Answer:
    name = f"ns2:{_name(contract)}Response"
    return answered(f'<{name} xmlns="{_CORES[version]}" xmlns:ns2="{contract}">{"".join(rows)}</{name}>')


def _merged(rows: Iterable[FlatPermission]) -> Iterator[FlatPermission]:
    """Each address once. A row without filters lets everything through, whatever others say."""
    found: dict[str, list[FlatPermission]] = {}
    for row in rows:
        found.setdefault(row.receiver.lower(), []).append(row)
    for several in found.values():
        filters = () if not all(row.filters for row in several) else _joined(several)
        first = several[0]
        yield FlatPermission(
            first.receiver, first.sender, first.contract, first.valid_from, first.valid_to, first.agreement, filters
        )


def _joined(rows: Iterable[FlatPermission]) -> tuple[Filter, ...]:
    found: dict[str, dict[str, None] | None] = {}
    for row in rows:
        for each in row.filters:
            known = found.get(each.service_domain, {})
            open_ = known is None or not each.categories
            found[each.service_domain] = None if open_ else {**(known or {}), **dict.fromkeys(each.categories)}
    return tuple(Filter(domain, tuple(categories or ())) for domain, categories in found.items())


def _address(row: FlatPermission) -> str:
    return f"<ns2:logicalAddress>{escaped(row.receiver)}</ns2:logicalAddress>"


def _record(row: FlatPermission) -> str:
    filters = "".join(
        f"<ns2:filter><ns2:serviceDomain>{escaped(each.service_domain)}</ns2:serviceDomain>"
        + "".join(f"<ns2:categorization>{escaped(one)}</ns2:categorization>" for one in each.categories)
        + "</ns2:filter>"
        for each in row.filters
    )
    return f"<ns2:logicalAddressRecord>{_address(row)}{filters}</ns2:logicalAddressRecord>"
