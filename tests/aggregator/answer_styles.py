"""Answers written in every way that XML allows: the same records, other prefixes, declarations and odd content."""

from dataclasses import dataclass

from gateway_samples import CORE, TOLVAN, contract, responder
from hypothesis import strategies as st
from lxml import etree

from gateway.aggregator.outcome import Outcome, examine
from gateway.message import Answer
from gateway.soap import ns

NAME = "GetFixedContacts"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
PLACES = ("envelope", "body", "response", "record")
# Inside a record; {r}, {c} are its own prefixes with colon, or nothing for the default namespace.
ODDITIES = (
    "",
    "",
    "<{c}text>åäö &amp; &lt; &#229;</{c}text>",
    "<!-- <{r}fixedContact> -->",
    "<![CDATA[<{r}fixedContact></{r}fixedContact>]]>",
    "<?p <{r}fixedContact>?>",
    "<x:any xmlns:x='urn:x'><{r}fixedContact></{r}fixedContact></x:any>",
    "<x:any xmlns:x='urn:x'><{r}fixedContact a='1'></{r}fixedContact ></x:any>",
    "<x:any xmlns:x='urn:x'><{r}fixedContact/></x:any>",
    "<x:any xmlns:x='urn:x'><x:fixedContact></x:fixedContact></x:any>",
    "<x:any xmlns:x='urn:x'><plain xmlns=''><inner/></plain></x:any>",
    "<x:any xmlns:x='urn:x' xmlns='urn:y'><plain q='v'/></x:any>",
    "<{c}code xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:type='{c}CVType'/>",
    "<{c}re xmlns:{p}='urn:other'><{p}:y/></{c}re>",
    "<{r}fixedContactHeader/>",
    " text! ",
)
BETWEEN = ("", "", "\n  ", "<!--c-->", "<?p?>", "<x:between xmlns:x='urn:x'/>", "text?")


STARTS = (
    "{r}fixedContact",
    "{r}fixedContact",
    "{r}fixedContact ",
    "{r}fixedContact a='1'",
    "y:fixedContact xmlns:y='{uri}'",
)


@dataclass(frozen=True)
class Style:
    """How one answer is written."""

    responder_prefix: str
    core_prefix: str
    place: str
    other: str
    starts: tuple[str, ...]
    between: str
    encoding: str
    declared: str


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """A style; a blank prefix is the default namespace."""
    prefixes = draw(st.permutations(["ns0", "core", "r0", "SOAP-ENV", "", "å"]))
    encoding, declared = draw(
        st.sampled_from(
            [("utf-8", ""), ("utf-8", "UTF-8"), ("utf-8-sig", ""), ("utf-16", "UTF-16"), ("iso-8859-1", "ISO-8859-1")]
        )
    )
    return Style(
        responder_prefix=prefixes[0],
        core_prefix=prefixes[1],
        place=draw(st.sampled_from(PLACES)),
        other=draw(st.sampled_from(["", "", "xmlns:r1='urn:r1'", "xmlns:ns0='urn:zero'", "xmlns:core='urn:one'"])),
        starts=tuple(draw(st.lists(st.sampled_from(STARTS), min_size=3, max_size=3))),
        between=draw(st.sampled_from(BETWEEN)),
        encoding=encoding,
        declared=declared,
    )


def _declaration(prefix: str, uri: str) -> str:
    return f"xmlns:{prefix}='{uri}'" if prefix else f"xmlns='{uri}'"


def _colon(prefix: str) -> str:
    return f"{prefix}:" if prefix else ""


def write(style: Style, records: list[tuple[str, ...]]) -> bytes:
    """An answer whose records hold the given oddities."""
    own = {"r": _colon(style.responder_prefix), "c": _colon(style.core_prefix), "p": style.core_prefix or "d"}
    declarations = " ".join(
        (
            _declaration(style.responder_prefix, responder(NAME)),
            _declaration(style.core_prefix, CORE[NAME]),
        )
    )
    at = {place: f" {declarations}" if place == style.place else "" for place in PLACES}
    # The response needs its namespace even when the records declare their own.
    response = f"{own['r']}GetFixedContactsResponse" if style.place != "record" else "z:GetFixedContactsResponse"
    extra = f" {style.other}" if f"xmlns:{style.responder_prefix}=" not in f"{style.other} " else ""
    if style.core_prefix and f"xmlns:{style.core_prefix}=" in extra:
        extra = ""
    if style.place == "record":
        extra += f" xmlns:z='{responder(NAME)}'"
    written = style.between.join(
        _record(style.starts[number], at["record"], number, odd, own) for number, odd in enumerate(records)
    )
    text = (
        f"<e:Envelope xmlns:e='{ns.SOAP11}'{at['envelope']}><e:Body{at['body']}>"
        f"<{response}{at['response']}{extra}>{style.between}{written}{style.between}</{response}></e:Body></e:Envelope>"
    )
    declaration = f"<?xml version='1.0' encoding='{style.declared}'?>" if style.declared else ""
    return f"{declaration}{text}".encode(style.encoding)


def _record(start: str, declarations: str, number: int, odd: tuple[str, ...], own: dict[str, str]) -> str:
    tag = start.format(**own, uri=responder(NAME))
    name = tag.partition(" ")[0]
    inner = f"<{own['c']}id>{number}</{own['c']}id>{''.join(each.format(**own) for each in odd)}"
    return f"<{tag}{declarations}>{inner}</{name}>"


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """An answer with none to three records."""
    odd = st.lists(st.sampled_from(ODDITIES), max_size=2).map(tuple)
    return write(draw(styles()), draw(st.lists(odd, max_size=3)))


def outcome(data: bytes, source: str = "A") -> Outcome:
    """The outcome of a source that sent this, taken as the national service takes it."""
    records = examine(contract(NAME), TOLVAN, Answer(200, [], data), True)
    return Outcome(source, records)


def canonical(record: etree._Element) -> tuple[bytes, list[str]]:
    """What a record means: exclusive canonical XML, and the names in xsi:type, which that leaves out of account."""
    kinds = []
    for element in record.iter(etree.Element):
        if kind := element.get(f"{{{XSI}}}type"):
            prefix, _, local = kind.rpartition(":")
            kinds.append(f"{{{element.nsmap.get(prefix or None)}}}{local}")
    return etree.tostring(record, method="c14n", exclusive=True, with_comments=True), kinds
