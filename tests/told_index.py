"""An engagement index that answers Updates and keeps what it was told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from gateway_samples import ROOT, body_of, envelope
from lxml import etree

UPDATE = "urn:riv:itintegration:engagementindex:UpdateResponder:1"
CORE = "{urn:riv:itintegration:engagementindex:1}"


class Index:
    """Answers Updates, and keeps them.

    Attributes:
        answer: status and body.
        told: (deleteFlag, person) of each change, by call.
        sources: the source systems of those calls.
    """

    def __init__(self) -> None:
        receipt = f'<n:UpdateResponse xmlns:n="{UPDATE}"><n:ResultCode>OK</n:ResultCode></n:UpdateResponse>'
        self.answer = (200, envelope(receipt))
        self.told: list[list[tuple[str, str]]] = []
        self.sources: set[str] = set()
        self.headers: list[dict[str, str]] = []
        self.url = ""

    def take(self, body: bytes) -> None:
        request = body_of(body)
        etree.XMLSchema(
            etree.parse(ROOT / "xsd" / "interactions" / "UpdateInteraction" / "UpdateResponder_1.0.xsd")
        ).assertValid(request)
        person = f"{CORE}engagement/{CORE}registeredResidentIdentification"
        self.sources |= {each.findtext(f"{CORE}engagement/{CORE}sourceSystem", "") for each in request}
        self.told.append([(each.findtext(f"{CORE}deleteFlag", ""), each.findtext(person, "")) for each in request])


@contextmanager
def index() -> Iterator[Index]:
    found = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.take(self.rfile.read(int(self.headers["Content-Length"])))
            found.headers.append({name.lower(): value for name, value in self.headers.items()})
            status, body = found.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}/vp"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
