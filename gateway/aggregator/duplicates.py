"""The same record from two sources is told once.

The same is what has the same id and says the same, however it is written. Two versions of a record are two records: to
choose between them is not for a platform.
"""

from collections import Counter
from collections.abc import Sequence

from lxml import etree

from gateway.aggregator.outcome import Outcome, Records
from gateway.contracts.contract import Contract


def drop(contract: Contract, outcomes: Sequence[Outcome]) -> int:
    """Remove from the outcomes what an earlier one, or an earlier record, has told already; how many were removed."""
    identities = [identity for outcome in outcomes for identity in outcome.records.identities]
    if len(set(identities)) == len(identities):
        return 0
    repeated = {identity for identity, times in Counter(identities).items() if times > 1}
    told: set[str] = set()
    return sum(
        _drop(contract, outcome, repeated, told)
        for outcome in outcomes
        if not repeated.isdisjoint(outcome.records.identities)
    )


def _drop(contract: Contract, outcome: Outcome, repeated: set[str], told: set[str]) -> int:
    kept = []
    elements = outcome.records.elements(contract)
    for element in elements:
        identity = element.findtext(contract.record["id"]) or ""
        if identity in repeated:
            said = _meaning(element)
            if said in told:
                continue
            told.add(said)
        kept.append(element)
    dropped = len(elements) - len(kept)
    if dropped:
        outcome.records = Records(outcome.records.data, len(kept), tree=tuple(kept))
    return dropped


def _meaning(element: etree._Element) -> str:
    """Canonical XML that does not depend on prefixes and indentation."""
    written = etree.tostring(element, encoding="unicode", with_tail=False)
    return str(etree.canonicalize(written, strip_text=True, rewrite_prefixes=True))
