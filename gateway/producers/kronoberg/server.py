"""The pilot as an HTTP server of its own."""

import argparse
import signal
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import waitress

from gateway import data
from gateway.errors import DataError
from gateway.producers.kronoberg.follow import follower, start
from gateway.producers.kronoberg.service import CONTRACTS, LOGICAL_ADDRESS, MAX_REQUEST, Producer
from gateway.producers.kronoberg.trouble import Channel, Trouble
from gateway.settings import from_environment

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
_THREADS: Final = 12  # the platform's producers must manage ten calls at a time


class Site:
    """The WSGI application: one path per contract, and ``/livez``.

    Only SOAP calls reach spyne. It cannot describe a RIV-TA service (its WSDL refers to a header message that
    does not exist), so ``?wsdl`` is refused, which the rules allow (RIV-TA Basic Profile 2.1 #20).
    """

    def __init__(self, applications: Mapping[str, Application]) -> None:
        self._applications = applications

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one HTTP request."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if path == "/livez" and method == "GET":
            return _text(start_response, "200 OK", "ok")
        application = self._applications.get(path)
        if application is None:
            return _text(start_response, "404 Not Found", f"Served here: {', '.join(self._applications)}.")
        if environ.get("QUERY_STRING", "").lower() == "wsdl":
            return _text(start_response, "404 Not Found", "No WSDL here: use the contract's own WSDL file.")
        if method != "POST":
            return _text(start_response, "405 Method Not Allowed", "SOAP calls are POST.", ("Allow", "POST"))
        media_type = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        if media_type != "text/xml":
            return _text(start_response, "415 Unsupported Media Type", "SOAP 1.1 is text/xml.")
        return application(environ, start_response)


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; prints one line when ready. Exit code 2: cannot start."""
    parser = _parser()
    options = parser.parse_args(argv)
    if options.announce_all and not options.announce:
        parser.error("--announce-all needs --announce URL")
    try:
        root, settings = options.data_root or data.root(), from_environment(options.config)
        producers = [Producer(root, key, options.delay) for key in CONTRACTS]
        site: Application = Site({producer.path: producer.application() for producer in producers})
        trouble = None if options.healthy else Trouble(site, root, options.scenarios, settings.contracts_folder)
        site = trouble or site
        following = None
        if options.announce:
            told = trouble.replace if trouble else lambda _: None
            following = follower(root, settings, producers, told, options.announce, everything=options.announce_all)
        listener = socket.create_server((options.host, options.port))
    except (DataError, OSError) as error:
        parser.error(str(error))
    server = waitress.create_server(
        site,
        sockets=[listener],
        threads=options.threads,
        max_request_body_size=MAX_REQUEST,
        channel_request_lookahead=1,  # lets a call notice that its caller has gone
        ident="",
    )
    server.channel_class = Channel
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    host, port = listener.getsockname()[:2]
    print(f"{LOGICAL_ADDRESS} at http://{host}:{port}, records: {', '.join(map(str, producers))}", flush=True)
    if following is not None:
        start(following)
    try:
        server.run()  # returns when _stop raises, after the calls under way
    finally:
        server.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gateway.producers.kronoberg", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="IPv4 address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=9107, help="0 = any free port (default: %(default)s)")
    parser.add_argument("--config", type=Path, help="settings file of the platform (TOML)")
    parser.add_argument("--data-root", type=Path, help="folder with contracts/, xsd/ and fixtures/")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="wait before each answer")
    parser.add_argument("--scenarios", type=Path, help="fault scenarios that count before fixtures/scenarios.toml")
    parser.add_argument("--healthy", action="store_true", help="no fault scenarios at all")
    parser.add_argument("--announce", metavar="URL", help="tell this gateway's engagement index what changes")
    parser.add_argument("--announce-all", action="store_true", help="and at the start of all that is held")
    parser.add_argument("--threads", type=int, default=_THREADS, help="calls at once (default: %(default)s)")
    return parser


def _stop(signum: int, frame: object) -> NoReturn:
    raise SystemExit(0)


def _text(start_response: StartResponse, status: str, text: str, *headers: tuple[str, str]) -> Iterable[bytes]:
    body = f"{text}\n".encode()
    start_response(
        status,
        [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))), *headers],
    )
    return [body]
