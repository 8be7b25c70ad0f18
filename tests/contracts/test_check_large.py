"""Large answers are read piece by piece: the same findings, little memory."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from check_samples import ANSWER, ENDS, PLANS, QUESTION, check, checker, many, written
from gateway_samples import ROOT

from gateway.contracts.messages import large
from gateway.contracts.messages.checker import Checked


def piecewise(text: str, request: str = "", **options: object) -> Checked:
    file = io.BytesIO(text.encode())
    return large.check(checker(**options), "m.xml", file, request.encode() or None)


BROKEN = {
    "good": many(5),
    "first and last": many(5, (0, 4)),
    "all": many(3, (0, 1, 2)),
    "one record": many(1, (0,)),
    "none": many(0),
    "same identity": many(4).replace(":FK102<", ":FK101<"),
    "other patient": many(4).replace("191212121212", "188803099368", 1),
    "no link": many(3).replace(
        ":FK100</core:extension>\n          </core:objectId>", ":FK9</core:extension>\n          </core:objectId>"
    ),
    "link ahead": many(3).replace(":FK100<", ":FK102<").replace(":FK102<", ":FK100<", 1),
    "rule of the contract": many(3).replace(">1.2.752.129.5.1.69<", ">1.2.752.129.5.1.96<", 1),
    "unknown element": many(2).replace(
        "    </ns0:GetFixedContactsResponse>", "<ns0:more/></ns0:GetFixedContactsResponse>"
    ),
    "plans": PLANS,
    "plans without result": PLANS[: PLANS.index("      <ns0:result>")] + PLANS[PLANS.index("</ns0:result>") + 13 :],
    "plans with bad result": PLANS.replace("<core:resultCode>OK", "<core:resultCode>JA"),
    "question": QUESTION,
    "question without address": QUESTION.replace("    <itr:LogicalAddress>5565594230</itr:LogicalAddress>\n", ""),
    "two children": QUESTION.replace("  </soapenv:Body>", '<a xmlns="urn:a"/></soapenv:Body>'),
    "fault": (ROOT / "contracts/rules/examples/fault.xml").read_text("utf-8"),
    "unknown contract": QUESTION.replace("GetFixedContacts", "GetSomething"),
    "bare": many(3, (1,))[ENDS[0].index("    <ns0:") : -len("  </soapenv:Body>\n</soapenv:Envelope>\n")],
    "doctype": "<!DOCTYPE a>" + QUESTION[QUESTION.index("<soapenv") :],
    "broken": many(3)[:-200],
}


@pytest.mark.parametrize("name", BROKEN)
def test_piece_by_piece_and_whole_agree(name: str) -> None:
    """Columns and excerpts are known only of what is held whole."""
    whole, pieces = check(BROKEN[name]), piecewise(BROKEN[name])
    assert name in ("good", "link ahead", "none", "plans", "question", "fault") or whole.findings
    key = [(each.rule, each.xpath, each.line, each.message) for each in whole.findings]
    found = [(each.rule, each.xpath, each.line, each.message) for each in pieces.findings]
    if name == "broken":
        key, found = [each[:1] for each in key], [each[:1] for each in found]  # the parsers have words of their own
    if name == "one record":
        found = [
            (rule, path.replace("[1]", ""), *rest) for rule, path, *rest in found
        ]  # how many there are comes later
    assert sorted(map(repr, map(tuple, found))) == sorted(map(repr, key))
    assert (pieces.subject.kind, pieces.subject.contract) in (
        (whole.subject.kind, whole.subject.contract),
        ("response", "GetFixedContacts_1.0"),
    )


def test_the_request_and_the_reader_count_too() -> None:
    other = QUESTION.replace("191212121212", "188803099368")
    assert [each.rule for each in piecewise(many(3), other).findings] == 3 * ["RIVTA-SEM-015"]
    assert {each.rule for each in piecewise(many(3), reader="resident").findings} == {"RIVTA-SEM-017"}


def test_rules_that_need_several_records_are_left_out() -> None:
    """They would be wrong about each piece, or right only by chance."""
    text = (ROOT / "contracts/rules/examples/contacts-two-physicians.xml").read_text("utf-8")
    assert [each.rule for each in check(text).findings] == ["RIVTA-GFC-001"]
    assert piecewise(text).findings == []


def test_at_most_a_hundred_findings() -> None:
    assert len(piecewise(many(80, tuple(range(80)))).findings) == 100


def test_lines_beyond_65535_are_told() -> None:
    text = many(1000, (990,))
    line = text[: text.index(">ja<")].count("\n") + 1
    assert line > 65_535
    assert piecewise(text).findings[0].line == line


MEMORY = """
import sys
from pathlib import Path
from gateway.cli.main import main
try:
    main(["check", sys.argv[1], "--format", "github"])
except SystemExit as end:
    status = Path("/proc/self/status").read_text()
    print(end.code, int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_large_answer_takes_little_memory(tmp_path: Path) -> None:
    """24 MB here; the bench looks at 100 MB."""
    record = ANSWER[ANSWER.index("      <ns0:fixedContact>") : ANSWER.index("</ns0:fixedContact>") + 20]
    path = tmp_path / "large.xml"
    with path.open("w", encoding="utf-8") as file:
        file.write(ENDS[0])
        for number in range(8_000):
            file.write(record.replace(":FK1<", f":FK{number}<"))
        file.write(ENDS[1])
    assert path.stat().st_size > 2 * large.LARGE
    ran = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    code, peak = map(int, ran.stdout.split())
    assert code == 0, ran.stdout
    assert peak < 90, "MB"


def test_a_sparse_file_that_looks_huge_is_refused_unread(tmp_path: Path) -> None:
    from gateway.contracts.messages import sources

    path = written(tmp_path, "huge.xml", "<a>")
    with path.open("r+b") as file:
        file.truncate(10_000_000_000)
    (found,) = sources.check_one(checker(), sources.Message(str(path), str(path))).findings
    assert found.rule == "RIVTA-IN-002"
