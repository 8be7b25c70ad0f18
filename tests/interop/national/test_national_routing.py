"""National VP, routing and authorization (3), profiles (3.6), and the order of checks (0)."""

import re
from pathlib import Path

from national_case import Case, check
from national_catalogue import CLIMB_PERMISSION, NO_CLIMB_PERMISSION, OTHER, SENDER, STRANGER, TREE, data_root
from national_messages import C1, C2, C3, LOGICAL, TO, child, envelope, message
from national_producer import OK
from national_rows import Row, row, table
from national_site import MAX_BYTES, NAME, Site, refused_start

from gateway.soap import ns

UP = ",".join(("(parent)", *TREE[1:3]))
CLIMBED = f"{TREE[0]},{UP}"


def unrouted(receiver: str, contract: str = C1) -> str:
    return f"No receiverId (logical address) found for serviceNamespace: {contract}, receiverId: {receiver}"


def denied(receiver: str, sender: str, contract: str = C1) -> str:
    return f"Authorization missing for serviceNamespace: {contract}, receiverId: {receiver}, senderId: {sender}"


def to(name: str) -> str:
    return f"POST /vp/{name} HTTP/1.1"


FOUND = [
    Case(
        row=Row("routing-01", "the exact address; the trace is the receiver", "VagvalProcessorTest; takdatahandler"),
        traces=("ok", "ok"),
        actions=("req-in", "req-out", "resp-in", "resp-out"),
    ),
    Case(
        row=Row("routing-02", "no route: VP004", "VP004; VagvalProcessorTest"),
        ask={"to": "NoVagvalReceiver"},
        code="VP004",
        detail=unrouted("NoVagvalReceiver"),
        actions=("req-in", "error", "resp-out"),
    ),
    Case(
        row=Row("routing-03", "no route for the contract: VP004", "VagvalProcessorTest"),
        ask={"contract": "urn:riv:annan:1"},
        code="VP004",
        detail=unrouted("ok", "urn:riv:annan:1"),
    ),
    Case(
        row=Row("routing-04", "upper and lower case are the same, in receiver, contract and sender", "takcache"),
        ask={"to": "OK", "contract": C1.upper(), "sender": SENDER.lower()},
        body=OK,
    ),
    Case(
        row=Row("routing-05", "a route whose time is over is none", "takcache, valid and expired"),
        ask={"to": "Expired"},
        code="VP004",
        detail=unrouted("Expired"),
    ),
    Case(
        row=Row("routing-06", "a route whose time has not come is none", "takcache, valid and expired"),
        ask={"to": "Future"},
        code="VP004",
    ),
    Case(
        row=Row("routing-07", "two routes, whatever their profiles: VP006", "VP006; VagvalProcessorTest"),
        ask={"to": "both-profiles"},
        code="VP006",
        detail="More than one receiverId (logical address) with matching Riv-version found for serviceNamespace: "
        f"{C1}, receiverId: both-profiles",
    ),
    Case(
        row=Row("routing-08", "a blank address: VP010", "VP010; VagvalProcessorTest"),
        ask={"to": "blank"},
        code="VP010",
        detail=f"Physical Address field is empty in Service Producer for serviceNamespace: {C1}, receiverId: blank",
    ),
    Case(
        row=Row("routing-09", "by default, after the tree", "testDefaultBehorighetAndDefaultRouting"),
        ask={"to": "AnyReceiver", "contract": C2},
        line=to("default"),
        traces=("AnyReceiver,(parent),SE,(default),*", "AnyReceiver,(default),*"),
    ),
    Case(
        row=Row("routing-10", "an explicit route counts before the default", "testDefaultBehorighetAndExplicitRouting"),
        ask={"to": "Explicit", "contract": C2},
        line=to("explicit"),
        traces=("Explicit", "Explicit,(default),*"),
    ),
    Case(
        row=Row(
            "routing-11",
            "default route, no permission: VP007; the address is logged",
            "testDefaultVagvalButNoDefaultBehorighetShouldGiveVP007",
        ),
        ask={"to": "AnyReceiver", "contract": C2, "sender": STRANGER},
        code="VP007",
        detail=denied("AnyReceiver", STRANGER, C2),
        traces=("AnyReceiver,(parent),SE,(default),*", "AnyReceiver,(default),*,(parent),SE"),
    ),
    Case(
        row=Row(
            "routing-12",
            "default route and explicit permission",
            "testDefaultVagvalAndDirectBehorighetShouldGiveDefaultRouting",
        ),
        ask={"to": "AnyReceiver", "contract": C2, "sender": OTHER},
        line=to("default"),
        traces=("AnyReceiver,(parent),SE,(default),*", "AnyReceiver"),
    ),
    Case(
        row=Row("routing-13", "the tree counts before the default", "testHsaRoutingShouldBeDoneBeforeStandardVagval"),
        ask={"to": TREE[0], "contract": C2, "sender": OTHER},
        line=to("ancestor"),
        traces=(CLIMBED, TREE[0]),
    ),
    Case(
        row=Row("routing-14", "for permissions the default counts before the tree", "VP order of evaluation"),
        ask={"to": TREE[0], "contract": C2},
        traces=(CLIMBED, f"{TREE[0]},(default),*"),
    ),
    Case(
        row=Row("routing-15", "a child finds its ancestor's route, a parent not its child's", "takdatahandler"),
        ask={"to": TREE[3], "contract": C2},
        line=to("default"),
        traces=(f"{TREE[3]},(parent),SE,(default),*",),
    ),
    Case(
        row=Row("routing-16", "HSA-ids in the tree tell upper from lower case", "VP order of evaluation"),
        ask={"to": TREE[0].lower(), "contract": C2},
        line=to("default"),
        traces=(f"{TREE[0].lower()},(parent),SE,(default),*",),
    ),
    Case(
        row=Row("routing-17", "SE itself does not climb", "VP order of evaluation"),
        ask={"to": "SE", "contract": C2},
        traces=("SE,(default),*",),
    ),
    Case(
        row=Row(
            "routing-18", "a contract that does not climb for routes: VP004", "VagvalProcessorTest, climb disabled"
        ),
        ask={"to": TREE[0], "contract": C3},
        code="VP004",
        traces=(f"{TREE[0]},(default),*",),
    ),
    Case(
        row=Row("routing-19", "no climbing at all, by setting", "VP order of evaluation"),
        ask={"to": TREE[0], "contract": C2, "gateway": "other", "tls": SENDER},
        line=to("default"),
        traces=(f"{TREE[0]},(default),*",),
    ),
    Case(
        row=Row("permission-01", "none: VP007, faultcode Server", "VP007; BehorighetProcessorTest"),
        ask={"to": "Denied"},
        code="VP007",
        detail=denied("Denied", SENDER),
        actions=("req-in", "error", "resp-out"),
    ),
    Case(
        row=Row("permission-02", "one whose time is over is none", "takcache, BehorighetHandler"),
        ask={"to": "PermissionExpired"},
        code="VP007",
    ),
    Case(
        row=Row("permission-03", "found up the tree", "BehorighetProcessorTest, climb"),
        ask={"to": TREE[0], "contract": CLIMB_PERMISSION},
        body=OK,
        traces=(TREE[0], f"{TREE[0]},(default),*,{UP}"),
    ),
    Case(
        row=Row("permission-04", "a contract that does not climb for permissions: VP007", "BehorighetProcessorTest"),
        ask={"to": TREE[0], "contract": NO_CLIMB_PERMISSION},
        code="VP007",
        traces=(TREE[0], f"{TREE[0]},(default),*"),
    ),
    Case(
        row=Row("permission-05", "the default for another sender does not count", "takdatahandler"),
        ask={"to": "Second", "contract": C2, "sender": STRANGER},
        code="VP007",
    ),
]

