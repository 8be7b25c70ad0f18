"""Messages and a checker that the tests of the check share."""

from pathlib import Path
from typing import Any

from gateway_samples import ROOT

from gateway.contracts.messages.checker import Checked, Checker, Options
from gateway.findings.finding import Finding

EXAMPLES = ROOT / "contracts" / "rules" / "examples"
NOW = "20261124120000"
ANSWER = (EXAMPLES / "contacts-answer.xml").read_text("utf-8")
QUESTION = (EXAMPLES / "contacts-question.xml").read_text("utf-8")
PLANS = (EXAMPLES / "plans-answer.xml").read_text("utf-8")
RECORD = ANSWER[ANSWER.index("      <ns0:fixedContact>") : ANSWER.index("</ns0:fixedContact>") + 20]
ENDS = ANSWER[: ANSWER.index("      <ns0:fixedContact>")], ANSWER[ANSWER.index("    </ns0:GetFixedContactsResponse>") :]


def checker(**options: Any) -> Checker:
    """A new checker whose clock stands still."""
    return Checker(ROOT, Options(now=NOW, **options))


def check(text: str | bytes, request: str = "", **options: Any) -> Checked:
    """Check one message with a new checker."""
    data = text if isinstance(text, bytes) else text.encode()
    return checker(**options).check("m.xml", data, request.encode() or None)


def only(text: str | bytes, request: str = "", **options: Any) -> Finding:
    """The only finding of a message."""
    (found,) = check(text, request, **options).findings
    return found


def many(count: int, broken: tuple[int, ...] = ()) -> str:
    """An answer with so many records; the broken ones have a date that does not exist and a value of the wrong type."""
    parts = []
    for number in range(count):
        record = RECORD.replace(":FK1<", f":FK{number + 100}<").replace(":FK2<", ":FK100<")
        if number in broken:
            record = record.replace("20240501</core:start>", "20240231</core:start>").replace(
                "<core:approvedForPatient>true", "<core:approvedForPatient>ja"
            )
        parts.append(record)
    return ENDS[0] + "".join(parts) + ENDS[1]


def written(folder: Path, name: str, text: str | bytes) -> Path:
    """A file with a message."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path
