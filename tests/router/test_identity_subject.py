"""A certificate's subject as text: what Java's X500Principal prints for the same bytes (OpenJDK 17)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.router.identity import subject

# DER of a name, what getName() gives, what toString() gives.
JAVA = [
    (
        "30818c310b30090603550406130253453112301006035504080c094b726f6e6f626572673110300e06035504070c0756c3a4"
        "786ac3b6311d301b060355040a0c14526567696f6e204b726f6e6f626572672c2049543119301706035504030c107777772e"
        "6b726f6e6f626572672e7365311d301b060355040513145345323332313030303036352d52495654413037",
        "2.5.4.5=#13145345323332313030303036352d52495654413037,CN=www.kronoberg.se,O=Region Kronoberg\\, "
        "IT,L=Växjö,ST=Kronoberg,C=SE",
        'SERIALNUMBER=SE2321000065-RIVTA07, CN=www.kronoberg.se, O="Region Kronoberg, IT", L=Växjö, ST=Kronoberg, C=SE',
    ),
    (
        "304131143012060355040a0c0b206c65616420206d6964203113301106035504030c0ac384233d2b3b3c3e225c3114300806"
        "035504030c015930080603550405130158",
        'CN=Y+2.5.4.5=#130158,CN=Ä\\#\\=\\+\\;\\<\\>\\"\\\\,O=\\ lead  mid\\ ',
        'CN=Y + SERIALNUMBER=X, CN="Ä#=+;<>\\"\\\\", O=" lead  mid "',
    ),
    (
        "304f310d300b06035504050c04c3a5c3a43112301006092a864886f70d0109011603614062310a300806032a03040c017a31"
        "0b300906035504040c02c3963111300f06035504610c0856415453452d3535",
        "2.5.4.97=#0c0856415453452d3535,2.5.4.4=#0c02c396,1.2.3.4=#0c017a,1.2.840.113549.1.9.1=#1603614062,2."
        "5.4.5=#0c04c3a5c3a4",
        "OID.2.5.4.97=VATSE-55, SURNAME=Ö, OID.1.2.3.4=z, EMAILADDRESS=a@b, SERIALNUMBER=åä",
    ),
    (
        "30819031818d30818a0603550405138182535353535353535353535353535353535353535353535353535353535353535353"
        "5353535353535353535353535353535353535353535353535353535353535353535353535353535353535353535353535353"
        "5353535353535353535353535353535353535353535353535353535353535353535353535353535353535353535353",
        "2.5.4.5=#1381825353535353535353535353535353535353535353535353535353535353535353535353535353535353535"
        "3535353535353535353535353535353535353535353535353535353535353535353535353535353535353535353535353535"
        "353535353535353535353535353535353535353535353535353535353535353535353535353",
        "SERIALNUMBER=SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS"
        "SSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSSS",
    ),
    (
        "3000",
        "",
        "",
    ),
    (
        "3051310e300c06035504030c056e756c0078310a300806038837030c017a310c300a06035504090c032320783111300f060a"
        "0992268993f22c6401010c017531123010060a0992268993f22c64011916026463",
        "DC=dc,UID=u,STREET=\\# x,2.999.3=#0c017a,CN=nul\\00x",
        'DC=dc, UID=u, STREET="# x", OID.2.999.3=z, CN=nul\x00x',
    ),
    (
        "3056310a3008060355040c0c0174310a3008060355042c0c0167310a3008060355042e130164310b3009060355042a0c0267"
        "6e310a3008060355042b0c016931173015060a2b060104012a020b02010c07312e322e332e34",
        "1.3.6.1.4.1.42.2.11.2.1=#0c07312e322e332e34,2.5.4.43=#0c0169,2.5.4.42=#0c02676e,2.5.4.46=#130164,2.5"
        ".4.44=#0c0167,2.5.4.12=#0c0174",
        "IP=1.2.3.4, INITIALS=i, GIVENNAME=gn, DNQ=d, GENERATION=g, T=t",
    ),
    (
        "303f312f302d06035504030c26782c2053455249414c4e554d4245523d5345303030303030303030302d56494354494d2c20"
        "79310c300a06035504051303534531",
        "2.5.4.5=#1303534531,CN=x\\, SERIALNUMBER\\=SE0000000000-VICTIM\\, y",
        'SERIALNUMBER=SE1, CN="x, SERIALNUMBER=SE0000000000-VICTIM, y"',
    ),
    (
        "303f310c300a06035504051303534531312f302d06035504030c26782c2053455249414c4e554d4245523d53453030303030"
        "30303030302d56494354494d2c2079",
        "CN=x\\, SERIALNUMBER\\=SE0000000000-VICTIM\\, y,2.5.4.5=#1303534531",
        'CN="x, SERIALNUMBER=SE0000000000-VICTIM, y", SERIALNUMBER=SE1',
    ),
]


@pytest.mark.parametrize(("der", "rfc2253", "java"), JAVA)
def test_a_subject_is_written_as_java_writes_it(der: str, rfc2253: str, java: str) -> None:
    """National VP, identity: the pattern is matched against what Java prints."""
    parts = subject.attributes(bytes.fromhex(der))
    assert subject.rfc2253(parts) == rfc2253
    assert subject.java(parts) == java


@pytest.mark.parametrize(
    ("der", "text"),
    [
        ("0c04c3a5c3a4", "åä"),
        ("1302e5e4", "åä"),
        ("1e0400e500e4", "åä"),
        ("1c08000000e5000000e4", "åä"),
        ("1600", ""),
        ("138181" + "41" * 129, "A" * 129),
    ],
)
def test_a_string_of_any_type_is_text(der: str, text: str) -> None:
    """X.520: UTF8String, PrintableString, BMPString, UniversalString, IA5String; short and long lengths."""
    assert subject.text(bytes.fromhex(der)) == text


GOOD = bytes.fromhex(JAVA[0][0])


@pytest.mark.parametrize("broken", [b"", b"\x30", GOOD[:-1], GOOD + b"\0", GOOD[1:], b"\x30\x02\x31\x01"])
def test_what_is_no_name_is_told(broken: bytes) -> None:
    with pytest.raises(ValueError, match=r"name|unpack"):
        subject.attributes(broken)


@given(st.one_of(st.binary(max_size=60), st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255))))
def test_no_bytes_raise_anything_else(change: bytes | tuple[int, int]) -> None:
    """A certificate comes from outside: whatever it holds, the caller gets a fault and not an error of ours."""
    der = change if isinstance(change, bytes) else GOOD[: change[0]] + bytes([change[1]]) + GOOD[change[0] + 1 :]
    try:
        parts = subject.attributes(der)
    except ValueError:
        return
    assert isinstance(subject.rfc2253(parts) + subject.java(parts), str)
