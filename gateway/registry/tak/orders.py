"""Carries out an order (beställning): makes, extends and ends rows, and reports what was done, in the national words.

Only pending changes come of it; publishing them is another matter.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from gateway import texts
from gateway.registry.formats import content as c
from gateway.registry.formats.order import Order, OrderedPermission, OrderedRoute
from gateway.registry.tak.ordered import (
    A_DAY,
    AGREEMENT,
    ENDED,
    FIELDS,
    MISSING,
    NAMES,
    NEW,
    REMOVED,
    UPDATED,
    YEARS,
    Done,
    OrderError,
    in_years,
    shown,
)


def carry_out(
    order: Order,
    content: c.Content,
    *,
    name: str = "order",
    platform: str = "",
    taken: Mapping[str, int] | None = None,
    foreign: Mapping[tuple[str, str], str] | None = None,
    national: bool = False,
) -> Done:
    """Carry out an order on a content.

    Args:
        order: what shall be there, and what not.
        content: the published catalogue with the author's own changes.
        name: of the order, for errors.
        platform: whose orders are taken (``tak.platform``); blank for anybody's.
        taken: by kind, the highest id in use elsewhere.
        foreign: who has made what is not published yet, by kind and name in upper case.
        national: end a row a day before the new one begins, which leaves a day without any.

    Raises:
        OrderError: it is for another platform, names something twice, or something that is not there.
    """
    worker = _Worker(order, content, taken or {}, foreign or {}, national=national)
    if platform and order.platform != platform:
        worker.refuse("platform", ordered=order.platform, platform=platform)
    worker.twice()
    worker.include()
    worker.exclude()
    if worker.told:
        raise OrderError(name, worker.told)
    return Done(
        c.content_of({kind: [rows[key] for key in sorted(rows)] for kind, rows in worker.rows.items()}), worker.report
    )


class _Worker:
    def __init__(
        self,
        order: Order,
        content: c.Content,
        taken: Mapping[str, int],
        foreign: Mapping[tuple[str, str], str],
        *,
        national: bool,
    ) -> None:
        self.order, self._foreign = order, foreign
        self.rows: dict[str, dict[int, c.Row]] = {kind: {row.id: row for row in content.rows(kind)} for kind in c.KINDS}
        self.report: list[tuple[str, str]] = []
        self.told: list[dict[str, str]] = []
        self._last = {kind: max([taken.get(kind, 0), *rows]) for kind, rows in self.rows.items()}
        self._known = {
            kind: {getattr(row, name).upper(): key for key, row in self.rows[kind].items()}
            for kind, name in c.KEYS.items()
        }
        self._first = order.effective
        self._end = in_years(order.effective, YEARS)
        self._ended = order.effective - A_DAY if national else order.effective
        self._least = timedelta(0) if national else A_DAY  # that a row must hold to be kept

    def refuse(self, key: str, **values: object) -> None:
        """Note a reason to refuse the order."""
        self.told.append(texts.both("tak-order", key, **values))

    def twice(self) -> None:
        """A row may stand in one place of the order only."""
        include, exclude = self.order.include, self.order.exclude
        routes = [shown(row) for section in (include, exclude) for row in section.vagval]
        permissions = [shown(row) for section in (include, exclude) for row in section.anropsbehorigheter]
        for key, several in (("route-twice", routes), ("permission-twice", permissions)):
            for what in dict.fromkeys(each for each in several if [x.upper() for x in several].count(each.upper()) > 1):
                self.refuse(key, what=what)

    def include(self) -> None:
        """What is not there is made; what is there stays as it is."""
        section = self.order.include
        for contract in section.tjanstekontrakt:
            major = int(contract.majorVersion or 1)
            self._basic("service_contract", contract.namnrymd, description=contract.beskrivning or "", major=major)
        for address in section.logiskadresser:
            self._basic("logical_address", address.hsaId, description=address.beskrivning or "")
        for component in section.tjanstekomponenter:
            self._basic("component", component.hsaId, description=component.beskrivning or "")
        for permission in section.anropsbehorigheter:
            self._permit(permission)
        for route in section.vagval:
            self._route(route)

    def exclude(self) -> None:
        """Routes and permissions end, or go when they have not begun; contracts and the like stay."""
        for permission in self.order.exclude.anropsbehorigheter:
            key = self._permission_key(permission, "exclude-permission")
            found = [row for row in self._of("permission") if _permission_key(row) == key] if key else []
            self._finish("permission", found, f"Anropsbehörighet: {shown(permission)}")
        for route in self.order.exclude.vagval:
            if not self._complete(route, "exclude-route"):
                continue
            place = self._place(route)
            calls = {key for key, row in self.rows["call_address"].items() if self._is_call(row, route)}
            found = [row for row in self._of("route") if (row.logical_address_id, row.service_contract_id) == place]
            found = [row for row in found if row.call_address_id in calls]
            self._finish("route", found, f"Vägval: {shown(route)}")

    def _basic(self, kind: str, name: str | None, **values: Any) -> None:
        if not name:
            self.refuse("basic", kind=NAMES[kind])
            return
        key = name if kind == "service_contract" else name.upper()
        if self._mine(kind, key) and key.upper() not in self._known[kind]:
            self._add(kind, {c.KEYS[kind]: key, **values})
            self.report.append((NEW, f"{NAMES[kind]}: {key}"))

    def _mine(self, kind: str, name: str) -> bool:
        author = self._foreign.get((kind, name.upper()))
        if author and name.upper() not in self._known[kind]:
            self.refuse("foreign", what=f"{NAMES[kind]} med {FIELDS[kind]} = {name}", author=author)
            return False
        return True

    def _find(self, kind: str, name: str | None, action: str) -> int | None:
        """The id of what a row refers to; a reason to refuse when it is not there."""
        found = self._known[kind].get((name or "").upper())
        if found is None and self._mine(kind, name or ""):
            self.refuse("unknown", action=action, kind=NAMES[kind], field=FIELDS[kind], name=name)
        return found

    def _permission_key(self, ordered: OrderedPermission, key: str) -> tuple[int, int, int] | None:
        if not (ordered.logiskAdress and ordered.tjanstekontrakt and ordered.tjanstekonsument):
            self.refuse("incomplete", what="Anropsbehörighet")
            return None
        names = (
            ("logical_address", ordered.logiskAdress),
            ("service_contract", ordered.tjanstekontrakt),
            ("component", ordered.tjanstekonsument),
        )
        if key.startswith("exclude"):
            found = [self._known[kind].get(name.upper()) for kind, name in names]
        else:
            found = [self._find(kind, name, "Anropsbehörighet") for kind, name in names]
        return None if None in found else (found[0] or 0, found[1] or 0, found[2] or 0)

    def _permit(self, ordered: OrderedPermission) -> None:
        key = self._permission_key(ordered, "permission")
        if key is None:
            return
        existing = [row for row in self._of("permission") if _permission_key(row) == key]
        if not self._extend("permission", existing, f"Anropsbehörighet: {shown(ordered)}"):
            address, contract, consumer = key
            values = {"agreement": AGREEMENT, "component_id": consumer, "logical_address_id": address}
            self._add("permission", {**values, "service_contract_id": contract, **self._period()})
            self.report.append((NEW, f"Anropsbehörighet: {shown(ordered)}"))

    def _complete(self, ordered: OrderedRoute, key: str) -> bool:
        given = (ordered.logiskAdress, ordered.tjanstekontrakt, ordered.rivtaprofil, ordered.tjanstekomponent)
        if all(given) and (ordered.adress or key.startswith("exclude")):
            return True
        self.refuse("incomplete", what="Vägval")
        return False

    def _place(self, ordered: OrderedRoute) -> tuple[int | None, int | None]:
        address = self._known["logical_address"].get((ordered.logiskAdress or "").upper())
        return address, self._known["service_contract"].get((ordered.tjanstekontrakt or "").upper())

    def _is_call(self, row: Any, ordered: OrderedRoute) -> bool:
        component = self._known["component"].get((ordered.tjanstekomponent or "").upper())
        profile = self._known["profile"].get((ordered.rivtaprofil or "").upper())
        return (row.component_id, row.profile_id) == (component, profile) and ordered.adress in (None, "", row.address)

    def _route(self, ordered: OrderedRoute) -> None:
        if not self._complete(ordered, "route"):
            return
        names = (
            ("logical_address", ordered.logiskAdress),
            ("service_contract", ordered.tjanstekontrakt),
            ("component", ordered.tjanstekomponent),
            ("profile", ordered.rivtaprofil),
        )
        address, contract, component, profile = [self._find(kind, name, "Vägval") for kind, name in names]
        if None in (address, contract, component, profile):
            return
        what = f"Vägval: {shown(ordered)}"
        place = (address, contract)
        existing = [row for row in self._of("route") if (row.logical_address_id, row.service_contract_id) == place]
        calls = self.rows["call_address"]
        same = [row for row in existing if self._is_call(calls[row.call_address_id], ordered)]
        if self._extend("route", same, what):
            return
        for row in existing:
            if row.valid_to > self._first:
                self._finish("route", [row], what)
        call = next((key for key, row in calls.items() if self._is_call(row, ordered)), None)
        if call is None:
            values = {"address": ordered.adress, "profile_id": profile, "component_id": component}
            call = self._add("call_address", values)
            self.report.append((NEW, f"Anropsadress: {ordered.adress}"))
        values = {"call_address_id": call, "logical_address_id": address, "service_contract_id": contract}
        self._add("route", {**values, **self._period()})
        self.report.append((NEW, what))

    def _extend(self, kind: str, rows: list[Any], what: str) -> bool:
        """Let a row that holds then, or later, go on until the new end; whether there is one."""
        found = max((row for row in rows if row.valid_to >= self._first), key=lambda row: row.valid_to, default=None)
        if found is None:
            return False
        first = min(found.valid_from, self._first)
        if found.valid_to < self._end or first < found.valid_from:
            end = max(found.valid_to, self._end)
            self.rows[kind][found.id] = msgspec.structs.replace(found, valid_from=first, valid_to=end, publication=0)
            self.report.append((UPDATED, what))
        return True

    def _finish(self, kind: str, rows: list[Any], what: str) -> None:
        """End rows when the order takes effect; those that would end before they begin go."""
        holding = [row for row in rows if row.valid_to > self._ended]
        if not holding:
            self.report.append((MISSING, what))
        for row in holding:
            if self._ended < row.valid_from + self._least:
                self._remove(kind, row.id)
                self.report.append((REMOVED, what))
            else:
                self.rows[kind][row.id] = msgspec.structs.replace(row, valid_to=self._ended, publication=0)
                self.report.append((ENDED, what))

    def _remove(self, kind: str, key: int) -> None:
        """A row and what belongs to it."""
        del self.rows[kind][key]
        for other in c.KINDS:
            for name, of in c.references(other).items():
                if of == kind:
                    for each in [row.id for row in self._of(other) if getattr(row, name) == key]:
                        self._remove(other, each)

    def _of(self, kind: str) -> list[Any]:
        return list(self.rows[kind].values())

    def _add(self, kind: str, values: dict[str, Any]) -> int:
        self._last[kind] += 1
        key = self._last[kind]
        self.rows[kind][key] = c.KINDS[kind](id=key, **values)
        if kind in c.KEYS:
            self._known[kind][values[c.KEYS[kind]].upper()] = key
        return key

    def _period(self) -> dict[str, date]:
        return {"valid_from": self._first, "valid_to": self._end}


def _permission_key(row: Any) -> tuple[int, int, int]:
    return row.logical_address_id, row.service_contract_id, row.component_id
