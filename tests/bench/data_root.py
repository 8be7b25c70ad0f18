"""A data folder for the bench: the project's contracts, and a catalogue of the bench's own producers."""

from collections.abc import Mapping
from pathlib import Path

from gateway.registry.engagements import COLUMNS

from .messages import PATH, PERSON, ROUTED, SENDER

AGGREGATE = "5565594230"
_CONTRACT = "GetFixedContacts_1.0"
_DOMAIN, _CATEGORY = "riv:coreprocess:planning:coordinatedplanning", "cpc-gfc"


def make(folder: Path, project: Path, ports: Mapping[str, int]) -> Path:
    """Fill ``folder``.

    Args:
        folder: exists and is empty.
        project: the folder with contracts/, wsdl/ and xsd/.
        ports: of every producer; all but ``ROUTED`` hold something about the person.
    """
    for name in ("contracts", "wsdl", "xsd"):
        (folder / name).symlink_to(project / name, target_is_directory=True)
    routing, fixtures = folder / "routing", folder / "fixtures"
    routing.mkdir()
    fixtures.mkdir()
    addresses = [AGGREGATE, *ports]
    rows = {
        "regions": "region = []\n",
        "municipalities": "municipality = []\n",
        "consumers": f'[[consumer]]\nname = "Bench"\nhsa_id = "{SENDER}"\nalias = "bench"\n',
        "producers": "".join(map(_producer, ports, ports.values())),
        "routes": _route(AGGREGATE, "aggregate:") + "".join(map(_http_route, ports, ports.values())),
        "permissions": f'[[permission]]\nconsumers = ["{SENDER}"]\ncontracts = ["{_CONTRACT}"]\n'
        f"logical_addresses = {addresses}\n".replace("'", '"'),
    }
    for name, text in rows.items():
        (routing / f"{name}.toml").write_text(text, "utf-8")
    lines = [";".join(COLUMNS), *(_engagement(source) for source in ports if source != ROUTED)]
    (fixtures / "engagements.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def _producer(address: str, port: int) -> str:
    name = "Bench, förmedlat anrop" if address == ROUTED else address
    return f'[[producer]]\nlogical_address = "{address}"\nname = "{name}"\nkind = "external"\nport = {port}\n'


def _http_route(address: str, port: int) -> str:
    return _route(address, f"http://127.0.0.1:{port}{PATH}")


def _route(address: str, url: str) -> str:
    return f'[[route]]\nlogical_addresses = ["{address}"]\ncontracts = ["{_CONTRACT}"]\naddress = "{url}"\n'


def _engagement(source: str) -> str:
    day = "20260114083000"
    return ";".join((PERSON, _DOMAIN, _CATEGORY, source, source, source, "NA", "NA", day, day, day))
