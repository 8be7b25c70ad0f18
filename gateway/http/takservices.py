"""The catalogue's own pages (tak-services): SokVagvalsInfo v1 and v2, ``reset/pv`` and ``export/pv``.

On the admin listener: like nationally they ask nobody who he is, and tell everything.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from urllib.parse import parse_qs

import msgspec

from gateway import texts
from gateway.errors import DataError
from gateway.message import TEXT, Answer, Request
from gateway.platform.dispatch import answered
from gateway.platform.registry.holder import Holder, Known
from gateway.registry.formats import snapshot, vagval
from gateway.registry.formats.content import Publication
from gateway.soap import fault
from gateway.soap.fault import CLIENT, SERVER, SERVICE, XML, Fault, escaped
from gateway.soap.head import MessageError, scan

PREFIX = "/tak-services/"
_SOAP = {f"{PREFIX}SokVagvalsInfo/v1": vagval.V1, f"{PREFIX}SokVagvalsInfo/v2": vagval.V2}
_RESET, _EXPORT = f"{PREFIX}reset/pv", f"{PREFIX}export/pv"
_JSON = (b"content-type", b"application/json")
_GONE_WRONG = "Something went wrong with the new published version, try rollback from TAK-WEB"
_UPDATED = "Successfully updated server with new published version"


class TakServices:
    """Answers requests below ``/tak-services/``."""

    def __init__(
        self,
        holder: Holder,
        version: Callable[[int], Publication | None],
        reload: Callable[[], Awaitable[str]],
    ) -> None:
        """Wire it.

        Args:
            holder: the catalogue in use.
            version: reads a publication of any age; waits, may raise DataError.
            reload: reads everything anew and says why that failed, blank when it did not.
        """
        self._holder, self._version, self._reload = holder, version, reload

    def __call__(self, request: Request) -> Awaitable[Answer] | None:
        """The answer to come; None for what is not below ``/tak-services/``."""
        path = request.path.rstrip("/")
        if not request.path.startswith(PREFIX):
            return None
        if path in _SOAP:
            return self._soap(request, _SOAP[path])
        if path in (_RESET, _EXPORT) and request.method == b"GET":
            return self._reset(request) if path == _RESET else self._export(request)
        return _unknown(request, path)

    async def _soap(self, request: Request, version: str) -> Answer:
        if request.method in (b"GET", b"HEAD"):
            return Answer(200, [(b"content-type", XML)], _wsdl(version, request.url.partition("?")[0]))
        if request.method != b"POST":
            return Answer(405, [TEXT, (b"allow", b"GET, HEAD, POST")], b"405 Method Not Allowed\n")
        try:
            head = scan(request.body, whole=True)
        except MessageError as error:
            return _refused(CLIENT, f"{error}", "not-soap")
        if head.contract != version or head.operation not in vagval.OPERATIONS[version]:
            known = ", ".join(vagval.OPERATIONS[version])
            told = f"Unexpected wrapper element {{{head.contract}}}{head.operation} found."
            return _refused(CLIENT, told, "operation", known=known)
        try:
            known_ = await self._holder.known()
        except DataError as error:
            return _refused(SERVER, error.problem, "unreadable", why=error.problem)
        return answered(vagval.answer(head.operation, known_.publication.content, version))

    async def _reset(self, request: Request) -> Answer:
        """Read the catalogue anew. National catalogue: also of an earlier version, which is only looked at here."""
        problem = await self._reload()
        found: dict[str, object] = {"status": "ERROR", "message": _GONE_WRONG, "currentVersion": 0}
        if not problem:
            try:
                known = await self._wanted(request)
            except DataError as error:
                problem = error.problem
            else:
                version = known.publication.version
                found = {"status": "OK", "message": _UPDATED, "currentVersion": version}
                found["servicesList"] = _counts(known)
        if problem:
            found["reason"] = problem
        return Answer(200, [_JSON], msgspec.json.encode(found))

    async def _export(self, request: Request) -> Answer:
        pretty = _query(request).get("pretty", [""])[-1].lower() == "true"
        try:
            publication = (await self._wanted(request)).publication
        except DataError as error:
            return Answer(200, [_JSON], msgspec.json.encode({"Status": "ERROR", "message": error.problem}))
        return Answer(200, [_JSON], snapshot.export(publication, pretty=pretty))

    async def _wanted(self, request: Request) -> Known:
        """The catalogue in use, or the publication that the query names.

        Raises:
            DataError: it cannot be read, or there is none.
        """
        asked = _query(request).get("version", [""])[-1]
        if not asked:
            return await self._holder.known()
        found = await asyncio.to_thread(self._version, int(asked)) if asked.isascii() and asked.isdigit() else None
        if found is None:
            raise DataError(Path("catalogue"), 0, f"there is no published version {asked}")
        return Known(found)


def _counts(known: Known) -> dict[str, int]:
    """What each service tells of, with the national names, one of them misspelt."""
    content = known.publication.content
    return {
        "VIRTUALISERING": len(content.route),
        "ANROPSBEHORIGHT": len(content.permission),
        "TJANSTEKOMPONENT": len(content.component),
        "TJANSTEKONTRAKT": len(content.service_contract),
    }


def _query(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.target.partition(b"?")[2].decode("latin-1"))


def _refused(side: str, text: str, key: str, **values: object) -> Answer:
    hints = texts.both("tak-services", key, **values)
    return Answer(500, [(b"content-type", XML)], fault.render(Fault("TAK004", side, text, text, hints, "", SERVICE)))


def _wsdl(version: str, url: str) -> bytes:
    """The WSDL of a version, at the address that it was asked for at."""
    name = f"sokvagvalsinfo_{version[-2:]}.wsdl"
    text = files(__package__).joinpath(name).read_text("utf-8")
    return text.replace("REPLACED-WHEN-SERVED", escaped(url).replace('"', "&quot;")).encode()


async def _unknown(request: Request, path: str) -> Answer:
    if path in (_RESET, _EXPORT):
        return Answer(405, [TEXT, (b"allow", b"GET")], b"405 Method Not Allowed\n")
    known = "\n".join((*_SOAP, _RESET, _EXPORT))
    return Answer(404, [TEXT], f"404 Not Found. Here are:\n{known}\n".encode())
