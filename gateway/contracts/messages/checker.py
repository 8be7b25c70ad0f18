"""Checks messages through all layers. One checker serves one thread; each process of a run has its own."""

from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from lxml import etree

from gateway.contracts.contract import Contract
from gateway.contracts.messages import crossfield, envelope
from gateway.contracts.messages.crossfield import CrossField
from gateway.contracts.messages.document import Document, Unusable
from gateway.contracts.messages.explain import Explainer
from gateway.contracts.messages.facts import Facts
from gateway.contracts.messages.library import Library
from gateway.contracts.messages.meaning import Meaning, Reader, Run
from gateway.contracts.messages.shapes import Shapes
from gateway.findings import rules
from gateway.findings.finding import Finding, Text
from gateway.findings.report import UNREADABLE, Subject, layers_of
from gateway.soap import ns

Part = Literal["", "request", "response"]
LAYERS = ("well-formed", "envelope", "headers", "schema", "contract", "semantics")
MAX_BYTES = 1_073_741_824  # of one message


class Options(NamedTuple):
    """What a run wants of every message.

    Attributes:
        now: Swedish local time, ``ÅÅÅÅMMDDttmmss``; later than that is the future.
        contract: name or responder namespace that messages must belong to; blank for any.
        part: the direction that they must have; blank for any.
        reader: who is to see the answers: ``resident``, ``staff``, or blank for the platform.
        max_bytes: larger messages are not read.
        contracts_folder: the setting of that name.
    """

    now: str
    contract: str = ""
    part: Part = ""
    reader: Reader = ""
    max_bytes: int = MAX_BYTES
    contracts_folder: str = ""


class Checked(NamedTuple):
    """A message that has been checked."""

    subject: Subject
    findings: list[Finding]


class Judge:
    """What judges the messages of one contract, made when the first one comes."""

    def __init__(self, contract: Contract, now: str) -> None:
        self.contract, self._now = contract, now

    @cached_property
    def facts(self) -> Facts:
        """The contract's element model."""
        return Facts(self.contract)

    @cached_property
    def meanings(self) -> dict[str, Meaning]:
        """By tag of the message's element."""
        return {
            tag: Meaning(self.facts, tag, self._now) for tag in (self.contract.request_tag, self.contract.response_tag)
        }

    @cached_property
    def crossfield(self) -> CrossField | None:
        """The contract's own rules."""
        path = crossfield.path_of(self.contract)
        return CrossField(path, self.contract) if path.is_file() else None

    @cached_property
    def piecewise(self) -> CrossField | None:
        """Those of them that look at one record at a time."""
        path = crossfield.path_of(self.contract)
        return CrossField(path, self.contract, across=False) if path.is_file() else None


