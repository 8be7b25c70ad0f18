"""Whom to ask: the consumer's question, the engagement index, and the filters."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway import texts
from gateway.aggregator.filters import ASKED, OTHER_CATEGORY, SAME_SOURCE, Filters
from gateway.aggregator.narrow import Narrow, narrow
from gateway.aggregator.refusals import unknown_part, wrong_version
from gateway.contracts.bridge import Bridges
from gateway.contracts.contract import Contract, Contracts
from gateway.registry.engagements import Engagement, Index, IndexFailure
from gateway.registry.snapshot import Snapshot
from gateway.router.call import Call
from gateway.router.refusal import Refusal, ServiceRefusal
from gateway.soap import ns, xml
from gateway.soap.head import MessageError

Found = list[tuple[Contract, list[Engagement]]]
"""What the index holds, by the contract that it was asked for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An engagement that was found.

    Attributes:
        contract: whose domain and categorization it has: the one asked with, or one over a bridge.
        source: the logical address that is asked because of it.
        verdict: ``asked``, or which filter it ended at; ``same-source`` when an engagement of the contract itself has
            led to that source already.
    """

    contract: Contract
    engagement: Engagement
    source: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A question ready to be asked.

    Attributes:
        patient: the person id exactly as sent.
        wanted: the source that the question is restricted to; blank for none.
        sources: logical addresses to call, sorted, each once.
        hits: every engagement found, with what became of it.
        index_asked, index_answered: ``time.perf_counter()``.
    """

    contract: Contract
    patient: str
    wanted: str
    sources: tuple[str, ...]
    hits: tuple[Hit, ...]
    index_asked: float
    index_answered: float


class _Every(Collection[str]):
    """All categorizations there are."""

    def __contains__(self, _: object) -> bool:
        return True

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class Planner:
    """Makes plans from the engagement index and the catalogue."""

    def __init__(
        self,
        contracts: Contracts,
        index: Index,
        snapshot: Snapshot,
        own_address: str,
        bridges: Bridges | None = None,
        *,
        national: bool = False,
    ) -> None:
        """``national`` tells of an index without an answer in the national platform's words, and in no others."""
        self._contracts, self._index = contracts, index
        self._bridges, self._own, self._national = bridges or Bridges(), own_address, national
        self.replace(snapshot)

    def replace(self, snapshot: Snapshot) -> None:
        """Plan by this catalogue from the next question on."""
        self.snapshot = snapshot
        self.filters = Filters(snapshot, self._bridges, self._own, national=self._national)

    async def plan(self, call: Call, *, whole: bool = False) -> Plan:
        """Plan the question that a call asks.

        Args:
            call: whose head is read.
            whole: look at engagements of other categorizations too, though they are never asked.

        Raises:
            Refusal: VP015, the message cannot be read or names no person; VP004, the contract cannot be aggregated;
                EI000, the engagement index gives no answer.
        """
        head = call.head
        assert head is not None
        contract = self._contracts.get(head.contract)
        if contract is None or not contract.descriptor.aggregated:
            why = {"why_sv": "Kontraktet kan inte aggregeras.", "why_en": "The contract cannot be aggregated."}
            raise Refusal("VP004", contract=head.contract, receiver=head.logical_address, whitespace="", **why)
        if head.soap == ns.SOAP12:
            if self._national:
                raise wrong_version()
            raise Refusal("VP015", why="aggregated questions are asked in SOAP 1.1 (RIV-TA Basic Profile 2.1)")
        try:
            envelope = xml.parse(call.body)
            request = xml.body_child(envelope)
        except MessageError as error:
            raise Refusal("VP015", why=str(error)) from None
        if request.tag != contract.request_tag:
            if self._national:
                raise unknown_part(str(request.tag), contract.request_tag)
            raise Refusal("VP015", why=f"Body holds {request.tag}, expected {contract.request_tag}")
        special = contract.special
        conditions = None if special is None else narrow(special, request, national=self._national)
        # The national service sends on and compares what it has got; white space is no part of an id here.
        patient = request.findtext(contract.patient) or ""
        wanted = (request.findtext(contract.source_filter) if contract.source_filter else "") or ""
        if not self._national:
            patient, wanted = patient.strip(), wanted.strip()
        if not patient.strip():
            raise Refusal("VP015", why=f"the request names no person: expected {contract.descriptor.aggregate.patient}")
        asked = time.perf_counter()
        found = await self._find(contract, patient, whole=whole)
        answered = time.perf_counter()
        hits = self._judge(call, contract, found, wanted, conditions)
        sources = sorted({hit.source for hit in hits if hit.verdict == ASKED})
        return Plan(contract, patient, wanted, tuple(sources), tuple(hits), asked, answered)

    async def _find(self, contract: Contract, patient: str, *, whole: bool) -> Found:
        """The person's engagements; what lies in the index under a bridged contract's name counts too."""
        found: Found = []
        others = [bridge.other for bridge in self._bridges.of(contract.descriptor.responder)]
        try:
            for each in (contract, *others):
                aggregate = each.descriptor.aggregate
                categories = _Every() if whole else aggregate.categorization
                engagements = await self._index.ask(patient, aggregate.service_domain, categories)
                found.append((each, engagements))
        except IndexFailure as failure:
            raise self._unanswered(failure) from None
        return found

    def _unanswered(self, failure: IndexFailure) -> Refusal:
        """National AgP: the index's own fault, or what its client says of it, is passed on."""
        text = failure.text
        if not self._national:
            text = texts.entry("index", "technical")["text"].format(why=f"{failure.text} ({failure.detail})")
        return ServiceRefusal("EI000", text, texts.both("index", failure.kind))

    def _judge(self, call: Call, contract: Contract, found: Found, wanted: str, conditions: Narrow | None) -> list[Hit]:
        callers = tuple(dict.fromkeys(each for each in (call.sender, call.original_consumer) if each))
        hits: list[Hit] = []
        everybodys = {category for each, _ in found for category in each.descriptor.aggregate.categorization}
        for each, engagements in found:
            aggregate = each.descriptor.aggregate
            per_source = aggregate.call_per == "source_system"
            asked = {hit.engagement.source_system for hit in hits if hit.verdict == ASKED}
            for engagement in engagements:
                category = engagement.categorization.lower()
                if category in aggregate.categorization or not aggregate.categorization:
                    verdict = self.filters.verdict(contract, engagement, callers, wanted)
                    if conditions is not None and verdict == ASKED:
                        verdict = conditions.verdict(engagement)
                elif category in everybodys:
                    continue  # found under the other contract's name
                else:
                    verdict = OTHER_CATEGORY
                if verdict == ASKED and engagement.source_system in asked:
                    verdict = SAME_SOURCE
                source = engagement.source_system if per_source else engagement.logical_address
                hits.append(Hit(each, engagement, source, verdict))
        return hits
