"""SokVagvalsInfo v1 and v2: the catalogue's own service for routers, its questions and answers.

v2 has four operations; v1 two of them, and no filters. The rows virtualiseringsInfo and anropsBehorighetsInfo are also
those of the local copy that routers keep (``cache``). Times have no zone; everything is told, also what has expired.
"""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from lxml import etree

from gateway.registry.catalogue import Filter
from gateway.registry.formats import content as c
from gateway.registry.formats.errors import FormatError, wrong
from gateway.registry.formats.flat import Described, Flat, FlatPermission, FlatRoute
from gateway.registry.formats.moments import day, plain
from gateway.soap import ns
from gateway.soap.fault import escaped

V1, V2 = "urn:skl:tp:vagvalsinfo:v1", "urn:skl:tp:vagvalsinfo:v2"
ROUTES, PERMISSIONS = "hamtaAllaVirtualiseringar", "hamtaAllaAnropsBehorigheter"
CONTRACTS, COMPONENTS = "hamtaAllaTjanstekontrakt", "hamtaAllaTjanstekomponenter"
OPERATIONS = {V1: (PERMISSIONS, ROUTES), V2: (CONTRACTS, ROUTES, PERMISSIONS, COMPONENTS)}
"""By version, in the order of the WSDL."""

ROUTE_ROW, PERMISSION_ROW, CONTRACT_ROW = "virtualiseringsInfo", "anropsBehorighetsInfo", "tjanstekontraktInfo"
_NO_END = "9999-12-31T00:00:00"


def request(operation: str, version: str = V2) -> bytes:
    """The question of an operation; it has no content."""
    body = f'<v:{operation} xmlns:v="{version}"/>'
    return (
        f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'.encode()
    )


def answer(operation: str, content: c.Content, version: str = V2) -> str:
    """What Body of the answer holds.

    Raises:
        KeyError: the version has no such operation.
    """
    if operation not in OPERATIONS[version]:
        raise KeyError(operation)
    rows = "".join(_ROWS[operation](content, "", version))
    return f'<{operation}Response xmlns="{version}">{rows}</{operation}Response>'


def route_rows(content: c.Content, prefix: str = "", version: str = V2) -> Iterator[str]:
    """Every virtualiseringsInfo. Its element is not prefixed, those in it are."""
    del version
    contracts, addresses = _texts(content.service_contract, "namespace"), _texts(content.logical_address, "hsa_id")
    profiles = _texts(content.profile, "name")
    calls = {row.id: (escaped(row.address), profiles[row.profile_id]) for row in content.call_address}
    for row in content.route:
        url, profile = calls[row.call_address_id]
        values = (
            ("virtualiseringsInfoId", str(row.id)),
            ("receiverId", addresses[row.logical_address_id]),
            ("rivProfil", profile),
            ("tjansteKontrakt", contracts[row.service_contract_id]),
            ("fromTidpunkt", plain(row.valid_from)),
            ("tomTidpunkt", plain(row.valid_to)),
            ("adress", url),
        )
        yield f"<{ROUTE_ROW}>{_elements(values, prefix)}</{ROUTE_ROW}>"


def permission_rows(content: c.Content, prefix: str = "", version: str = V2) -> Iterator[str]:
    """Every anropsBehorighetsInfo."""
    contracts, addresses = _texts(content.service_contract, "namespace"), _texts(content.logical_address, "hsa_id")
    components, filters = _texts(content.component, "hsa_id"), _filters(content, prefix) if version == V2 else {}
    for row in content.permission:
        values = (
            ("anropsBehorighetsInfoId", str(row.id)),
            ("receiverId", addresses[row.logical_address_id]),
            ("senderId", components[row.component_id]),
            ("tjansteKontrakt", contracts[row.service_contract_id]),
            ("fromTidpunkt", plain(row.valid_from)),
            ("tomTidpunkt", plain(row.valid_to)),
        )
        more = filters.get(row.id, "")
        yield f"<{PERMISSION_ROW}>{_elements(values, prefix)}{more}</{PERMISSION_ROW}>"


def _contract_rows(content: c.Content, prefix: str, version: str) -> Iterator[str]:
    del version
    for row in content.service_contract:
        values = (
            ("namnrymd", escaped(row.namespace)),
            ("majorVersion", str(row.major)),
            ("minorVersion", str(row.minor)),
            ("beskrivning", escaped(row.description)),
        )
        yield f"<{CONTRACT_ROW}>{_elements(values, prefix)}</{CONTRACT_ROW}>"


def _component_rows(content: c.Content, prefix: str, version: str) -> Iterator[str]:
    del version
    contracts = _texts(content.service_contract, "namespace")
    profiles = _texts(content.profile, "name")
    addresses = {row.id: (escaped(row.hsa_id), escaped(row.description)) for row in content.logical_address}

    def about(row: c.Route | c.Permission) -> tuple[tuple[str, str], ...]:
        hsa_id, description = addresses[row.logical_address_id]
        contract = ("tjanstekontraktNamnrymd", contracts[row.service_contract_id])
        return contract, ("logiskAdressHsaId", hsa_id), ("logiskAdressBeskrivning", description)

    routes: dict[int, list[str]] = {}
    for row in content.route:
        days = (("fromTidpunkt", plain(row.valid_from)), ("tomTidpunkt", plain(row.valid_to)))
        told = _elements((*days, *about(row)), prefix)
        routes.setdefault(row.call_address_id, []).append(f"<vagvalsInfo>{told}</vagvalsInfo>")
    calls: dict[int, list[str]] = {}
    for call in content.call_address:
        values = (("adress", escaped(call.address)), ("rivtaProfilNamn", profiles[call.profile_id]))
        inner = f"{_elements(values, prefix)}{''.join(routes.get(call.id, ()))}"
        calls.setdefault(call.component_id, []).append(f"<anropsAdressInfo>{inner}</anropsAdressInfo>")
    permissions: dict[int, list[str]] = {}
    for each in content.permission:
        days = (("fromTidpunkt", plain(each.valid_from)), ("tomTidpunkt", plain(each.valid_to)))
        told = _elements((*days, ("integrationsavtal", escaped(each.agreement)), *about(each)), prefix)
        one = f"<anropsbehorighetInfo>{told}</anropsbehorighetInfo>"
        permissions.setdefault(each.component_id, []).append(one)
    for component in content.component:
        named = (("hsaId", escaped(component.hsa_id)), ("beskrivning", escaped(component.description)))
        more = "".join((*calls.get(component.id, ()), *permissions.get(component.id, ())))
        yield f"<tjanstekomponentInfo>{_elements(named, prefix)}{more}</tjanstekomponentInfo>"


