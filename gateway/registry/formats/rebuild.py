"""Gives a catalogue without ids the ids of the one that it is to take the place of."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from gateway.registry.formats import content as c
from gateway.registry.formats.flat import Described, Flat, FlatPermission, FlatRoute, of_content

_PROFILES = ("RIVTABP20", "RIVTABP21")
_EVERYONE = "*"


def rebuild(flat: Flat, base: c.Content, taken: Mapping[str, int] | None = None) -> c.Content:
    """The content that says what ``flat`` says, with the ids that ``base`` has for the same things.

    What ``flat`` knows nothing of (descriptions, the producer's component, agreements) stays as ``base`` has it.

    Args:
        flat: what the catalogue shall say.
        base: whose ids are kept.
        taken: by kind, the highest id that is in use elsewhere.
    """
    return _Builder(base, taken or {}).content(flat)


def renumber(content: c.Content, base: c.Content, taken: Mapping[str, int] | None = None) -> c.Content:
    """A content with ids of its own in those of ``base``; as it is when there is nothing to fit in with."""
    return rebuild(of_content(content), base, taken) if base or taken else content


class _Builder:
    def __init__(self, base: c.Content, taken: Mapping[str, int]) -> None:
        self._base = base
        self._last = {kind: max([taken.get(kind, 0), *(row.id for row in base.rows(kind))]) for kind in c.KINDS}
        self._known: dict[str, dict[str, c.Row]] = {
            kind: {getattr(row, field).lower(): row for row in base.rows(kind)} for kind, field in c.KEYS.items()
        }
        self._made: dict[str, dict[int, c.Row]] = {kind: {} for kind in c.KINDS}
        self._calls: dict[tuple[str, int, int], c.CallAddress] = {
            (row.address, row.profile_id, row.component_id): row for row in base.call_address
        }
        self._producers: dict[tuple[str, int], int] = {
            (row.address, row.profile_id): row.component_id for row in reversed(base.call_address)
        }

        components = {row.id: row.component_id for row in base.call_address}
        self._before = {
            (row.logical_address_id, row.service_contract_id): components[row.call_address_id] for row in base.route
        }

    def content(self, flat: Flat) -> c.Content:
        """The whole, each kind in the order of its ids."""
        for name in _PROFILES:
            self._named("profile", name, {})
        for namespace, known in flat.contracts.items():
            self._contract(namespace, known)
        for hsa_id, description in flat.components.items():
            self._named("component", hsa_id, {"description": description} if description else {})
        for hsa_id, description in flat.addresses.items():
            self._named("logical_address", hsa_id, {"description": description} if description else {})
        for kind, listed in (
            ("service_contract", bool(flat.contracts)),
            ("component", bool(flat.components)),
            ("logical_address", bool(flat.addresses)),
        ):
            if not listed:  # it lists none: those that no row needs stay
                self._made[kind] |= {row.id: row for row in self._base.rows(kind)}
        self._routes(flat.routes)
        self._permissions(flat.permissions)
        return c.content_of({kind: [rows[key] for key in sorted(rows)] for kind, rows in self._made.items()})

    def _contract(self, namespace: str, known: Described | None = None) -> int:
        if known is None and namespace.lower() in self._known["service_contract"]:
            return self._named("service_contract", namespace, {})
        given = known or Described(major=_major(namespace))
        values: dict[str, Any] = {"major": given.major, "minor": given.minor}
        if given.description:
            values["description"] = given.description
        return self._named("service_contract", namespace, values)

    def _named(self, kind: str, key: str, values: dict[str, Any]) -> int:
        """The id of the row with a name, which is made, or taken over, when it is not there yet."""
        found = self._known[kind].get(key.lower())
        if found is not None and found.id in self._made[kind] and not values:
            return found.id
        row = self._row(kind, found, {c.KEYS[kind]: getattr(found, c.KEYS[kind]) if found else key, **values})
        self._known[kind][key.lower()] = row
        return row.id

    def _row(self, kind: str, found: c.Row | None, values: dict[str, Any]) -> c.Row:
        """A row with new values and the old one's id, or with a new id."""
        if found is None:
            self._last[kind] += 1
            row = c.KINDS[kind](id=self._last[kind], **values)
        else:
            before = {name: getattr(found, name) for name in found.__struct_fields__}
            row = found if {**before, **values} == before else c.KINDS[kind](**{**before, **values, "publication": 0})
        self._made[kind][row.id] = row
        return row

    def _call_address(self, row: FlatRoute, receiver: int, contract: int) -> int:
        profile = self._named("profile", row.profile, {})
        if row.component:
            component = self._named("component", row.component, {})
        elif (known := self._producers.get((row.address, profile), self._before.get((receiver, contract)))) is not None:
            component = self._again("component", known)
        else:
            component = self._named("component", row.receiver if row.receiver != _EVERYONE else "DEFAULT", {})
        self._producers.setdefault((row.address, profile), component)
        key = (row.address, profile, component)
        values = {"address": row.address, "profile_id": profile, "component_id": component}
        made = self._row("call_address", self._calls.get(key), values)
        assert isinstance(made, c.CallAddress)
        self._calls[key] = made
        return made.id

    def _again(self, kind: str, key: int) -> int:
        """Keep a row of the base, or one made here, by id."""
        if key not in self._made[kind]:
            self._made[kind][key] = next(row for row in self._base.rows(kind) if row.id == key)
        return key

    def _routes(self, routes: Iterable[FlatRoute]) -> None:
        wanted: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        for row in routes:
            receiver, contract = self._named("logical_address", row.receiver, {}), self._contract(row.contract)
            values = {
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "call_address_id": self._call_address(row, receiver, contract),
                "logical_address_id": receiver,
                "service_contract_id": contract,
            }
            wanted.append(((receiver, contract), values))
        self._matched("route", wanted, lambda row: (row.logical_address_id, row.service_contract_id))

    def _permissions(self, permissions: Iterable[FlatPermission]) -> None:
        wanted: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        filters = []
        for row in permissions:
            receiver, contract = self._named("logical_address", row.receiver, {}), self._contract(row.contract)
            sender = self._named("component", row.sender, {})
            values = {
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "component_id": sender,
                "logical_address_id": receiver,
                "service_contract_id": contract,
            }
            if row.agreement:
                values["agreement"] = row.agreement
            wanted.append(((receiver, contract, sender), values))
            filters.append(row.filters)
        made = self._matched(
            "permission", wanted, lambda row: (row.logical_address_id, row.service_contract_id, row.component_id)
        )
        self._filters(zip((row.id for row in made), filters, strict=True))

    def _filters(self, wanted: Iterable[tuple[int, Iterable[Any]]]) -> None:
        given = [(permission, each) for permission, several in wanted for each in several]
        rows = [((key,), {"permission_id": key, "service_domain": each.service_domain}) for key, each in given]
        made = self._matched("permission_filter", rows, lambda row: (row.permission_id,))
        categories: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        for row, (_, each) in zip(made, given, strict=True):
            categories += [
                ((row.id,), {"permission_filter_id": row.id, "category": category}) for category in each.categories
            ]
        self._matched("filter_category", categories, lambda row: (row.permission_filter_id,))

    def _matched(
        self, kind: str, wanted: list[tuple[tuple[Any, ...], dict[str, Any]]], key_of: Callable[[Any], tuple[Any, ...]]
    ) -> list[c.Row]:
        """A row for each: first those that are there as they shall be, then others of the same key, then new ones."""
        left: dict[tuple[Any, ...], list[c.Row]] = {}
        for row in self._base.rows(kind):
            left.setdefault(key_of(row), []).append(row)
        found: list[c.Row | None] = [_taken(left.get(key, []), values) for key, values in wanted]
        made = []
        for (key, values), same in zip(wanted, found, strict=True):
            rest = left.get(key, [])
            before = same or (rest.pop(0) if rest else None)
            if kind == "permission" and before is None:
                values.setdefault("agreement", "")
            made.append(self._row(kind, before, values))
        return made


def _taken(rows: list[c.Row], values: Mapping[str, Any]) -> c.Row | None:
    for number, row in enumerate(rows):
        if all(getattr(row, name) == value for name, value in values.items()):
            return rows.pop(number)
    return None


def _major(namespace: str) -> int:
    tail = namespace.rpartition(":")[2]
    return int(tail) if tail.isascii() and tail.isdigit() else 1


def union(base: c.Content, wanted: c.Content) -> Iterator[tuple[str, list[c.Row]]]:
    """By kind, the rows of ``wanted`` and those of ``base`` with other ids."""
    for kind in c.KINDS:
        rows = {row.id: row for row in (*base.rows(kind), *wanted.rows(kind))}
        yield kind, [rows[key] for key in sorted(rows)]
