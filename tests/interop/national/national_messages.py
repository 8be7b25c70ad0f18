"""Messages as consumers send them."""

from gateway.soap import ns

C1 = "urn:riv:prov:exempel:GetNoteResponder:1"  # a contract that only passes through
C2 = "urn:riv:prov:standard:GetNoteResponder:1"  # routed by the tree and by default
C3 = "urn:riv:prov:undantag:GetNoteResponder:1"  # for which the tree is not used
C4 = "urn:riv:prov:kort:GetNoteResponder:1"  # with a timeout of its own
WRITES = "urn:riv:prov:exempel:ProcessNoteResponder:1"  # one that may not be delivered twice
TO, LOGICAL = f'<w:To xmlns:w="{ns.WSA}">%s</w:To>', f'<l:LogicalAddress xmlns:l="{ns.REGISTRY}">%s</l:LogicalAddress>'
TEXT = "Åsa Öberg"


def child(contract: str = C1, inner: str = f"<p:text>{TEXT}</p:text>") -> str:
    """What Body holds."""
    return f'<p:GetNote xmlns:p="{contract}">{inner}</p:GetNote>'


def envelope(header: str, body: str, *, before: str = "", soap: str = ns.SOAP11, prefix: str = "soapenv") -> str:
    """An envelope around header and body content."""
    return (
        f'{before}<{prefix}:Envelope xmlns:{prefix}="{soap}"><{prefix}:Header>{header}</{prefix}:Header>'
        f"<{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>"
    )


def message(to: str = "ok", contract: str = C1, *, profile: str = "21", before: str = "", soap: str = ns.SOAP11) -> str:
    """A request in RIV-TA Basic Profile 2.1 or 2.0."""
    return envelope((LOGICAL if profile == "21" else TO) % to, child(contract), before=before, soap=soap)


XOP_LABEL = 'multipart/related; type="application/xop+xml"; start="<rot@x>"; start-info="text/xml"; boundary=grans'
IMAGE = b"\x89PNG\r\n\x1a\n\x00\xff--grans-nej"


def package(root: str, kind: str = "application/xop+xml; charset=UTF-8", *, first: bool = True) -> bytes:
    """A multipart message: the root and a picture."""
    parts = [
        f"Content-Type: {kind}\r\nContent-ID: <rot@x>\r\n\r\n".encode() + root.encode(),
        b"Content-Type: image/png\r\nContent-ID: <bild@x>\r\n\r\n" + IMAGE,
    ]
    ordered = parts if first else parts[::-1]
    return b"".join(b"--grans\r\n%b\r\n" % part for part in ordered) + b"--grans--\r\n"
