"""``python -m tests.bench.checks``: what ``rivta check`` costs, beside ``xmllint --noout --schema`` on the same files.

CPU time of whole processes, in turns; the best of each counts, because the machine may be busy with other things.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from gateway.contracts.contract import load_all
from gateway.soap import ns

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, MESSAGES, LARGE_BYTES = 3, 20_000, 100_000_000
_CONTRACT = "GetFixedContacts"
_WATCHED = """
import sys
from gateway.cli.main import main
try:
    main(["check", *sys.argv[1:]])
except SystemExit as end:
    print(end.code, open("/proc/self/status").read().partition("VmHWM:")[2].split()[0], file=sys.stderr)
"""


class Figures(NamedTuple):
    """What was measured.

    Attributes:
        size: bytes of a message.
        xmllint, rivta: messages per second of CPU time, start included; 0 without xmllint.
        one, two: messages per second of elapsed time with one and with two processes.
        large_mb, large_seconds: peak memory and CPU time for the large answer.
        first: seconds of CPU time from the start of a cold check to its end, with a finding.
    """

    size: int
    xmllint: float
    rivta: float
    one: float
    two: float
    large_mb: float
    large_seconds: float
    first: float


def main() -> int:
    """Measure and print; 0 when every target is met, 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.checks", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--messages", type=int, default=MESSAGES)
    parser.add_argument("--large-bytes", type=int, default=LARGE_BYTES)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rivta-bench-") as name:
        found = measure(Path(name), chosen.messages, chosen.large_bytes)
    if chosen.format == "json":
        print(json.dumps(found._asdict(), indent=2))
        return 0
    rows = targets(found)
    for text, met in rows:
        print(f"{'met   ' if met else 'missed'} {text}")
    return 0 if all(met for _, met in rows) else 1


def targets(found: Figures) -> list[tuple[str, bool]]:
    """Each target with what was measured, and whether it is met."""
    ratio = found.rivta / found.xmllint if found.xmllint else 0.0
    beside = f"{found.rivta:,.0f} messages/s of {found.size:,} bytes; xmllint {found.xmllint:,.0f}; ratio {ratio:.2f}"
    return [
        (f"one core: {beside} (at least 0.50)", ratio >= 0.5 or not found.xmllint),
        (f"--jobs 2: {found.two:,.0f} messages/s elapsed, one process {found.one:,.0f} (more)", found.two > found.one),
        (
            f"large answer: {found.large_mb:.0f} MB, {found.large_seconds:.1f} s CPU (at most 200 MB)",
            found.large_mb <= 200,
        ),
        (f"cold check with a finding: {found.first:.2f} s CPU (under 0.40)", found.first < 0.4),
    ]


def measure(folder: Path, messages: int = MESSAGES, large_bytes: int = LARGE_BYTES) -> Figures:
    """Write the messages into ``folder`` and measure."""
    files = write_messages(folder / "messages", messages)
    large, broken = write_large(folder / "large.xml", large_bytes), folder / "broken.xml"
    broken.write_bytes(Path(files[0]).read_bytes().replace(b"<core:start>20240501", b"<core:start>20240231"))
    xmllint, schema = shutil.which("xmllint"), write_schema(folder / "envelope.xsd")
    lint = [xmllint, "--noout", "--schema", str(schema)] if xmllint else []
    check = [sys.executable, "-m", "gateway.cli.main", "check"]
    theirs, ours, first, alone, both = ([] for _ in range(5))  # type: list[float]
    for _ in range(ROUNDS):
        if lint:
            theirs.append(cpu([*lint, *files])[0])
        ours.append(cpu([*check, *files])[0])
        first.append(cpu([*check, str(broken)], code=1)[0])
        alone.append(cpu([*check, *files])[1])
        both.append(cpu([*check, "--jobs", "2", *files])[1])
    seconds, peak = watched(large)
    return Figures(
        size=Path(files[0]).stat().st_size,
        xmllint=messages / min(theirs) if theirs else 0.0,
        rivta=messages / min(ours),
        one=messages / min(alone),
        two=messages / min(both),
        large_mb=peak,
        large_seconds=seconds,
        first=min(first),
    )


def _environment() -> dict[str, str]:
    """As after the first run of an installation, when Python has kept what it compiled."""
    given = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**given, "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "rivta-bench-compiled")}


def cpu(command: list[str], code: int = 0) -> tuple[float, float]:
    """Seconds of CPU time and elapsed seconds of a process.

    Raises:
        RuntimeError: it ended with another exit code.
    """
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), os.times().elapsed
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=_environment(), check=False)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), os.times().elapsed
    if ran.returncode != code:
        raise RuntimeError(
            f"{' '.join(command[:5])} ended with {ran.returncode}: {ran.stdout[-500:]}{ran.stderr[-500:]}"
        )
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - begun


