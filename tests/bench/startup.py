"""From starting the process to its first answer."""

from pathlib import Path

from . import nginx
from .figures import Deadline, Effort, Startup
from .processes import free_ports, running
from .testbed import MODES, NGINX, STRICT_LOG, gateway_command

GATEWAY = "gateway"


def measure(folder: Path, root: Path, effort: Effort, deadline: Deadline) -> list[Startup]:
    """The gateway on the data in ``root``, and nginx, in turns."""
    found = [Startup(GATEWAY), Startup(NGINX)]
    for number in range(effort.starts):
        if deadline.passed and number:
            break
        port, other = free_ports(2)
        commands = [
            gateway_command(root, MODES[STRICT_LOG] | {"port": port}),
            nginx.command(folder / f"start{number}", nginx.proxy(other, {"/": port})),
        ]
        for each, command, ready in zip(found, commands, (port, other), strict=True):
            with running(each.variant, command, ready, folder) as process:
                each.seconds.append(process.wait_ready())
    return found
