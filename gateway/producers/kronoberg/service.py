"""What the record system of Region Kronoberg holds, and how it answers for each contract."""

import logging
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from lxml import etree
from spyne import Application, Fault, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

from gateway.contracts.descriptor import Descriptor
from gateway.contracts.filters import find, matches
from gateway.errors import DataError
from gateway.producers.kronoberg.models import Models
from gateway.producers.kronoberg.protocol import Protocol, drop_extensions, fault, xml_parser
from gateway.soap.xml import load_schema
from gateway.tomlfile import load

LOGICAL_ADDRESS: Final = "SE2321000065-RIVTA07"
CONTRACTS: Final = ("GetCareManagers_1.0", "GetDocumentedAgreements_1.0", "GetCarePlans_2.0")
MAX_REQUEST: Final = 256 * 1024  # bytes; a question is 2 KB
_HOLDINGS: Final = "fixtures/records/07-kronoberg"
_log = logging.getLogger(__name__)


class LogicalAddress(Unicode):  # type: ignore[misc]  # spyne has no types
    """The SOAP header of RIV-TA Basic Profile 2.1 #8."""

    __namespace__ = "urn:riv:itintegration:registry:1"
    __type_name__ = "LogicalAddress"


class Producer:
    """One contract, answered by spyne from the records in the region's file.

    Args:
        data_root: folder with contracts/, xsd/ and fixtures/.
        key: ``Name_m.n`` of the contract.
        delay: seconds to wait before each answer.

    Raises:
        DataError: descriptor, schema or records cannot be used.
    """

    def __init__(self, data_root: Path, key: str, delay: float = 0.0) -> None:
        self._contract = contract = load(data_root / "contracts" / f"{key}.toml", Descriptor)
        self._delay = delay
        xsd = data_root / "xsd" / contract.xsd
        self._models = Models(xsd)
        request = f"{{{contract.responder}}}{contract.name}"
        self._request = self._models.element(request)
        self._response = self._models.element(f"{request}Response")
        self._schema = load_schema(xsd)
        self._protocol = Protocol(self._schema, request, self._request)
        self._records_file = data_root / _HOLDINGS / f"{key}.xml"
        self.read_anew()

    def read_anew(self) -> None:
        """Answer from what the record file holds now.

        Raises:
            DataError: it cannot be used; what was held stays.
        """
        self._held = self._load(self._records_file)
        self._objects: dict[etree._Element, Any] = {}

    @property
    def path(self) -> str:
        """URL path: major version and profile, no minor version (RIV-TA Basic Profile 2.1 #19)."""
        return f"/{self._contract.name}/{self._contract.major}/rivtabp21"

    def __str__(self) -> str:
        """The contract and how much is held."""
        return f"{self._contract.name} {sum(map(len, self._held.values()))}"

    def application(self) -> WsgiApplication:
        """The WSGI application; spyne parses the request and writes the answer."""
        name, namespace = self._contract.name, self._contract.responder

        def answer(ctx: Any, request: Any) -> Any:
            try:
                return self.answer(ctx.in_header, request, ctx.in_body_doc)
            except Fault:
                raise
            except Exception as error:
                # Only kind and place: an exception's text may quote a record.
                place = traceback.extract_tb(error.__traceback__)[-1]
                _log.error("%s at %s:%d", type(error).__name__, place.filename, place.lineno or 0)
                raise fault("Tekniskt fel", "Internal error", "Server") from None

        method = rpc(
            self._request,
            _returns=self._response,
            _in_header=(LogicalAddress,),
            _body_style="bare",
            _in_message_name=f"{{{namespace}}}{name}",
            _out_message_name=f"{{{namespace}}}{name}Response",
        )(answer)
        service = type(name, (ServiceBase,), {name: method})
        application = Application([service], namespace, name, self._protocol, Soap11())
        for used in sorted(self._models.namespaces):
            # Without a prefix of its own each element of the namespace would declare one.
            application.interface.get_namespace_prefix(used)
        return WsgiApplication(application, max_content_length=MAX_REQUEST)

    def answer(self, logical_address: str | None, request: Any, body: etree._Element) -> Any:
        """The response object for a valid request.

        Args:
            logical_address: of the SOAP header.
            request: the question as spyne's object.
            body: the element it was read from.

        Raises:
            Fault: this producer is not the one addressed.
        """
        time.sleep(self._delay)
        if not logical_address:
            raise fault("LogicalAddress saknas i SOAP Header", "LogicalAddress is missing in the SOAP Header")
        if not _is_ours(logical_address):
            raise fault("LogicalAddress är någon annans", f"LogicalAddress is not {LOGICAL_ADDRESS}")
        refuse = _REFUSALS.get(self._contract.name)
        refusal = refuse(request) if refuse else None
        response = self._response()
        if "result" in self._response._type_info:
            response.result = self._result(refusal)
        if refusal is None:
            setattr(response, self._contract.aggregate.records, self._records(request, body))
        return response

    def _records(self, request: Any, body: etree._Element) -> list[Any]:
        """The patient's records that pass the request's filters."""
        patient = reduce(getattr, self._contract.aggregate.patient.split("/"), request)
        held = self._held.get(patient, ())
        return [self._object(record) for record in held if matches(record, body, self._contract.filter)]

    def _object(self, record: etree._Element) -> Any:
        """A record as spyne's object; kept, because making one costs spyne some 20 µs an element."""
        if record not in self._objects:
            model = self._response._type_info[self._contract.aggregate.records]
            self._objects[record] = self._protocol.from_element(None, model, record)
        return self._objects[record]

    def _result(self, refusal: str | None) -> Any:
        """The result element: OK, or a logical error with a text to show (RIV-TA Service Schema 2.1 #11)."""
        result = self._response._type_info["result"].__orig__()
        result.logId = str(uuid4())
        result.resultCode = "OK"
        if refusal is not None:
            result.resultCode, result.errorCode, result.message = "ERROR", "INVALID_REQUEST", refusal
        return result

    def _load(self, path: Path) -> Mapping[str, Sequence[etree._Element]]:
        """Records by patient id, in the order of the file; none without a file."""
        held: dict[str, list[etree._Element]] = {}
        if not path.exists():
            return held
        try:
            root = etree.parse(path, xml_parser()).getroot()
        except etree.XMLSyntaxError as error:
            raise DataError(path, error.lineno or 0, f"not well-formed XML: {error}") from None
        if not self._schema.validate(root):
            findings: Any = self._schema.error_log
            raise DataError(path, findings[0].line, findings[0].message)
        drop_extensions(root, self._response)
        for record in find(root, self._contract.aggregate.records):
            for patient in find(record, self._contract.record.patient):
                held.setdefault(patient.text or "", []).append(record)
        return held


def _is_ours(hsa_id: str) -> bool:
    """Whether an HSA-id, in whatever case, is this producer's: its logical address and source system."""
    return hsa_id.casefold() == LOGICAL_ADDRESS.casefold()


def _care_plans_refusal(request: Any) -> str | None:
    """Questions that GetCarePlans 2.0 calls invalid although the schema allows them, in words to show."""
    if request.sourceSystemHSAId and not _is_ours(request.sourceSystemHSAId):
        return "Frågan gäller ett annat källsystem än det som den skickades till."
    if request.careContactId and not request.sourceSystemHSAId:
        return "Frågan nämner en vårdkontakt men inte källsystemet som har den."
    return None


_REFUSALS: Final[Mapping[str, Callable[[Any], str | None]]] = {"GetCarePlans": _care_plans_refusal}
