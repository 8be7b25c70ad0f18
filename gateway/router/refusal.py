"""Refusals of the router: the national codes and texts, with our advice beside them."""

from gateway import texts
from gateway.soap.fault import Fault

PRODUCER_FAILED = "VP009"


class Refusal(Exception):
    """The call goes no further; the fault is the consumer's answer.

    Attributes:
        code: national code, ``VP001``-``VP015``.
        kind: for a failed producer, what failed: ``refused``, ``timeout``, ``reset``, ``status``, … ; blank otherwise.
    """

    def __init__(self, code: str, *, kind: str = "", **values: object) -> None:
        self.code, self.kind, self.values = code, kind, values
        super().__init__(f"{code} {texts.entry('fault', code)['detail'].format(**values)}")

    def fault(self, instance_name: str, correlation_id: str) -> Fault:
        """The SOAP fault (the national router's form, ``VPnnn [instance] text``)."""
        entry = texts.entry("fault", self.code)
        return Fault(
            code=self.code,
            side=entry["side"],
            text=f"{self.code} [{instance_name}] {entry['text']}",
            detail=entry["detail"].format(**self.values),
            hints=texts.both_fields(entry, **self.values),
            correlation_id=correlation_id,
        )
