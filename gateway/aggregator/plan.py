"""Whom to ask: the consumer's question, the engagement index, and the filters."""

from dataclasses import dataclass

from lxml import etree

from gateway.contracts.contract import Contract, Contracts
from gateway.registry.engagements import Engagement, EngagementIndex
from gateway.registry.snapshot import Snapshot
from gateway.router.call import Call
from gateway.router.refusal import Refusal
from gateway.soap import ns, xml
from gateway.soap.head import MessageError

ASKED, LOOP, DENIED, OTHER_SOURCE = "asked", "loop", "denied", "other-source"


@dataclass(frozen=True, slots=True)
class Plan:
    """A question ready to be asked.

    Attributes:
        envelope: the consumer's message as a tree.
        patient: the person id exactly as sent.
        sources: logical addresses to call, sorted, each once.
        verdicts: every engagement found, with what became of it: ``asked``, ``loop``, ``denied``, ``other-source``.
    """

    contract: Contract
    envelope: etree._Element
    patient: str
    sources: tuple[str, ...]
    verdicts: tuple[tuple[Engagement, str], ...]


class Planner:
    """Makes plans from the engagement index and the catalogue."""

    def __init__(self, contracts: Contracts, index: EngagementIndex, snapshot: Snapshot, own_address: str) -> None:
        self._contracts, self._index, self._snapshot, self._own = contracts, index, snapshot, own_address

    def replace(self, index: EngagementIndex, snapshot: Snapshot) -> None:
        """Plan by these from the next question on."""
        self._index, self._snapshot = index, snapshot

    def plan(self, call: Call) -> Plan:
        """Plan the question that a call asks.

        Raises:
            Refusal: VP015, the message cannot be read or names no person; VP004, the contract has no descriptor.
        """
        head = call.head
        assert head is not None
        contract = self._contracts.get(head.contract)
        if contract is None:
            why = {"why_sv": "Kontraktet kan inte aggregeras.", "why_en": "The contract cannot be aggregated."}
            raise Refusal("VP004", contract=head.contract, receiver=head.logical_address, whitespace="", **why)
        if head.soap == ns.SOAP12:
            raise Refusal("VP015", why="aggregated questions are asked in SOAP 1.1 (RIV-TA Basic Profile 2.1)")
        try:
            envelope = xml.parse(call.body)
            request = xml.body_child(envelope)
        except MessageError as error:
            raise Refusal("VP015", why=str(error)) from None
        if request.tag != contract.request_tag:
            raise Refusal("VP015", why=f"Body holds {request.tag}, expected {contract.request_tag}")
        patient = (request.findtext(contract.patient) or "").strip()
        if not patient:
            raise Refusal("VP015", why=f"the request names no person: expected {contract.descriptor.aggregate.patient}")
        wanted = request.findtext(contract.source_filter) if contract.source_filter else None
        return self._select(call, contract, envelope, patient, (wanted or "").strip())

    def _select(self, call: Call, contract: Contract, envelope: etree._Element, patient: str, wanted: str) -> Plan:
        aggregate = contract.descriptor.aggregate
        found = self._index.find(patient, aggregate.service_domain, aggregate.categorization)
        verdicts = tuple((engagement, self._verdict(call, contract, engagement, wanted)) for engagement in found)
        per_source = aggregate.call_per == "source_system"
        sources = {
            engagement.source_system if per_source else engagement.logical_address
            for engagement, verdict in verdicts
            if verdict == ASKED
        }
        return Plan(contract, envelope, patient, tuple(sorted(sources)), verdicts)

    def _verdict(self, call: Call, contract: Contract, engagement: Engagement, wanted: str) -> str:
        address, responder = engagement.logical_address, contract.descriptor.responder
        if address == self._own:
            return LOOP
        callers = {call.sender, call.original_consumer} - {""}
        permitted = any(self._snapshot.permit(address, caller, responder).allowed for caller in callers)
        if not permitted or self._snapshot.route(address, responder).route is None:
            return DENIED
        return OTHER_SOURCE if wanted and address != wanted else ASKED