COMPOUND = [
    Case(
        row=Row("compound-01", "First#Second: Second", "FullServiceDefaultVagvalIT"),
        ask={"to": "First#Second", "contract": C2},
        line=to("second"),
        traces=("(leaf),Second", "(leaf),Second"),
        labels={"receiverid": "First#Second"},
        sent=message("First#Second", C2).encode(),
    ),
    Case(
        row=Row("compound-02", "Second#First: First", "FullServiceDefaultVagvalIT"),
        ask={"to": "Second#First", "contract": C2},
        line=to("first"),
        traces=("(leaf),First",),
    ),
    Case(
        row=Row("compound-03", "Second#NotValid: back to Second", "FullServiceDefaultVagvalIT"),
        ask={"to": "Second#NotValid", "contract": C2},
        line=to("second"),
        traces=("(leaf),NotValid,Second",),
    ),
    Case(
        row=Row("compound-04", "three tokens route, and are refused: VP007", "testDefaultVagval… TooManyReceivers"),
        ask={"to": "First#Second#Third", "contract": C2},
        code="VP007",
        traces=("(leaf),Third,Second", "(leaf),Invalid parameters"),
    ),
    Case(
        row=Row("compound-05", "the same token twice is one", "takdatahandler, VE equals VG"),
        ask={"to": "First#First", "contract": C2},
        line=to("first"),
        traces=("(leaf),First",),
    ),
    Case(
        row=Row("compound-06", "neither tree nor default for compound addresses: VP004", "VP old default routing"),
        ask={"to": "X#Y", "contract": C2},
        code="VP004",
        traces=("(leaf),Y,X",),
    ),
    Case(
        row=Row("compound-07", "only for allowed contracts", "takdatahandler, allowed contracts"),
        ask={"to": "First#Second", "gateway": "other", "tls": SENDER},
        code="VP007",
    ),
    Case(
        row=Row("compound-08", "only for allowed senders", "takdatahandler, allowed senders"),
        ask={"to": "First#Second", "contract": C2, "gateway": "other", "tls": OTHER},
        code="VP007",
    ),
    Case(
        row=Row("compound-09", "allowed contract and sender", "takdatahandler, allowed contracts and senders"),
        ask={"to": "First#Second", "contract": C2, "gateway": "other", "tls": SENDER},
        line=to("second"),
    ),
]

