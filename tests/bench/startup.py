"""From starting the process to its first answer."""

import sys
from pathlib import Path

from . import nginx
from .figures import Deadline, Effort, Startup
from .processes import free_ports, running
from .testbed import NGINX

GATEWAY = "rivta serve"
_SERVE = (sys.executable, "-m", "gateway.cli.main", "serve", "--log-format", "json", "--port")


def measure(folder: Path, effort: Effort, deadline: Deadline) -> list[Startup]:
    """The gateway on the project's own data, and nginx, in turns; configurations go into ``folder``."""
    found = [Startup(GATEWAY), Startup(NGINX)]
    for number in range(effort.starts):
        if deadline.passed and number:
            break
        port, other = free_ports(2)
        commands = [
            [*_SERVE, str(port)],
            nginx.command(folder / f"start{number}", nginx.proxy(other, {"/": port})),
        ]
        for each, command, ready in zip(found, commands, (port, other), strict=True):
            with running(each.variant, command, ready, folder) as process:
                each.seconds.append(process.wait_ready())
    return found