_ROWS: dict[str, Callable[[c.Content, str, str], Iterator[str]]] = {
    ROUTES: route_rows,
    PERMISSIONS: permission_rows,
    CONTRACTS: _contract_rows,
    COMPONENTS: _component_rows,
}


def _filters(content: c.Content, prefix: str) -> dict[int, str]:
    categories: dict[int, list[tuple[str, str]]] = {}
    for row in content.filter_category:
        categories.setdefault(row.permission_filter_id, []).append(("categorization", escaped(row.category)))
    found: dict[int, str] = {}
    for each in content.permission_filter:
        inner = _elements((("serviceDomain", escaped(each.service_domain)), *categories.get(each.id, ())), prefix)
        found[each.permission_id] = (
            f"{found.get(each.permission_id, '')}<{prefix}filterInfo>{inner}</{prefix}filterInfo>"
        )
    return found


def _texts(rows: tuple[c.Row, ...], name: str) -> dict[int, str]:
    return {row.id: escaped(getattr(row, name)) for row in rows}


def _elements(values: tuple[tuple[str, str], ...], prefix: str) -> str:
    return "".join(f"<{prefix}{name}>{value}</{prefix}{name}>" for name, value in values)


def read_rows(path: Path, parent: etree._Element) -> Flat:
    """The virtualiseringsInfo, anropsBehorighetsInfo and tjanstekontraktInfo below an element, in any namespace.

    Raises:
        FormatError: one of them lacks something, or has a time that is none.
    """
    routes, permissions, contracts = [], [], {}
    for number, child in enumerate(parent.iterchildren("*"), 1):
        row = _Row(path, child, number)
        kind = ns.local(str(child.tag))
        if kind == ROUTE_ROW:
            who = row.text("receiverId"), row.text("tjansteKontrakt")
            routes.append(FlatRoute(*who, row.text("adress"), row.text("rivProfil"), *row.days()))
        elif kind == PERMISSION_ROW:
            who, sender = (row.text("receiverId"), row.text("tjansteKontrakt")), row.text("senderId")
            permissions.append(FlatPermission(who[0], sender, who[1], *row.days(), "", row.filters()))
        elif kind == CONTRACT_ROW:
            numbers = (row.number("majorVersion"), row.number("minorVersion"))
            contracts[row.text("namnrymd")] = Described(row.optional("beskrivning"), *numbers)
    return Flat(tuple(routes), tuple(permissions), contracts)


class _Row:
    """One row, and where it stands."""

    def __init__(self, path: Path, element: etree._Element, number: int) -> None:
        self._path, self._element = path, element
        self._where = f"{ns.local(str(element.tag))}[{number}]"
        self._children: dict[str, etree._Element] = {}
        for child in element.iterchildren("*"):
            self._children.setdefault(ns.local(str(child.tag)), child)

    def text(self, name: str) -> str:
        """The text of a child that must be there; an address may be empty."""
        child = self._children.get(name)
        if child is None or (not (child.text or "").strip() and name != "adress"):
            raise self._wrong("missing", name=name)
        return (child.text or "").strip()

    def optional(self, name: str) -> str:
        """The text of a child, blank without one."""
        return (self._children[name].text or "").strip() if name in self._children else ""

    def number(self, name: str) -> int:
        """A version; 0 when it is not told."""
        text = self.optional(name) or "0"
        if not text.isascii() or not text.isdigit():
            raise self._wrong("value", found=text, expected="1")
        return int(text)

    def days(self) -> tuple[date, date]:
        """From and to."""
        ends = self.optional("tomTidpunkt") or _NO_END
        found = []
        for name, text in (("fromTidpunkt", self.text("fromTidpunkt")), ("tomTidpunkt", ends)):
            try:
                found.append(day(text))
            except ValueError:
                raise self._wrong("value", name, found=text, expected="2026-01-31T00:00:00") from None
        return found[0], found[1]

    def filters(self) -> tuple[Filter, ...]:
        """The filterInfo elements."""
        found = []
        for child in self._element.iterchildren("{*}filterInfo", "filterInfo"):
            texts = [(ns.local(str(each.tag)), (each.text or "").strip()) for each in child.iterchildren("*")]
            domain = next((text for name, text in texts if name == "serviceDomain"), "")
            categories = tuple(text for name, text in texts if name == "categorization")
            found.append(Filter(domain, categories))
        return tuple(found)

    def _wrong(self, key: str, child: str = "", **values: object) -> FormatError:
        line = self._element.sourceline or 0
        return wrong(self._path, key, line=line, where=f"{self._where}/{child}" if child else self._where, **values)
