"""Producers that answer by the last part of their path: with bytes of any kind, late, or not at all."""

import gzip
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

ROW = "x-row"  # the header by which a test finds its own calls
OK = b"<mocked>\xc3\xa5</mocked>"
SLOW = 1.6  # seconds; longer than the gateways wait
SHORT = 0.35  # the same for the contract with a timeout of its own
_TLS_HELLO = b"\x16"
_LINGER = struct.pack("ii", 1, 0)
_SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
FAULT11 = (
    f'<e:Envelope xmlns:e="{_SOAP11}"><e:Body><e:Fault><faultcode>e:Client</faultcode>'
    "<faultstring>VP011 [annan plattform] Fel</faultstring></e:Fault></e:Body></e:Envelope>"
).encode()
FAULT12 = FAULT11.replace(_SOAP11.encode(), b"http://www.w3.org/2003/05/soap-envelope")
LATIN1 = '<?xml version="1.0" encoding="ISO-8859-1"?><svar>åäö</svar>'.encode("latin-1")
PACKAGE = (
    b"--b\r\nContent-Type: application/xop+xml\r\n\r\n<svar/>\r\n--b\r\nContent-ID: <x>\r\n\r\n\xff\x00\r\n--b--\r\n"
)
PACKAGE_LABEL = 'multipart/related; type="application/xop+xml"; boundary=b'
UTF8_XML = '<?xml version="1.0" encoding="UTF-8"?><svar>åäö €</svar>'.encode()


@dataclass(frozen=True)
class Seen:
    """A request as it arrived; header names in lower case, the values of each in order."""

    line: str
    headers: dict[str, list[str]]
    body: bytes
    cipher: str = ""

    def header(self, name: str) -> str | None:
        """A header's value, None when absent."""
        values = self.headers.get(name.lower())
        return ", ".join(values) if values is not None else None


def reply(status: str = "200 OK", body: bytes = OK, *headers: str, length: int | None = None) -> bytes:
    """An answer's bytes; ``length`` lies about the body's."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body) if length is None else length}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


XML = "Content-Type: text/xml; charset=utf-8"
# What is sent, and what becomes of the connection: keep, close or reset.
REPLIES: dict[str, tuple[bytes, str]] = {
    "ok": (reply("200 OK", OK, XML), "keep"),
    "accepted": (reply("202 Accepted", OK, XML), "keep"),
    "html": (reply("200 OK", b"<html>hej</html>", "Content-Type: text/html"), "keep"),
    "text": (reply("200 OK", "hallå".encode(), "Content-Type: text/plain;charset=UTF-8"), "keep"),
    "unlabelled": (reply("200 OK", OK), "keep"),
    "fault-200": (reply("200 OK", FAULT11, XML), "keep"),
    "empty": (reply("200 OK", b"", XML), "keep"),
    "fault-500": (reply("500 Internal Server Error", FAULT11, XML, "X-Felkod: 17"), "keep"),
    "fault-500-quoted": (reply("500 Oj", f"<html>{_SOAP11}</html>".encode(), "Content-Type: text/html"), "keep"),
    "fault-12": (reply("500 Internal Server Error", FAULT12, XML), "keep"),
    "html-500": (reply("500 Internal Server Error", b"<html>fel</html>", "Content-Type: text/html"), "keep"),
    "empty-500": (reply("500 Internal Server Error", b""), "keep"),
    "fault-400": (reply("400 Bad Request", FAULT11, XML), "keep"),
    "not-found": (reply("404 Not Found", b"<html>404</html>"), "keep"),
    "moved": (reply("302 Found", b"", "Location: http://127.0.0.1:9/annan"), "keep"),
    "reset": (b"", "reset"),
    "no-answer": (b"", "close"),
    "then-reset": (reply("200 OK", OK, XML), "reset-later"),
    "then-close": (reply("200 OK", OK, XML), "close"),
    "says-close": (reply("200 OK", OK, XML, "Connection: close"), "close"),
    "cut": (reply("200 OK", OK, XML, length=len(OK) + 5), "close"),
    "too-large": (reply("200 OK", b" " * 400_000, XML, "X-Hemlig: 1"), "keep"),
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + reply("200 OK", OK, XML), "keep"),
    "latin-1": (reply("200 OK", LATIN1, "Content-Type: text/xml; charset=ISO-8859-1"), "keep"),
    "latin-1-declared": (reply("200 OK", LATIN1, "Content-Type: text/xml"), "keep"),
    "package": (reply("200 OK", PACKAGE, f"Content-Type: {PACKAGE_LABEL}"), "keep"),
    "utf-8": (reply("200 OK", UTF8_XML, XML), "keep"),
    "headers": (
        reply(
            "200 OK", OK, "Content-Type: application/soap+xml;charset=utf-8", "SOAPAction: urn:x", "MULE_A: 1",
            "X-MULE_B: 2", "LOCAL_CERTIFICATE: c", "PEER_CERTIFICATES: d", "http.method: POST", "Via: 1.1 x",
            "Pragma: p", "Warning: w", "Cache-Control: no-cache", "X-Egen: ja", "Set-Cookie: a=1",
            "x-rivta-routing-history: svarade", "x-skltp-prt: 99999",
        ),
        "keep",
    ),
}  # fmt: skip
GZIPPED = gzip.compress(OK, mtime=0)
REPLIES["gzip"] = (reply("200 OK", GZIPPED, XML, "Content-Encoding: gzip"), "keep")


class Producer:
    """A listening socket with a thread for each connection."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._seen: dict[str, list[Seen]] = defaultdict(list)
        self._special: dict[str, Callable[[str], tuple[bytes, str]]] = {
            "slow": lambda _: (time.sleep(SLOW), REPLIES["ok"])[1],
            "short": lambda _: (time.sleep(SHORT), REPLIES["ok"])[1],
            "second-time": lambda row: REPLIES["ok" if len(self._seen[row]) > 1 else "reset"],
        }
        threading.Thread(target=self._accept, daemon=True).start()

    def seen(self, row: str) -> list[Seen]:
        """The calls of a row."""
        return list(self._seen[row])

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError):
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            with sock, sock.makefile("rb") as reader:
                while (seen := _read(reader, sock)) is not None:
                    self._seen[seen.header(ROW) or ""].append(seen)
                    if not self._answer(sock, seen):
                        return

    def _answer(self, sock: socket.socket, seen: Seen) -> bool:
        name = seen.line.split(" ")[1].partition("?")[0].rpartition("/")[2]
        special = self._special.get(name)
        data, then = special(seen.header(ROW) or "") if special else REPLIES.get(name, REPLIES["ok"])
        sock.sendall(data)
        if then == "reset-later":
            time.sleep(0.05)
        if then.startswith("reset"):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        return then == "keep"


def _read(reader: IO[bytes], sock: socket.socket) -> Seen | None:
    if not isinstance(sock, ssl.SSLSocket) and sock.recv(1, socket.MSG_PEEK) == _TLS_HELLO:
        sock.sendall(reply("400 Bad Request"))
        return None
    line = reader.readline()
    if not line:
        return None
    headers: dict[str, list[str]] = defaultdict(list)
    while (each := reader.readline().strip()) != b"":
        name, _, value = each.decode("latin-1").partition(":")
        headers[name.lower()].append(value.strip())
    length = int(headers.get("content-length", ["0"])[0])
    body = reader.read(length)
    cipher = sock.cipher() if isinstance(sock, ssl.SSLSocket) else None
    return Seen(line.decode("latin-1").strip(), dict(headers), body, cipher[1] if cipher else "")