DECLARATION = "<?xml version='1.0' encoding='UTF-8'?>"
PROFILES = [
    Case(
        row=Row("profile-01", "BP 2.0 to BP 2.0: unchanged", "RivTaProfilProcessorTest; soapui 3.1"),
        ask={"to": "bp20", "profile": "20"},
        sent=message("bp20", profile="20").encode(),
        labels={"rivversion": "rivtabp20"},
    ),
    Case(
        row=Row("profile-02", "BP 2.1 to BP 2.1: unchanged", "RivTaProfilProcessorTest; soapui 3.1"),
        sent=message().encode(),
        labels={"rivversion": "rivtabp21"},
    ),
    Case(
        row=Row("profile-03", "BP 2.0 to BP 2.1", "FullServiceRivVersionTransformationIT, riv20To21"),
        ask={"profile": "20"},
        sent=(
            DECLARATION + message().replace("<l:", "<w:").replace("</l:", "</w:").replace("xmlns:l", "xmlns:w")
        ).encode(),
        labels={"rivversion": "RIVTABP21"},
    ),
    Case(
        row=Row("profile-04", "BP 2.1 to BP 2.0", "FullServiceRivVersionTransformationIT, riv21To20"),
        ask={"to": "bp20"},
        sent=(
            DECLARATION
            + message("bp20", profile="20").replace("<w:", "<l:").replace("</w:", "</l:").replace("xmlns:w", "xmlns:l")
        ).encode(),
        labels={"rivversion": "RIVTABP20"},
    ),
    Case(
        row=Row("profile-05", "other header elements of the namespace change with it", "VP RIV profile transformation"),
        ask={"body": envelope(TO % "ok" + f'<w:MessageID xmlns:w="{ns.WSA}">1</w:MessageID>', child())},
        sent=(
            DECLARATION
            + envelope(
                f'<w:LogicalAddress xmlns:w="{ns.REGISTRY}">ok</w:LogicalAddress>'
                f'<w:MessageID xmlns:w="{ns.REGISTRY}">1</w:MessageID>',
                child(),
            )
        ).encode(),
    ),
    Case(
        row=Row("profile-06", "comments and references are kept", "VP RIV profile transformation"),
        ask={"body": envelope(TO % "ok", child(inner="<!--å--><a>&lt;&#229;</a>"))},
        sent=(
            DECLARATION
            + envelope(
                f'<w:LogicalAddress xmlns:w="{ns.REGISTRY}">ok</w:LogicalAddress>',
                child(inner="<!--å--><a>&lt;&#229;</a>"),
            )
        ).encode(),
    ),
    Case(
        row=Row(
            "profile-07",
            "CDATA and processing instructions are lost",
            "VP RIV profile transformation",
            "CDATA and processing instructions",
        ),
        ask={"body": envelope(TO % "ok", child(inner="<a><![CDATA[<å>]]></a><?p q?>"))},
        sent=(
            DECLARATION
            + envelope(
                f'<w:LogicalAddress xmlns:w="{ns.REGISTRY}">ok</w:LogicalAddress>',
                child(inner="<a><![CDATA[<å>]]></a><?p q?>"),
            )
        ).encode(),
    ),
    Case(
        row=Row(
            "profile-08",
            "elements of the namespace in Body are renamed too",
            "VP RIV profile transformation",
            "Body in another profile",
        ),
        ask={"body": envelope(TO % "ok", child(inner=f'<u:To xmlns:u="{ns.WSA}">kvar</u:To>'))},
        sent=(
            DECLARATION
            + envelope(
                f'<w:LogicalAddress xmlns:w="{ns.REGISTRY}">ok</w:LogicalAddress>',
                child(inner=f'<u:To xmlns:u="{ns.WSA}">kvar</u:To>'),
            )
        ).encode(),
    ),
    Case(
        row=Row(
            "profile-09",
            "an element that declares the namespace itself becomes unreadable",
            "VP RIV profile transformation",
            "Body in another profile",
        ),
        ask={
            "to": "bp20",
            "body": envelope(LOGICAL % "bp20" + f'<u:actor xmlns:u="{ns.REGISTRY}">a</u:actor>', child()),
        },
        sent=(
            DECLARATION
            + envelope(f'<l:To xmlns:l="{ns.WSA}">bp20</l:To><u:actor xmlns:u="{ns.WSA}">a</u:actor>', child())
        ).encode(),
    ),
    Case(
        row=Row("profile-10", "breakage in Body is found when a message is rewritten: VP012", "VP012"),
        ask={"body": envelope(TO % "ok", child(inner="<a></b>"))},
        code="VP012",
        detail=re.compile(r"(?s).+\n at \[row,col \{unknown-source\}\]: \[1,\d+\]"),
    ),
]


