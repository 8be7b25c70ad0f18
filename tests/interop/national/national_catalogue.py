"""Whom the gateways of this folder know: consumers, routes, permissions, and the HSA tree."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from interop_site import ROOT
from national_certs import Certificates
from national_messages import C1, C2, C3, C4, WRITES
from national_producer import REPLIES, Producer

SENDER, OTHER, STRANGER = "SE0000000001-KONSUMENT", "SE0000000001-ANNAN", "SE0000000001-OKAND"
TREE = [f"SE000000000{number}-1234" for number in range(1, 5)]  # each is part of the next, the last of SE
CLIMB_PERMISSION = "urn:riv:prov:behorighet:GetNoteResponder:1"
NO_CLIMB_PERMISSION = "urn:riv:prov:undantag:GetNoteResponder:2"
_LONG_AGO, _SOON = ("2001-01-01", "2002-01-01"), ("2098-01-01", "2099-01-01")


@dataclass(frozen=True)
class Peers:
    """The producers, the certificates, and a port where nobody listens."""

    plain: Producer
    secure: dict[str, Producer]
    certificates: Certificates
    closed_port: int


# The catalogue: logical addresses, contract, address, and what else a row of routes.toml has.
def _routes(peers: Peers) -> Iterator[tuple[Sequence[str], str, str, dict[str, str]]]:
    plain = f"http://127.0.0.1:{peers.plain.port}/vp"
    names = [*REPLIES, "slow", "short", "second-time"]
    for name in names:
        yield [name], C1, f"{plain}/{name}", {}
    yield ["short"], C4, f"{plain}/short", {}
    yield ["reset"], WRITES, f"{plain}/reset", {}
    for name, producer in peers.secure.items():
        yield [f"tls-{name}"], C1, f"https://localhost:{producer.port}/vp/ok", {}
    yield ["tls-headers"], C1, f"https://localhost:{peers.secure['usual'].port}/vp/headers", {}
    yield ["not-tls"], C1, f"https://localhost:{peers.plain.port}/vp/ok", {}
    yield ["refused"], C1, f"http://localhost:{peers.closed_port}/vp", {}
    yield ["unknown-host"], C1, "http://finns-inte.invalid/vp", {}
    yield ["underscore"], C1, f"http://local_host.invalid:{peers.plain.port}/vp", {}
    yield ["blank"], C1, "", {}
    yield ["trailing"], C1, f"{plain}/ok ", {}
    yield ["with-query"], C1, f"{plain}/ok/?wsdl", {}
    yield ["escaped"], C1, f"{plain}/a%20b%2Fc~%C3%A5/ok", {}
    yield ["user-info"], C1, f"http://user:pass@127.0.0.1:{peers.plain.port}/vp/ok", {}
    yield ["bp20"], C1, f"{plain}/ok", {"profile": "RIVTABP20"}
    yield ["both-profiles"], C1, f"{plain}/ok", {"profile": "RIVTABP20"}
    yield ["both-profiles"], C1, f"{plain}/ok", {"profile": "RIVTABP21"}
    yield ["Expired"], C1, f"{plain}/ok", {"valid_from": _LONG_AGO[0], "valid_to": _LONG_AGO[1]}
    yield ["Future"], C1, f"{plain}/ok", {"valid_from": _SOON[0], "valid_to": _SOON[1]}
    yield ["Denied", "PermissionExpired"], C1, f"{plain}/ok", {}
    yield ["First", "Second"], C1, f"{plain}/ok", {}
    yield ["First"], C2, f"{plain}/first", {}
    yield ["Second"], C2, f"{plain}/second", {}
    yield ["Explicit"], C2, f"{plain}/explicit", {}
    yield [TREE[2]], C2, f"{plain}/ancestor", {}
    yield ["*"], C2, f"{plain}/default", {}
    yield [TREE[2]], C3, f"{plain}/ancestor", {}
    yield [TREE[0]], CLIMB_PERMISSION, f"{plain}/ok", {}
    yield [TREE[0]], NO_CLIMB_PERMISSION, f"{plain}/ok", {}


def _permissions(peers: Peers) -> Iterator[tuple[Sequence[str], Sequence[str], str, dict[str, str]]]:
    everywhere = sorted({name for names, contract, _, _ in _routes(peers) if contract == C1 for name in names})
    allowed = [name for name in everywhere if name not in ("Denied", "PermissionExpired")]
    yield [SENDER, OTHER], allowed, C1, {}
    yield [SENDER], ["PermissionExpired"], C1, {"valid_from": _LONG_AGO[0], "valid_to": _LONG_AGO[1]}
    yield [SENDER], ["short"], C4, {}
    yield [SENDER], ["reset"], WRITES, {}
    yield [SENDER], ["*", "First", "Second"], C2, {}
    yield [OTHER], ["AnyReceiver", TREE[0]], C2, {}
    yield [SENDER], [TREE[0], TREE[2]], C3, {}
    yield [SENDER], [TREE[2]], CLIMB_PERMISSION, {}
    yield [SENDER], [TREE[2]], NO_CLIMB_PERMISSION, {}


def data_root(root: Path, peers: Peers) -> Path:
    """The project's contracts with routes and permissions of these tests."""
    (root / "routing").mkdir(parents=True)
    for name in ("contracts", "wsdl", "xsd", "fixtures"):
        (root / name).symlink_to(ROOT / name)
    for name in ("regions", "municipalities", "producers"):
        (root / "routing" / f"{name}.toml").symlink_to(ROOT / "routing" / f"{name}.toml")
    consumers = (
        f'[[consumer]]\nname = "{each}"\nhsa_id = "{each}"\nalias = "{each}"' for each in (SENDER, OTHER, STRANGER)
    )
    _write(root / "routing" / "consumers.toml", consumers)
    _write(
        root / "routing" / "routes.toml",
        (
            f"[[route]]\nlogical_addresses = {json.dumps(list(names))}\ncontracts = [{json.dumps(contract)}]\n"
            f"address = {json.dumps(address)}\n{_more(more)}"
            for names, contract, address, more in _routes(peers)
        ),
    )
    _write(
        root / "routing" / "permissions.toml",
        (
            f"[[permission]]\nconsumers = {json.dumps(list(who))}\nlogical_addresses = {json.dumps(list(names))}\n"
            f"contracts = [{json.dumps(contract)}]\n{_more(more)}"
            for who, names, contract, more in _permissions(peers)
        ),
    )
    return root


def _more(keys: dict[str, str]) -> str:
    return "".join(
        f"{key} = {value if key.startswith('valid') else json.dumps(value)}\n" for key, value in keys.items()
    )


def _write(path: Path, tables: Iterator[str]) -> None:
    path.write_text("\n\n".join(tables) + "\n", "utf-8")


def hsa_file(path: Path, names: Sequence[str]) -> Path:
    """A file of the national HSA cache in which each unit is part of the next."""
    dns = [",".join(f"ou={name}" for name in names[place:]) + ",c=SE" for place in range(len(names))]
    units = "".join(
        f"<hsaUnit><hsaIdentity>{name}</hsaIdentity><DN>{dn}</DN><name>{name}</name></hsaUnit>"
        for name, dn in zip(names, dns, strict=True)
    )
    root = "FileGetHsaUnitsResponse"
    whole = f'<{root} xmlns="urn:riv:hsa:HsaWsResponder:3"><hsaUnits>{units}</hsaUnits></{root}>'
    path.write_text(whole, "utf-8")
    return path
