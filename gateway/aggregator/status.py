"""The ProcessingStatus header: one record for each source that was called."""

from collections.abc import Iterable

from gateway import texts
from gateway.aggregator.outcome import Outcome
from gateway.soap import ns
from gateway.soap.fault import escaped

# The national platform knows three codes and one agent, whatever happened.
_NATIONAL_CODES = {"fault": "500", "denied": "500", "unroutable": "500", "timeout": "504"}
_NATIONAL_OTHER = "43000"
# What the national router, which stands between, tells the aggregating service with VP009 and nothing more.
_VP009 = frozenset(("busy", "connect-timeout", "empty", "refused", "reset", "status", "tls", "too-large"))
_PLATFORM = "virtualization_platform"


class Status:
    """Writes the header; ``national`` as the national platform does, otherwise valid by its own schema."""

    def __init__(self, instance_name: str, *, national: bool) -> None:
        self._national = national
        self._vp009 = f"VP009 [{instance_name}] {texts.entry('fault', 'VP009')['text']}"
        self._last_success: dict[str, str] = {}

    def render(self, outcomes: Iterable[Outcome], now: str) -> str:
        """The header element with a default namespace and no prefixes, as consumers' parsers expect it.

        Args:
            outcomes: in the order to be told.
            now: YYYYMMDDhhmmss, Swedish time.
        """
        rows = "".join(self._row(outcome, now) for outcome in outcomes)
        return f'<ProcessingStatus xmlns="{ns.INTEROPERABILITY}">{rows}</ProcessingStatus>'

    def _row(self, outcome: Outcome, now: str) -> str:
        source = escaped(outcome.source)
        if outcome.failure is None:
            self._last_success[outcome.source] = now
            return _list(source, "DataFromSource", "true", f"<lastSuccessfulSynch>{now}</lastSuccessfulSynch>")
        return _list(source, "NoDataSynchFailed", "false", self._failed(outcome, now))

    def _failed(self, outcome: Outcome, now: str) -> str:
        failure = outcome.failure
        assert failure is not None
        if self._national:
            # The schema demands lastSuccessfulSynch; the platform leaves it out all the same.
            last, agent, text = "", _PLATFORM, failure.detail
            code = _NATIONAL_CODES.get(failure.kind, _NATIONAL_OTHER)
            if failure.kind in _VP009:
                code, text = "500", self._vp009
        else:
            entry = texts.entry("status", failure.kind)
            last = f"<lastSuccessfulSynch>{self._last_success.get(outcome.source, '')}</lastSuccessfulSynch>"
            agent, code = entry["agent"], entry["code"]
            text = f"{entry['sv']} / {entry['en']} ({failure.detail})"
        return (
            f"{last}<lastUnsuccessfulSynch>{now}</lastUnsuccessfulSynch><lastUnsuccessfulSynchError>"
            f"<causingAgent>{agent}</causingAgent><code>{code}</code><text>{escaped(text)}</text>"
            f"</lastUnsuccessfulSynchError>"
        )


def _list(source: str, status: str, in_synch: str, times: str) -> str:
    return (
        f"<ProcessingStatusList><logicalAddress>{source}</logicalAddress><statusCode>{status}</statusCode>"
        f"<isResponseFromCache>false</isResponseFromCache><isResponseInSynch>{in_synch}</isResponseInSynch>"
        f"{times}</ProcessingStatusList>"
    )