@table([*FOUND, *COMPOUND, *PROFILES])
def test_routing(site: Site, case: Case) -> None:
    check(site, case)


ORDER = [
    Case(
        row=Row("order-01", "the address list comes before the sender: VP011 before VP002", "VP order of checks"),
        ask={"gateway": "other", "sender": None},
        code="VP011",
    ),
    Case(
        row=Row("order-02", "the sender comes before the message: VP002 before VP015", "VP order of checks"),
        ask={"sender": None, "body": "hej"},
        code="VP002",
    ),
    Case(
        row=Row("order-03", "the message comes before the original consumer: VP015 before VP013", "VP order of checks"),
        ask={"tls": SENDER, "body": "hej", "headers": {"x-rivta-original-serviceconsumer-hsaid": "a"}},
        code="VP015",
    ),
    Case(
        row=Row("order-04", "the original consumer comes before the address: VP013 before VP003", "VP order of checks"),
        ask={"tls": SENDER, "to": "", "headers": {"x-rivta-original-serviceconsumer-hsaid": "a"}},
        code="VP013",
    ),
    Case(
        row=Row("order-05", "the route comes before the permission: VP004 before VP007", "VP order of checks"),
        ask={"to": "saknas", "sender": STRANGER},
        code="VP004",
    ),
    Case(
        row=Row("order-06", "a blank address comes before the permission: VP010 before VP007", "VP order of checks"),
        ask={"to": "blank", "sender": STRANGER},
        code="VP010",
    ),
    Case(
        row=Row("order-07", "the permission comes before the profile", "VP order of checks"),
        ask={
            "to": "bp20",
            "sender": STRANGER,
            "body": envelope(LOGICAL % "bp20", "<a></b>").replace("<a>", f'<a xmlns="{C1}">'),
        },
        code="VP007",
    ),
]


@table(ORDER)
def test_order_of_checks(site: Site, case: Case) -> None:
    check(site, case)


@row("fault-01", "the fault's exact form: one line, no declaration, SOAP 1.1", "VP exact XML")
def test_fault_01(site: Site) -> None:
    told = (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{ns.SOAP11}"><SOAP-ENV:Header/><SOAP-ENV:Body><SOAP-ENV:Fault>'
        "<faultcode>SOAP-ENV:Client</faultcode><faultstring>VP003 [{}] Logisk adressat (ReceiverId) saknas i "
        "RivHeadern i inkommande meddelande.</faultstring><detail><detailString>No receiverId (logical address) found "
        "in message header. </detailString></detail></SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).format(NAME)
    assert site.ask("").answer.body.decode() == told


@row("fault-02", "a fault has Content-Type, correlation id, and no other headers", "HttpResponseHeadersIT, VP004")
def test_fault_02(site: Site) -> None:
    headers = dict(site.ask("saknas").answer.headers)
    assert re.fullmatch(r"row-\d+", headers.pop("x-skltp-correlation-id"))
    headers.pop("content-length")
    assert headers == {"content-type": "text/xml; charset=UTF-8", "connection": "keep-alive"}


@row("fault-03", "an empty detail is an empty element", "VP014")
def test_fault_03(site: Site) -> None:
    found = site.ask(tls=SENDER, gateway="strict", headers={"x-rivta-routing-history": "prov-1"})
    assert b"<detailString/>" in found.answer.body


@row(
    "routing-20",
    "a route of another profile than 2.0 and 2.1: VP005",
    "VP005; RivTaProfilProcessorTest",
    better="Data that is wrong stops the start",
)
def test_routing_20(site: Site, tmp_path: Path) -> None:
    root = data_root(tmp_path / "data", site.peers)
    path = root / "routing" / "routes.toml"
    path.write_text(path.read_text("utf-8").replace("RIVTABP20", "RIVTABP22", 1), "utf-8")
    told = refused_start(root)
    assert "routes.toml:" in told
    assert "RIVTABP22" in told


@row(
    "routing-21",
    "why there is no route is told nowhere but in the log",
    "VP surprising or awkward",
    better="Strict: hints",
)
def test_routing_21(site: Site) -> None:
    body = site.ask("Expired", gateway="strict").answer.body.decode()
    assert "Expired has a route for the service contract, but it has expired (2001-01-01" in body
    assert len(body) < MAX_BYTES
