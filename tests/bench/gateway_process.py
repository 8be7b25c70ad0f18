"""A gateway in a process of its own. Run as a script: ``gateway_process.py ROOT SETTINGS`` (settings as JSON)."""

import sys
from pathlib import Path

import msgspec

from gateway.http.compose import compose
from gateway.http.server import listen, serve
from gateway.settings import Settings

if __name__ == "__main__":
    settings = msgspec.json.decode(sys.argv[2], type=Settings)
    gateway = compose(settings, Path(sys.argv[1]))
    serve(gateway.server, [listen(settings.host, settings.port)], lambda: None)