class Checker:
    """Checks messages against the contracts below a data folder."""

    def __init__(self, root: Path, options: Options) -> None:
        """``root``: the folder with contracts/, xsd/ and wsdl/.

        Raises:
            LookupError: the wanted contract is not known; the text names the nearest.
        """
        self.options = options
        self.library = Library(root, options.contracts_folder)
        self._judges: dict[str, Judge] = {}
        self._shapes = Shapes(options.now)
        self._wanted = self.library.find(options.contract) if options.contract else None
        if options.contract and self._wanted is None:
            raise LookupError(options.contract)

    def check(self, name: str, data: bytes, request: bytes | None = None) -> Checked:
        """Check one message.

        Args:
            name: for the findings.
            data: the message: an envelope, or what stands in its Body.
            request: the request that it answers, if known.

        Raises:
            DataError: the contract's own files are wrong.
        """
        if len(data) > self.options.max_bytes:
            return self.unusable(self.too_large(name, len(data)))
        wanted = self.patient(request) if request else ""
        if not self.options.reader and (shape := self._shapes.find(data, wanted)) is not None:
            return Checked(Subject(name=name, contract=shape.contract, kind=shape.kind, layers=_ALL_PASSED), [])
        try:
            document = Document(name, data)
        except Unusable as error:
            return self.unusable(error.finding)
        found: list[Finding] = []
        if encoding := document.encoding():
            found.append(self._rules["RIVTA-XML-002"].finding({"encoding": encoding}, file=name, line=1))
        message = envelope.opened(document)
        found += message.findings
        if message.child is None:
            return self.done(name, found, skipped=LAYERS[2:])
        return self._body(document, message, wanted, found)

    @property
    def _rules(self) -> dict[str, rules.Rule]:
        return rules.area("message")

    def judge(self, contract: Contract) -> Judge:
        """What judges a contract's messages."""
        key = contract.descriptor.responder
        if key not in self._judges:
            self._judges[key] = Judge(contract, self.options.now)
        return self._judges[key]

    def too_large(self, name: str, size: int) -> Finding:
        """The finding for a message with more bytes than are read."""
        most = self.options.max_bytes
        why = Text(f"{size} byte, högst {most} läses", f"{size} bytes, at most {most} are read")
        return self._rules["RIVTA-IN-002"].finding({"why": why}, file=name, key="size")

    def patient(self, request: bytes | None) -> str:
        """Whom a request is about; blank when that cannot be told."""
        if request is None:
            return ""
        try:
            document = Document("", request)
        except Unusable:
            return ""
        child = envelope.opened(document).child
        contract = self.library.by_tag(str(child.tag)) if child is not None else None
        if child is None or contract is None or not contract.patient or child.tag != contract.request_tag:
            return ""
        return (child.findtext(contract.patient) or "").strip()

    def _body(self, document: Document, message: envelope.Opened, wanted: str, found: list[Finding]) -> Checked:
        child = message.child
        assert child is not None
        if message.soap and envelope.is_fault(child):
            found += envelope.fault(document, child)
            return self.done(document.name, found, kind="fault", skipped=LAYERS[2:])
        contract = self.library.by_tag(str(child.tag))
        if contract is None:
            found.append(self._unknown(document, child, bare=not message.soap))
            return self.done(document.name, found, skipped=LAYERS[2:])
        kind: Part = "request" if child.tag == contract.request_tag else "response"
        found += self.headers(document, message, child, contract)
        judge = self.judge(contract)
        valid = contract.schema.validate(child)
        if not valid:
            found += Explainer(document, judge.facts).breaches(contract.schema, child)
        run = Run(self.options.reader, wanted if kind == "response" else "")
        if deeper := self._deeper(judge, document, child, run):
            found += besides(found, deeper)
        if not found and not self.options.reader:
            self._shapes.learn(document.data, child, judge.meanings[str(child.tag)], judge.crossfield, kind)
        return self.done(document.name, found, contract, kind)

    def headers(
        self, document: Document, message: envelope.Opened, child: etree._Element, contract: Contract
    ) -> list[Finding]:
        """What is wrong with a message's direction, contract or logical address."""
        kind: Part = "request" if child.tag == contract.request_tag else "response"
        mismatch = self._mismatch(document, child, contract, kind)
        found = [mismatch] if mismatch else []
        if kind == "request" and message.soap:
            found += envelope.address(document, message.header, child)
        return found

    def _deeper(self, judge: Judge, document: Document, child: etree._Element, run: Run) -> list[Finding]:
        found: list[Finding] = []
        if judge.crossfield is not None and judge.crossfield.fails(child):
            found += judge.crossfield.judge(child, document, judge.facts)
        meaning = judge.meanings[str(child.tag)]
        return found + meaning.judge(child, document, run) + meaning.close(run)

    def _mismatch(self, document: Document, child: etree._Element, contract: Contract, kind: Part) -> Finding | None:
        wanted, part = self._wanted, self.options.part
        if (wanted is None or wanted.key == contract.key) and part in ("", kind):
            return None
        key = wanted.key if wanted else contract.key
        values = {"found": _told(contract.key, kind), "wanted": _told(key, part)}
        return self._rules["RIVTA-ENV-006"].finding(values, **document.place(child), contract=contract.key)

    def _unknown(self, document: Document, child: etree._Element, *, bare: bool) -> Finding:
        tag = str(child.tag)
        nearest = self.library.nearest(tag)
        values: dict[str, object] = {
            "name": ns.local(tag),
            "namespace": ns.namespace(tag) or "-",
            "nearest": Text(f" Närmast: {nearest}.", f" Nearest: {nearest}.") if nearest else "",
            "known": ", ".join(self.library.names()),
        }
        expected = tuple(self.library.names())
        rule = "RIVTA-ENV-001" if bare else "RIVTA-ENV-005"
        return self._rules[rule].finding(values, **document.place(child), expected=expected)

    def unusable(self, finding: Finding) -> Checked:
        """The outcome for a message that could not be read."""
        layers = layers_of((UNREADABLE, *LAYERS), [finding], LAYERS if finding.layer == UNREADABLE else LAYERS[1:])
        return Checked(Subject(name=finding.file, layers=layers), [finding])

    def done(
        self,
        name: str,
        found: list[Finding],
        contract: Contract | None = None,
        kind: str = "",
        skipped: tuple[str, ...] = (),
    ) -> Checked:
        """The outcome for a message that was read."""
        layers = layers_of(LAYERS, found, skipped) if found or skipped else _ALL_PASSED
        key = contract.key if contract else ""
        return Checked(Subject(name=name, contract=key, kind=kind, layers=layers), found)


_ALL_PASSED = layers_of(LAYERS, ())


def besides(found: list[Finding], deeper: list[Finding]) -> list[Finding]:
    """Deeper findings, without those on elements that the schema has spoken about already."""
    told = {(each.line, each.column, each.xpath) for each in found if each.layer == "schema"}
    return [each for each in deeper if (each.line, each.column, each.xpath) not in told]


def _told(key: str, part: Part) -> Text:
    swedish = {"request": "en fråga", "response": "ett svar", "": "ett meddelande"}[part]
    english = {"request": "a request", "response": "a response", "": "a message"}[part]
    name = key.replace("_", " ")
    return Text(f"{swedish} i {name}", f"{english} of {name}")
