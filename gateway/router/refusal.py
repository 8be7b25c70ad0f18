"""Refusals of the router: the national codes and texts, with our advice beside them."""

from gateway import texts
from gateway.soap.fault import SERVER, SERVICE, Fault

PRODUCER_FAILED, INTERNAL = "VP009", "VP012"


class Refusal(Exception):
    """The call goes no further; the fault is the consumer's answer.

    Attributes:
        code: national code, ``VP001``-``VP015``.
        kind: for a failed producer, what failed: ``refused``, ``timeout``, ``reset``, ``status``, … ; blank otherwise.
        raw: faultstring and detail where the national router sends an exception's bare text; None otherwise.
        labelled: whether the fault has a Content-Type.
        values: what the texts are filled in with.
    """

    raw: tuple[str, str] | None = None
    labelled = True

    def __init__(self, code: str, *, kind: str = "", advice: str = "", **values: object) -> None:
        """``advice``: the key of ``[producer.*]`` in the texts that says what to do; blank for the code's own."""
        self.code, self.kind, self.values = code, kind, values
        self._advice = advice
        super().__init__(code)

    def __str__(self) -> str:
        """Code and detail, for the log."""
        return f"{self.code} {self._detail()}"

    def fault(self, instance_name: str, correlation_id: str) -> Fault:
        """The SOAP fault (the national router's form, ``VPnnn [instance] text``)."""
        entry = texts.entry("fault", self.code)
        advice = texts.entry("producer", self._advice) if self._advice else entry
        return Fault(
            code=self.code,
            side=entry["side"],
            text=self.raw[0] if self.raw else f"{self.code} [{instance_name}] {entry['text']}",
            detail=self._detail(),
            hints=texts.both_fields(advice, **self.values),
            correlation_id=correlation_id,
        )

    def _detail(self) -> str:
        return self.raw[1] if self.raw else texts.entry("fault", self.code)["detail"].format(**self.values)


class ServiceRefusal(Refusal):
    """A refusal by a service that the platform itself answers, in that service's own words.

    Attributes:
        text: the faultstring; nothing is put before it.
        side: who has to act, as in ``Fault``.
        hints: what to do, by language.
    """

    def __init__(self, code: str, text: str, hints: dict[str, str], side: str = SERVER) -> None:
        """``code`` is for programs, ``EI004`` and the like, also where the national text has none."""
        self.code, self.kind, self.values = code, "", {}
        self.text, self.hints, self.side = text, hints, side
        Exception.__init__(self, text)

    def __str__(self) -> str:
        """The text, and the code where the text has none."""
        return self.text if self.text.startswith(self.code) else f"{self.code} {self.text}"

    def fault(self, instance_name: str, correlation_id: str) -> Fault:
        """The SOAP fault as such a service writes it: without the instance's name."""
        del instance_name
        return Fault(self.code, self.side, self.text, self.text, self.hints, correlation_id, SERVICE)
