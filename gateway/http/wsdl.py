"""``?wsdl`` and ``?xsd=`` over HTTP, after the national router (VP), "WSDL/XSD lookup"."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, quote

from gateway import texts
from gateway.http.documents import Library, Service
from gateway.message import TEXT, Answer, Request
from gateway.router.call import CORRELATION_ID, new_id
from gateway.settings import Settings
from gateway.soap import fault

_HOST = re.compile(r"([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")
_PORT = re.compile(r"\d{1,5}")
_PREFIX = "vp"
_NONE = "No wsdl found on this path, following wsdl paths is available:"
_NO_XSD = "WSDLException: faultCode=OTHER_ERROR: Couldn't find xsd named "
_NATIONAL_XML, _NATIONAL_TEXT = (b"content-type", b"text/xml;UTF-8"), (b"content-type", b"text/plain;UTF-8")
_XML = (b"content-type", b"text/xml; charset=utf-8")


class WsdlPages:
    """Answers requests for WSDL and schema documents."""

    def __init__(
        self,
        library: Library,
        settings: Settings,
        allowed: Callable[[str], bool],
        others: Mapping[str, str] | None = None,
    ) -> None:
        """``allowed`` tells whether an IP address may say how the platform is called from outside.

        ``others`` are further paths, in lower case, each with the one that has the document.
        """
        self.library, self._allowed, self._others = library, allowed, others or {}
        self._national = settings.mode == "national"
        self._own_hosts = {"http": settings.host, "https": settings.tls_host or settings.host}
        self._forwarded = tuple(
            name.lower().encode("latin-1")
            for name in (
                settings.forwarded_proto_header, settings.forwarded_host_header, settings.forwarded_port_header,
            )
        )  # fmt: skip

    def __call__(self, request: Request) -> Answer | None:
        """The document; None when the request asks for none. Who asks does not matter."""
        asked = self._asked(request)
        if asked is None:
            return None
        answer = self._answer(request, *asked)
        answer.headers.append((CORRELATION_ID, request.values.get(CORRELATION_ID) or new_id().encode()))
        return answer

    def _asked(self, request: Request) -> tuple[str, str] | None:
        """``wsdl`` or ``xsd`` and what follows it; in national mode a header of that name will do."""
        found: dict[str, str] = {}
        for name, value in parse_qsl(request.target.partition(b"?")[2].decode("latin-1"), keep_blank_values=True):
            found.setdefault(name.lower(), value)
        for name in ("xsd", "wsdl"):
            if name in found:
                return name, found[name]
            if self._national and name.encode() in request.values:
                return name, request.header(name.encode())
        return None

    def _answer(self, request: Request, kind: str, key: str) -> Answer:
        origin, path = self._origin(request), request.path
        service = self._find(path)
        if service is None:
            return self._nothing(origin)
        document = service.documents.get(key, service.wsdl if kind == "wsdl" else None)
        if document is None:
            return self._no_schema(f"{origin}{path}", service, key)
        here = fault.escaped(f"{origin}{path}").replace('"', "&quot;").encode()
        return Answer(200, [_NATIONAL_XML if self._national else _XML], here.join(document.parts))

    def _find(self, path: str) -> Service | None:
        """By path, ignoring case, with any first segment; strict without it too, and without the domain."""
        path = path.lower().lstrip("/")
        path = self._others.get(path, path)
        services, below = self.library.services, path.partition("/")[2]
        if self._national:
            return services.get(below)
        short = self.library.short
        return services.get(path) or services.get(below) or short.get(path) or short.get(below)

    def _nothing(self, origin: str) -> Answer:
        known = [f"{origin}/{_PREFIX}/{service.path}?wsdl" for service in self.library.services.values()]
        body = "\n".join([_NONE, *sorted(known)])
        if self._national:
            return Answer(500, [_NATIONAL_TEXT], body.encode())
        return _not_found(body, "path")

    def _no_schema(self, here: str, service: Service, key: str) -> Answer:
        if self._national:
            text = _NO_XSD + key
            problem = fault.Fault("", fault.SERVER, text, f"javax.wsdl.WSDLException: {text}")
            body = fault.render(problem, national=True)
            return Answer(500, [(b"content-type", b"text/xml; charset=UTF-8")], body)
        known = {document.key for document in service.documents.values()} - {service.wsdl.key}
        lines = [f"Couldn't find xsd named {key}, following are available:"]
        return _not_found("\n".join([*lines, *(f"{here}?xsd={quote(each)}" for each in sorted(known))]), "schema")

    def _origin(self, request: Request) -> str:
        """Scheme, host and port as the caller knows us: from the proxy's headers, then from the Host header.

        The national platform believes every caller's headers and never looks at Host.
        """
        proto, host, port = self._proxy(request)
        scheme = proto or request.scheme
        if self._national:
            own = self._own_hosts[request.scheme]
            own = f"[{own}]" if ":" in own else own
            return f"{scheme}://{_bare(host) or own}:{port or request.port}"
        if not host:
            sent = request.header(b"host")
            host = sent if _HOST.fullmatch(sent) else f"127.0.0.1:{request.port}"
        return f"{scheme}://{_bare(host)}:{port}" if port else f"{scheme}://{host}"

    def _proxy(self, request: Request) -> tuple[str, str, str]:
        """Scheme, host and port of the proxy's headers; blank what is not there, not believed, or makes no sense."""
        if not self._national and not self._allowed(request.ip):
            return "", "", ""
        proto, host, port = (request.header(name).partition(",")[0].strip() for name in self._forwarded)
        return (
            proto.lower() if proto.lower() in ("http", "https") else "",
            host if _HOST.fullmatch(host) else "",
            port if _PORT.fullmatch(port) else "",
        )


def _bare(host: str) -> str:
    """A host without its port."""
    found = _HOST.fullmatch(host)
    return found[1] if found else ""


def _not_found(body: str, hint: str) -> Answer:
    both = texts.both("wsdl", hint).values()
    return Answer(404, [TEXT], "\n".join([body, "", *both, ""]).encode())