def watched(path: Path) -> tuple[float, float]:
    """Seconds of CPU time and peak memory in MB for the check of one file."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", _WATCHED, str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=_environment(), check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    code, kilobytes = ran.stderr.split()[-2:]
    if code != "0":
        raise RuntimeError(f"the large answer is not good: {ran.stdout[-500:]}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, int(kilobytes) / 1024


def write_messages(folder: Path, count: int) -> list[str]:
    """Answers of 2 KB, each with one record of its own; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        path = folder / f"m{number:06}.xml"
        path.write_bytes(_envelope(_record(number)))
        paths.append(str(path))
    return paths


def write_large(path: Path, size: int) -> Path:
    """One answer of about so many bytes."""
    before, _, after = _envelope("|").partition(b"|")
    with path.open("wb") as file:
        file.write(before)
        number = 0
        while file.tell() < size:
            file.write(_record(number).encode() + b"\n")
            number += 1
        file.write(after)
    return path


def write_schema(path: Path) -> Path:
    """A schema of the whole envelope, so that xmllint judges the same files."""
    contract = load_all(ROOT).find(_CONTRACT)
    assert contract is not None
    anything = '<xs:any processContents="lax" minOccurs="0" maxOccurs="unbounded"/>'

    def holder(name: str, content: str, least: int) -> str:
        inside = f"<xs:complexType><xs:sequence>{content}</xs:sequence></xs:complexType>"
        return f'<xs:element name="{name}" minOccurs="{least}">{inside}</xs:element>'

    parts = holder("Header", anything, 0) + holder("Body", '<xs:any processContents="strict"/>', 1)
    path.write_text(
        f'<xs:schema xmlns:xs="{ns.XS}" targetNamespace="{ns.SOAP11}" elementFormDefault="qualified">'
        f'<xs:import namespace="{contract.descriptor.responder}" schemaLocation="{contract.xsd.as_uri()}"/>'
        f'<xs:element name="Envelope"><xs:complexType><xs:sequence>{parts}</xs:sequence></xs:complexType></xs:element>'
        "</xs:schema>",
        "utf-8",
    )
    return path


def _envelope(records: str) -> bytes:
    responder = f"urn:riv:coreprocess:planning:coordinatedplanning:{_CONTRACT}Responder:1"
    core = "urn:riv:coreprocess:planning:coordinatedplanning:1"
    body = f'<ns0:{_CONTRACT}Response xmlns:ns0="{responder}" xmlns:core="{core}">{records}</ns0:{_CONTRACT}Response>'
    return (
        f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'.encode()
    )


def _record(number: int) -> str:
    def identity(name: str, extension: str, root: str = "1.2.752.129.2.1.4.1") -> str:
        return f"<core:{name}><core:root>{root}</core:root><core:extension>{extension}</core:extension></core:{name}>"

    written = f"{1 + number % 28:02}{number % 24:02}{number % 60:02}"
    header = (
        identity("accountableHealthcareProviderId", "SE2321000065")
        + identity("accountableCareUnitId", f"SE2321000065-V{number % 400}")
        + identity("patientId", "191212121212", "1.2.752.129.2.1.3.1")
        + f"<core:blockComparisonTime>202405{written}00</core:blockComparisonTime>"
        + "<core:approvedForPatient>true</core:approvedForPatient>"
    )
    return (
        f"<ns0:fixedContact><core:fixedContactHeader><core:accessControlHeader>{header}</core:accessControlHeader>"
        + identity("sourceSystemId", "SE2321000065-RIVTA07")
        + identity("recordId", f"SE2321000065-RIVTA07:FK{number:08}", "1.2.752.129.2.1.2.1")
        + "</core:fixedContactHeader><core:code><core:code>1</core:code>"
        "<core:codeSystem>1.2.752.129.5.1.69</core:codeSystem><core:displayName>Fast vårdkontakt</core:displayName>"
        "</core:code><core:practitioner>"
        + identity("hsaId", f"SE2321000065-P{number % 900}")
        + f"<core:name>Åsa Öberg {number % 900}</core:name></core:practitioner>"
        "<core:period><core:start>20240501</core:start></core:period><core:managingCareGiver>"
        + identity("hsaId", "SE2321000065")
        + "<core:name>Region Kronoberg</core:name></core:managingCareGiver><core:contact><core:telecom>"
        f"<core:value>0470-58 {number % 100:02} 00</core:value></core:telecom></core:contact></ns0:fixedContact>"
    )


if __name__ == "__main__":
    sys.exit(main())
