"""Judge a message by its contract's schema: libxml2 judges, and its message is made readable."""

import asyncio
import threading
from functools import cache
from pathlib import Path

from lxml import etree

from gateway.contracts.contract import Contract, Contracts
from gateway.observe.mask import mask
from gateway.soap import xml

_LARGE = 100_000  # bytes; libxml2 works without the GIL, so larger documents go to a thread


class SchemaCheck:
    """Checks Body's child of a message against the schema of the contract it belongs to."""

    def __init__(self, contracts: Contracts) -> None:
        self._by_tag: dict[str, tuple[Contract, str]] = {}
        for contract in contracts.values():
            self._by_tag[contract.request_tag] = (contract, "request")
            self._by_tag[contract.response_tag] = (contract, "response")

    async def message(self, message: bytes, part: str) -> str:
        """What is wrong with a message, English and without person ids; blank when nothing is.

        Args:
            message: the envelope.
            part: ``request`` or ``response``. A fault is always a valid response.

        Raises:
            MessageError: not a SOAP message with one Body child.
        """
        if len(message) > _LARGE:
            return await asyncio.to_thread(self.judge, message, part)
        return self.judge(message, part)

    def judge(self, message: bytes, part: str) -> str:
        """As ``message``, here and now."""
        child = xml.body_child(xml.parse(message))
        if part == "response" and xml.is_fault(child):
            return ""
        found = self._by_tag.get(str(child.tag))
        if found is None:
            return f"{child.tag} belongs to no contract that is known here"
        contract, known = found
        if known != part:
            return f"{child.tag} is a {known}, expected a {part}"
        return problem(contract, child)


def problem(contract: Contract, child: etree._Element) -> str:
    """The first breach of the contract's schema in ``child``, English and without person ids; blank when none."""
    if contract.schema.validate(child):
        return ""
    # Threads share the schema that judges, and its error log; what explains belongs to one at a time.
    with _explaining:
        explainer = _explainer(contract.xsd)
        explainer.validate(child)
        first = next(iter(explainer.error_log), None)
    where = f"line {first.line}: " if first else ""
    text = first.message if first else "does not follow the schema"
    return mask(f"{where}{text} (contract {contract.key})")


_explaining = threading.Lock()


@cache
def _explainer(xsd: Path) -> etree.XMLSchema:
    return xml.compile_schema(xsd)
