"""SOAP faults of the stub producers."""

from typing import Any, Final
from uuid import uuid4

import structlog

from gateway.message import Answer
from gateway.soap.fault import Fault, render

XML: Final = (b"content-type", b"text/xml; charset=utf-8")
_log: Any = structlog.get_logger()


def fault(key: str, side: str, words: str, detail: str) -> Answer:
    """A technical error: SOAP fault with a log id that leads to the log and nowhere else (producers' TF 1.7).

    Args:
        key: of the text in the catalogue, ``[stub.<key>]``; becomes the code ``stub.<key>``.
        side: ``Client`` or ``Server``, who has to act.
        words: faultstring, Swedish, without person ids.
        detail: English, without person ids.
    """
    log_id = str(uuid4())
    _log.warning("fault", code=f"stub.{key}", log_id=log_id, detail=detail)
    return Answer(500, [XML], render(Fault(f"stub.{key}", side, words, detail, correlation_id=log_id)))
