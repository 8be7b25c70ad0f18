"""A data folder with a catalogue of any size: many addresses, each with the same contracts."""

from collections.abc import Iterator
from pathlib import Path

from .messages import PATH, SENDER

CONTRACTS = 10
_CONTRACT = "GetFixedContacts_1.0"
_ROW = 1_000  # addresses in a row of a file


def make(folder: Path, like: Path, count: int, port: int) -> Path:
    """Fill ``folder`` with ``count`` routes, and as many permissions, to the producer on a port.

    Args:
        folder: exists and is empty.
        like: a data folder from ``data_root``.
        count: a multiple of ``CONTRACTS``.
        port: of the producer.
    """
    for name in ("contracts", "wsdl", "xsd", "fixtures"):
        (folder / name).symlink_to(like / name, target_is_directory=True)
    routing = folder / "routing"
    routing.mkdir()
    for path in (like / "routing").iterdir():
        (routing / path.name).write_text(path.read_text("utf-8"), "utf-8")
    others = ", ".join(f'"urn:riv:bench:big:Get{number}Responder:1"' for number in range(CONTRACTS - 1))
    contracts = f'["{_CONTRACT}", {others}]'
    routes, permissions = [], []
    for addresses in _rows(count // CONTRACTS):
        what = f"logical_addresses = [{addresses}]\ncontracts = {contracts}\n"
        routes.append(f'[[route]]\n{what}address = "http://127.0.0.1:{port}{PATH}"\n')
        permissions.append(f'[[permission]]\nconsumers = ["{SENDER}"]\n{what}')
    with (routing / "routes.toml").open("a", encoding="utf-8") as file:
        file.writelines(routes)
    with (routing / "permissions.toml").open("a", encoding="utf-8") as file:
        file.writelines(permissions)
    return folder


def address(number: int) -> str:
    """The logical address with a number; all have the same length."""
    return f"SE0000000000-BIG{number:07}"


def script(count: int) -> str:
    """For wrk: every call goes to another address, chosen at random."""
    return _SCRIPT.format(count=count // CONTRACTS)


_SCRIPT = """
math.randomseed(7)
local before, after = wrk.body:match("^(.*<itr:LogicalAddress>)[^<]*(<.*)$")
request = function()
  local address = string.format("SE0000000000-BIG%07d", math.random(0, {count} - 1))
  return wrk.format(nil, nil, nil, before .. address .. after)
end
"""


def _rows(count: int) -> Iterator[str]:
    for start in range(0, count, _ROW):
        yield ", ".join(f'"{address(number)}"' for number in range(start, min(start + _ROW, count)))
