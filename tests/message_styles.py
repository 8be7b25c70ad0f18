"""Messages as many different stacks would write them: prefixes, white space, quotes, comments, CDATA, declarations."""

from dataclasses import dataclass

from hypothesis import strategies as st
from lxml import etree

from gateway.soap import ns

PING = "urn:riv:itintegration:monitoring:PingForConfigurationResponder:1"
ADDRESSES = {ns.BP20: (ns.WSA, "To"), ns.BP21: (ns.REGISTRY, "LogicalAddress")}
ENCODINGS = ("ISO-8859-1", "ISO-8859-15", "windows-1252", "US-ASCII", "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32BE")
_SPACES = st.sampled_from(["", " ", "\n", "\r\n\t", "  "])
_SEPARATORS = st.sampled_from([" ", "\n", "\t  ", "\r\n"])
_NOISE = st.sampled_from(
    ["", "\n  ", "<!-- <LogicalAddress>å</LogicalAddress> -->", "<?p <To>?>", "<z:x xmlns:z='urn:z' a='>'/>", "text"]
)
_TEXTS = st.sampled_from(["Åsa Öberg", "<![CDATA[<å>&]]>", "&lt;&amp;&#229;", "a<!--c-->b", "a<?p q?>b", "", "\n å \n"])
_VALUES = st.sampled_from(
    [
        ("SE2321000016-RIVTA01", "SE2321000016-RIVTA01"),
        ("<![CDATA[SE1&2]]>", "SE1&2"),
        ("SE&#45;1", "SE-1"),
        ("a&amp;<!--c-->b", "a&b"),
        (" SE1\n", " SE1\n"),
    ]
)


@dataclass(frozen=True)
class Style:
    """A message: its text, without byte order mark, and what it says."""

    text: str
    address: str
    profile: str

    @property
    def commented(self) -> bool:
        """Whether the address holds a comment, which the national router reads in its own way."""
        return "a&amp;<!--c-->b" in self.text

    def bytes(self, encoding: str = "utf-8") -> bytes:
        """Encoded; characters that the encoding lacks as references would change comments, so they go."""
        return self.text.encode(encoding, "ignore")


@st.composite
def styles(draw: st.DrawFn, *, encoding: str | None = "UTF-8", ascii_names: bool = True) -> Style:
    """A message of any style; ``encoding`` is what an XML declaration would say, None for no declaration."""
    profile = draw(st.sampled_from([ns.BP20, ns.BP21]))
    namespace, local = ADDRESSES[profile]
    soap = draw(st.sampled_from(["soapenv", "S", "e", "", *([] if ascii_names else ["å"])]))
    prefix = draw(st.sampled_from(["itr", "urn", "wsa", "x1", ""]))
    place = draw(st.sampled_from(["own", "header", "envelope"]))
    if prefix == soap == "":  # the default namespace has one meaning at a time
        place = "own"
    declare = _declaration(prefix, namespace, draw(st.sampled_from("\"'")))
    gap, inner = draw(_SEPARATORS), draw(_SPACES)
    value, address = draw(_VALUES)
    extra = draw(st.sampled_from(["", f'{gap}a=">"', f"{gap}{prefix}:b='1'" if prefix else "", f"{gap}c='{prefix}:x'"]))
    name = _name(prefix, local)
    own = f"{gap}{declare}" if place == "own" else ""
    attributes = f"{extra}{own}" if draw(st.booleans()) else f"{own}{extra}"
    element = f"<{name}{attributes}{inner}>{value}</{name}{inner}>"
    around = [draw(_NOISE) for _ in range(4)]
    header_declares = f" {declare}" if place == "header" else ""
    header = f"<{_name(soap, 'Header')}{header_declares}>{around[0]}{element}{around[1]}</{_name(soap, 'Header')}>"
    ping = draw(st.sampled_from(["p", "urn", "wsa"]))
    body = f'<{ping}:Ping xmlns:{ping}="{PING}"{inner}><{ping}:t>{draw(_TEXTS)}</{ping}:t>{draw(_NOISE)}</{ping}:Ping>'
    envelope_declares = f" {declare}" if place == "envelope" else ""
    mark = _declaration(soap, ns.SOAP11, '"')
    text = (
        f"<{_name(soap, 'Envelope')} {mark}{envelope_declares}>{around[2]}{header}{around[3]}"
        f"<{_name(soap, 'Body')}>{inner}{body}{inner}</{_name(soap, 'Body')}>{inner}</{_name(soap, 'Envelope')}>"
    )
    return Style(draw(_prologs(encoding)) + text + draw(st.sampled_from(["", "\n", "<!--å-->"])), address, profile)


def _prologs(encoding: str | None) -> st.SearchStrategy[str]:
    plain = ["", "<!--å-->", "\n", "<?p?>\n"]
    if encoding is None:
        return st.sampled_from(plain)
    declared = [
        f'<?xml version="1.0" encoding="{encoding}"?>',
        f"<?xml version='1.0' encoding='{encoding}' standalone='yes' ?>\n",
        f'<?xml version = "1.0"\n\tencoding = "{encoding}"?><!--å-->',
    ]
    return st.sampled_from(declared if encoding not in ("UTF-8", "UTF-16") else [*declared, *plain])


def _name(prefix: str, local: str) -> str:
    return f"{prefix}:{local}" if prefix else local


def _declaration(prefix: str, namespace: str, quote: str) -> str:
    return f"xmlns{':' if prefix else ''}{prefix}={quote}{namespace}{quote}"


def content(message: bytes) -> list[object]:
    """All that a message says, as lxml reads it: names, attributes, text, comments and instructions, in order.

    Which prefixes are used and where they are declared is left out.
    """
    return _content(etree.fromstring(message, etree.XMLParser(strip_cdata=False)))


def _content(element: etree._Element) -> list[object]:
    name = element.tag if isinstance(element.tag, str) else str(element.tag)
    found: list[object] = [name, element.text or "", sorted((str(k), str(v)) for k, v in element.attrib.items())]
    for child in element:
        found += [_content(child), child.tail or ""]
    return found


def renamed(said: list[object], old: str, new: str) -> list[object]:
    """What ``content`` says, with the elements of one name (Clark notation) called otherwise."""
    return [renamed(each, old, new) if isinstance(each, list) else new if each == old else each for each in said]
