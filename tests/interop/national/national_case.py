"""A row whose test is one call: what is asked, and what is seen of it on all sides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from national_rows import Row
from national_site import NAME, Exchange, Site
from vp_codes import VP_CODES

XML = "text/xml; charset=UTF-8"
Text = str | re.Pattern[str] | None


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is expected; what is None or empty is not looked at.

    Attributes:
        ask: arguments of ``Site.ask``.
        code, detail: of a fault made by the router; ``detail`` as text, as pattern, or blank for an empty element.
        headers: of the answer; None for one that is absent.
        to_producer: the same of the request to the producer.
        calls: how often a producer was called.
        actions, labels: in the log; a label that is None is absent.
        traces: of route and permission.
    """

    row: Row
    ask: Mapping[str, Any] = field(default_factory=dict)
    status: int = 0
    code: str = ""
    detail: Text = None
    body: bytes | None = None
    headers: Mapping[str, Text] = field(default_factory=dict)
    to_producer: Mapping[str, Text] = field(default_factory=dict)
    line: str = ""
    sent: bytes | None = None
    calls: int | None = None
    actions: tuple[str, ...] = ()
    labels: Mapping[str, Text] = field(default_factory=dict)
    traces: tuple[str, ...] = ()


def check(site: Site, case: Case) -> Exchange:
    """Ask and compare."""
    log = bool(case.actions or case.labels or case.traces)
    found = site.ask(**{"log": log, **case.ask})
    answer = found.answer
    if case.code:
        _check_fault(answer.fault, case)
    assert answer.status == (case.status or (500 if case.code else 200)), answer.body
    if case.body is not None:
        assert answer.body == case.body
    for name, expected in case.headers.items():
        _same(answer.headers.get(name), expected, name)
    if case.calls is not None or case.to_producer or case.line or case.sent is not None:
        assert len(found.seen) == (1 if case.calls is None else case.calls)
    for name, expected in case.to_producer.items():
        _same(found.seen[0].header(name), expected, name)
    if case.line:
        assert found.seen[0].line == case.line
    if case.sent is not None:
        assert found.seen[0].body == case.sent
    if log:
        _check_log(found, case)
    return found


def _check_fault(told: tuple[str, str, str | None], case: Case) -> None:
    side, text = VP_CODES[case.code]
    assert told[:2] == (f"SOAP-ENV:{side}", f"{case.code} [{NAME}] {text}")
    if case.detail is not None:
        _same(told[2] or "", case.detail, "detailString")


def _check_log(found: Exchange, case: Case) -> None:
    if case.actions:
        assert tuple(found.actions) == case.actions
    labels = found.event("resp-out")["labels"]
    for name, expected in case.labels.items():
        _same(labels.get(name), expected, name)
    names = ("routerVagvalTrace", "routerBehorighetTrace")
    for name, expected in zip(names, case.traces, strict=False):
        assert labels.get(name) == expected


def _same(actual: str | None, expected: Text, what: str) -> None:
    if isinstance(expected, re.Pattern):
        assert actual is not None, f"{what} is absent"
        assert expected.fullmatch(actual), f"{what}: {actual}"
    else:
        assert actual == expected, what
