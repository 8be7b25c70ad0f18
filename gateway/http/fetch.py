"""Puts SOAP questions to a national catalogue, for whoever waits in a thread."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway import __version__
from gateway.errors import DataError
from gateway.http.client import HttpClient
from gateway.http.tls import ProducerTls
from gateway.registry.formats import cache
from gateway.registry.formats.errors import FormatError
from gateway.router.producer import ProducerAnswer, ProducerError
from gateway.settings import Settings

_NATIONAL_AGENT = "SKLTP VP/3.1"
_MOST = 1 << 29  # bytes of an answer; the national catalogue's are some ten million
_HEADERS = [(b"content-type", b"text/xml; charset=UTF-8"), (b"soapaction", b'""'), (b"accept", b"*/*")]
_OK = 200


class CatalogueClient:
    """Asks the catalogue that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._url = settings, settings.catalogue_url

    def __call__(self, question: bytes) -> bytes:
        """The answer to a question. It waits; an event loop of the caller's goes on in its own thread only.

        Raises:
            DataError: no connection, no answer in time, or one that is no answer.
        """
        with ThreadPoolExecutor(1) as apart:
            answer = apart.submit(asyncio.run, self._ask(question)).result()
        if answer.status == _OK:
            return answer.body
        here = Path(self._url)
        try:
            cache.read(here, answer.body)  # a fault has more to say than its status
        except FormatError as error:
            if error.key == "fault":
                raise
        raise DataError(here, 0, f"answered with HTTP {answer.status}")

    async def _ask(self, question: bytes) -> ProducerAnswer:
        settings = self._settings
        client = HttpClient(
            connect_timeout=settings.connect_timeout,
            timeout=settings.catalogue_timeout,
            max_bytes=_MOST,
            user_agent=agent(settings),
            tls_for=ProducerTls(settings),
            keep_alive=False,
        )
        try:
            return await client.post(self._url, _HEADERS, question)
        except ProducerError as error:
            raise DataError(Path(self._url), 0, error.text) from None
        finally:
            await client.close()


def agent(settings: Settings) -> str:
    """What the catalogue is told who asks."""
    if settings.catalogue_user_agent:
        return settings.catalogue_user_agent
    return _NATIONAL_AGENT if settings.mode == "national" else f"rivta-gateway/{__version__}"
