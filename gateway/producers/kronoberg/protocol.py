"""spyne's SOAP 1.1 with a locked door: what a message must be before spyne turns it into objects.

spyne is kept as the parser of contents and as the serialiser; replaced is only what it does too trustingly:
it reads DTDs, follows ``href`` references between elements, copies whole messages into its log, and tells
elements apart by local name alone, so that an extension could pass for an element of the contract.
"""

import logging
import re
import threading
from typing import Any, Final
from uuid import uuid4

from lxml import etree
from spyne import Boolean, ComplexModel, Fault
from spyne.protocol.soap import Soap11

from gateway.observe.mask import mask
from gateway.producers.kronoberg.models import Model

_ENVELOPE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_log = logging.getLogger(__name__)

# spyne logs messages that it cannot read, person ids and all. What goes wrong is logged by fault() instead.
logging.getLogger("spyne").setLevel(logging.CRITICAL + 1)


def fault(sv: str, en: str, side: str = "Client") -> Fault:
    """A refusal to raise, in both languages, with a log id that stands in our log too and names no person.

    Args:
        sv: Swedish text.
        en: English text.
        side: ``Client`` or ``Server``, who has to act.
    """
    log_id = str(uuid4())
    _log.warning("fault %s %s: %s", log_id, side, en)
    return Fault(side, f"{sv} / {en}", detail={"logId": log_id})


class Protocol(Soap11):  # type: ignore[misc]  # spyne has no types
    """SOAP 1.1 for one contract.

    Args:
        schema: the service schema; judges requests.
        request: expanded name of the request element.
        model: model of the request element.
    """

    def __init__(self, schema: etree.XMLSchema, request: str, model: Model) -> None:
        # A request is valid before spyne sees it, and no type of ours has subtypes: xsi:type changes nothing.
        super().__init__(parse_xsi_type=False)
        # Blanks around a value are allowed by XSD; spyne reads " true " as false.
        self._from_unicode_handlers[Boolean] = lambda _, text: text.strip() in ("true", "1")
        self._schema, self._request, self._model = schema, request, model
        self._judging = threading.Lock()  # lxml keeps the findings in the schema object

    def create_in_document(self, ctx: Any, charset: str | None = None) -> None:
        """Parse the message. ``charset``, of the HTTP header, beats the XML declaration (RFC 7303)."""
        try:
            envelope = etree.fromstring(b"".join(ctx.in_string), xml_parser(charset))
        except LookupError:
            raise fault("Okänd teckenkodning", "Unknown character encoding") from None
        except etree.XMLSyntaxError as error:
            # The parser's own text may quote the message; the kind of error and the place do not.
            findings: Any = error.error_log
            kind, line = findings.last_error.type_name, error.lineno
            raise fault(f"XML-fel på rad {line} ({kind})", f"XML error in line {line} ({kind})") from None
        if envelope.getroottree().docinfo.internalDTD is not None:
            raise fault("DOCTYPE är inte tillåtet", "DOCTYPE is not allowed")
        ctx.in_document = envelope, {}  # no ids: document/literal has no references between elements

    def decompose_incoming_envelope(self, ctx: Any, message: str = Soap11.REQUEST) -> None:
        """Header and body, after making sure that there is one body with the one element of this contract."""
        envelope, _ = ctx.in_document
        bodies = envelope.findall(f"{{{_ENVELOPE}}}Body")
        if envelope.tag != f"{{{_ENVELOPE}}}Envelope" or [len(body) for body in bodies] != [1]:
            raise fault(
                "Inte ett SOAP 1.1-kuvert med precis ett element i Body",
                "Not a SOAP 1.1 envelope with exactly one element in Body",
            )
        if bodies[0][0].tag != self._request:
            raise fault(f"Body ska innehålla {self._request}", f"Body must contain {self._request}")
        super().decompose_incoming_envelope(ctx, message)
        drop_extensions(ctx.in_body_doc, self._model)

    def validate_document(self, payload: etree._Element) -> None:
        """Judge the request by the service schema; spyne calls this with the child of Body."""
        with self._judging:
            if self._schema.validate(payload):
                return
            findings: Any = self._schema.error_log
            finding = findings[0]
        raise fault(
            "Frågan följer inte tjänstekontraktets schema",
            f"The request does not follow the contract's schema, line {finding.line}: {_reason(finding)}",
        )


def xml_parser(charset: str | None = None) -> etree.XMLParser:
    """A parser that loads nothing, expands no entity, and leaves out comments and processing instructions.

    Raises:
        LookupError: unknown ``charset``.
    """
    return etree.XMLParser(
        encoding=charset,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        remove_comments=True,
        remove_pis=True,
    )


def drop_extensions(element: etree._Element, model: Model) -> None:
    """Remove, at every depth, what stands in the place of ``xs:any``: elements the model does not name."""
    for child in list(element):
        name = etree.QName(child)
        member = model._type_info.get(name.localname)
        if member is None or name.namespace != member.Attributes.sub_ns:
            element.remove(child)
        elif issubclass(member, ComplexModel):
            drop_extensions(child, member)


def _reason(finding: Any) -> str:
    """What is wrong, without values, which may be a person's id: names of elements and the kind of error."""
    if finding.type_name == "SCHEMAV_ELEMENT_CONTENT":
        return mask(re.sub(r"\{[^{}]*\}", "", finding.message))  # "Element 'x': … Expected is one of ( y, z )."
    element = re.match(r"Element '\{[^{}]*\}([^']*)'", finding.message)
    return f"{element[1] if element else 'request'} ({finding.type_name})"
