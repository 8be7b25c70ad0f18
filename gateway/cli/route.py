"""``rivta route``: what the catalogue decides, and why."""

import json
import textwrap
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway import data, texts
from gateway.cli import options
from gateway.settings import from_environment

if TYPE_CHECKING:
    from gateway.contracts.contract import Contracts
    from gateway.registry.catalogue import Catalogue
    from gateway.registry.explain import Crossed, Explanation, Half, Order, Row
    from gateway.registry.misses import Miss

WIDTH = 100
_LABEL, _STEP = 18, 10  # columns
_GROUPS = {"route": "missing", "permission": "denied"}
_SHORT = 80  # characters of a namespace that fit in a line of TOML


@click.group("route")
def command() -> None:
    """Explain how the catalogue routes and permits."""


@command.command()
@click.option("--sender", required=True, help="Who calls: HSA-id, or an alias in routing/consumers.toml.")
@click.option("--address", required=True, help="The logical address, exactly as in the call.")
@click.option("--contract", required=True, help="Name, name and version, or responder namespace.")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="Another moment than now, Swedish time; noon of a day.",
)
@options.config
@options.output
@options.language
def explain(
    sender: str, address: str, contract: str, at: datetime | None, config: Path | None, output: str, lang: str
) -> int:
    """Look a call up as the gateway would, and print every step, the row that won, or what nearly fitted.

    Exit code 1 when the call would be refused.
    """
    from gateway.contracts.bridge_reader import load_bridges
    from gateway.contracts.contract import load_all
    from gateway.registry import explain as explaining
    from gateway.registry.catalogue import load_catalogue
    from gateway.registry.hsa import load_tree
    from gateway.registry.rules import Rules
    from gateway.registry.snapshot import Snapshot

    root, settings = data.root(), from_environment(config)
    contracts = load_all(root, settings.contracts_folder)
    catalogue = load_catalogue(root, contracts, port_offset=settings.producer_port_offset)
    tree = load_tree(map(Path, settings.hsa_files))
    found = explaining.explain(
        Snapshot(catalogue.routes, catalogue.permissions, tree=tree, rules=Rules.of(settings)),
        sender=_sender(catalogue, sender),
        receiver=address,
        contract=_namespace(contracts, contract),
        now=_moment(at),
        bridges=load_bridges(root, contracts) if settings.bridges else None,
    )
    if output == "json":
        click.echo(json.dumps(_plain(found), ensure_ascii=False, indent=2))
    else:
        _Printer(lang, contracts, catalogue).print(found)
    return 0 if found.outcome == explaining.FOUND else 1


def _sender(catalogue: "Catalogue", name: str) -> str:
    return next((each.hsa_id for each in catalogue.consumers if each.alias == name.lower()), name)


def _namespace(contracts: "Contracts", name: str) -> str:
    found = contracts.find(name)
    if found is not None:
        return found.descriptor.responder
    if not name.startswith("urn:"):
        known = ", ".join(sorted(known.key for known in contracts.values()))
        raise click.UsageError(f"unknown contract {name}; known are {known}, and namespaces that begin with urn:")
    return name


def _moment(at: datetime | None) -> float:
    from gateway.registry.snapshot import STOCKHOLM

    if at is None:
        return time.time()
    whole_day = at.time() == datetime.min.time()
    return (at.replace(hour=12) if whole_day else at).replace(tzinfo=STOCKHOLM).timestamp()


def _plain(found: "Explanation") -> dict[str, Any]:
    """For programs: the explanation, its misses with their texts in both languages."""
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(found)
    for kind, group in _GROUPS.items():
        half = getattr(found, kind)
        for miss, told in zip(plain[kind]["misses"], half.misses, strict=True):
            miss["text"] = told.told(group, **_asked(found))
        if found.bridge is not None:
            half = getattr(found.bridge, kind)
            for miss, told in zip(plain["bridge"][kind]["misses"], half.misses, strict=True):
                miss["text"] = told.told(group, **_asked(found) | {"contract": found.bridge.contract})
    return plain


def _asked(found: "Explanation") -> dict[str, str]:
    return {"contract": found.contract, "receiver": found.logical_address, "sender": found.sender}


