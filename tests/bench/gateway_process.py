"""A gateway in a process of its own. Run as a script: ``gateway_process.py ROOT SETTINGS`` (settings as JSON).

With a TLS listener when the settings have one. SIGHUP reads the data anew; a line on standard error tells when it is
done.
"""

import sys
from pathlib import Path

import msgspec

from gateway.http.compose import compose
from gateway.http.server import listen, serve
from gateway.http.tls import server_context
from gateway.settings import Settings


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    settings = msgspec.json.decode(sys.argv[2], type=Settings)
    gateway = compose(settings, Path(sys.argv[1]))
    secured = []
    if settings.tls_port:
        secured.append((listen(settings.host, settings.tls_port), server_context(settings)))
    serve(
        gateway.server,
        [listen(settings.host, settings.port)],
        lambda: gateway.reloader.start(gateway.holdings, _tell),
        secured=secured,
    )
    gateway.close()