class _Printer:
    """Prints an explanation in one language, at most 100 columns."""

    def __init__(self, language: str, contracts: "Contracts", catalogue: "Catalogue") -> None:
        self._language, self._contracts, self._catalogue = language, contracts, catalogue

    def print(self, found: "Explanation") -> None:
        """All of it."""
        self._line("consumer", f"{found.sender}{self._known(self._consumer(found.sender))}")
        self._line("contract", f"{found.contract}{self._known(self._contract(found.contract))}")
        self._line("logical_address", f"{_visible(found.logical_address)}{self._name(found.logical_address)}")
        self._line("at", found.at.strftime("%Y-%m-%d %H:%M"))
        for kind, group in _GROUPS.items():
            half: Half = getattr(found, kind)
            click.echo(f"\n{self._text(kind)}")
            self._steps(kind, half)
            if half.misses:
                self._misses(_asked(found), group, half.misses)
        if found.bridge is not None:
            self._bridge(found, found.bridge)
        click.echo()
        self._verdict(found)
        for order in found.orders:
            self._order(order)

    def _steps(self, kind: str, half: "Half") -> None:
        for step in half.steps:
            name = f" ({step.unit})" if step.unit else self._name(step.address)
            self._put(f"{self._text(step.step):<{_STEP}}{_visible(step.address)}{name}", 2, _STEP)
            for row in step.rows:
                mark = "→" if row == half.row else "·"
                self._put(f"{mark} {self._row(kind, row)}", 2 + _STEP, 2)
            if not step.rows:
                self._put(f"– {self._text('no-row')}", 2 + _STEP, 2)
        if not half.steps:
            self._put(self._text("refused"), 2)
        self._put(f"{self._text('trace'):<{_STEP}}{half.trace}", 2, _STEP)

    def _row(self, kind: str, row: "Row") -> str:
        from gateway.registry.misses import period

        parts = [self._text(row.state), period(row.valid_from, row.valid_to)]
        if kind == "route":
            parts[:0] = [row.address or self._text("blank"), row.profile.upper()]
        return "  ".join([*parts, row.source]).rstrip()

    def _bridge(self, found: "Explanation", bridge: "Crossed") -> None:
        click.echo(f"\n{self._text('bridge')}")
        self._put(self._text("bridge-why", name=bridge.name), 2)
        for kind, group in _GROUPS.items():
            half: Half = getattr(bridge, kind)
            self._put(f"{self._text(kind)} ({self._contract(bridge.contract)})", 2)
            self._steps(kind, half)
            if half.misses:
                self._misses(_asked(found) | {"contract": bridge.contract}, group, half.misses)

    def _misses(self, asked: dict[str, str], group: str, misses: "tuple[Miss, ...]") -> None:
        self._put(self._text("misses"), 2)
        for miss in misses:
            source = f"  {miss.source}" if miss.source else ""
            self._put(f"- {miss.told(group, **asked)[self._language]}{source}", 4, 2)

    def _verdict(self, found: "Explanation") -> None:
        if found.outcome == "ok":
            row = found.bridge.route.row if found.bridge is not None else found.route.row
            assert row is not None
            self._put(self._text("ok", address=row.address))
            return
        entry = texts.entry("fault", found.outcome)
        self._put(f"{found.outcome} {entry['text']}")
        if found.outcome in ("VP006", "VP010"):
            self._put(f"→ {entry[self._language]}", 2, 2)
        for correction in found.corrections.values():
            self._put(f"→ {self._text('correct', correction=correction)}", 2, 2)

    def _order(self, order: "Order") -> None:
        click.echo(f"\n{self._text(f'order-{order.kind}')}")
        if order.consumer:
            self._line("consumer", order.consumer, 2)
        self._line("contract", order.contract, 2)
        self._line("logical_address", order.logical_address, 2)
        if order.kind == "route":
            self._line("producer", self._text("producer-address"), 2)
        self._put(self._text(f"row-{order.kind}"), 2)
        click.echo(textwrap.indent(_toml(order), "    "))

    def _line(self, key: str, value: str, indent: int = 0) -> None:
        self._put(f"{self._text(key):<{_LABEL}}{value}", indent, _LABEL)

    def _put(self, text: str, indent: int = 0, hanging: int = 0) -> None:
        for line in textwrap.wrap(
            text.replace("\n", "\\n"),
            WIDTH,
            initial_indent=" " * indent,
            subsequent_indent=" " * (indent + hanging),
            break_on_hyphens=False,
            replace_whitespace=False,
        ):
            click.echo(line)

    def _text(self, key: str, **values: object) -> str:
        return texts.text("route", key, self._language, **values)

    def _name(self, address: str) -> str:
        name = self._catalogue.name_of(address)
        return f" ({name})" if name != address else ""

    def _known(self, name: str) -> str:
        return f" ({name or self._text('unknown')})"

    def _consumer(self, sender: str) -> str:
        return next((each.name for each in self._catalogue.consumers if each.hsa_id.lower() == sender.lower()), "")

    def _contract(self, namespace: str) -> str:
        found = self._contracts.get(namespace)
        return f"{found.descriptor.name}\u00a0{found.descriptor.version}" if found is not None else ""


def _visible(address: str) -> str:
    """An address as it is; quoted when white space would not be seen."""
    return address if address == address.strip() else f"“{address}”"


def _toml(order: "Order") -> str:
    """The row for a file in routing/."""
    contract = _quoted(order.contract)
    if len(contract) > _SHORT:
        contract = f"\n    {contract},\n"
    lines = [f"[[{order.kind}]]"]
    if order.consumer:
        lines.append(f"consumers = [{_quoted(order.consumer)}]")
    lines += (f"contracts = [{contract}]", f"logical_addresses = [{_quoted(order.logical_address)}]")
    if order.kind == "route":
        lines.append('address = "https://…"')
    return "\n".join(lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # TOML writes strings as JSON does
