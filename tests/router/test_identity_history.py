"""The routing history: VP014 when a call comes back to where it has been (national VP, loop protection)."""

import pytest
from gateway_samples import PLATFORM
from identity_parts import HSA_ID, bare, call, code, der, fault, history_sent, over_tls, ready, with_certificate

from gateway.message import Headers

MODES = pytest.mark.parametrize("mode", ["national", "strict"])
NAME = b"x-rivta-routing-history"
TEXT_014 = (
    "VP014 [prov] Anropsförmedlingen för den logiska adressaten har givit upphov till rundgång mellan "
    "tjänsteplattformar. Rapportera felet till tjänsteplattformsförvaltningen."
)


def sent(*histories: str) -> Headers:
    return with_certificate(bare(der()), *((NAME, history.encode("latin-1")) for history in histories))


@MODES
@pytest.mark.parametrize(
    ("incoming", "outgoing"),
    [
        ([], f"{HSA_ID}#{PLATFORM}"),
        ([""], f"{HSA_ID}#{PLATFORM}"),
        (["a"], f"a#{PLATFORM}"),
        (["a#b"], f"a#b#{PLATFORM}"),
        ([f"x{PLATFORM}#{PLATFORM}x"], f"x{PLATFORM}#{PLATFORM}x#{PLATFORM}"),
        ([f"{PLATFORM.upper()}"], f"{PLATFORM.upper()}#{PLATFORM}"),
    ],
)
def test_the_history_grows_by_this_platform(incoming: list[str], outgoing: str, mode: str) -> None:
    """It begins with the sender, and is sent once."""
    found = ready(mode=mode)
    assert code(found.handle(call(sent(*incoming)))) == ""
    assert history_sent(found) == [outgoing]


@MODES
@pytest.mark.parametrize("history", [PLATFORM, f"a#{PLATFORM}", f"{PLATFORM}#b", f"a# {PLATFORM} #b"])
def test_vp014_word_for_word(history: str, mode: str) -> None:
    """faultcode Server, an empty detail, HTTP status 500; nothing is sent to a producer."""
    found = ready(mode=mode)
    answer = found.handle(call(sent(history)))
    assert fault(answer) == ("SOAP-ENV:Server", TEXT_014, "")
    assert b"<detailString/>" in answer.body
    assert found.client.sent == []
    assert history in found.events[0][1].cause


@MODES
def test_vp014_comes_before_the_message_is_read(mode: str) -> None:
    assert code(ready(mode=mode).handle(call(sent(PLATFORM), body=b"hej"))) == "VP014"


@MODES
def test_it_can_be_switched_off(mode: str) -> None:
    found = ready(mode=mode, use_routing_history=False)
    assert code(found.handle(call(sent(f"a#{PLATFORM}")))) == ""
    assert history_sent(found) == [f"a#{PLATFORM}"]


def test_a_repeated_history_is_one_list_in_strict_mode() -> None:
    """RFC 9110 5.3. Nationally it is text in brackets, in which a platform at either end is not recognised."""
    assert code(ready().handle(call(sent("a", PLATFORM)))) == "VP014"
    found = ready(mode="national")
    assert code(found.handle(call(sent("a", PLATFORM)))) == ""
    assert history_sent(found) == [f"[a, {PLATFORM}]#{PLATFORM}"]


def test_over_tls_it_is_kept_in_strict_mode_only() -> None:
    """The national VP neither checks nor extends it there, so a circle through TLS is never found."""
    found = ready()
    assert code(found.handle(over_tls([(NAME, b"a")], der()))) == ""
    assert history_sent(found) == [f"a#{PLATFORM}"]
    assert code(found.handle(over_tls([(NAME, PLATFORM.encode())], der()))) == "VP014"
    found = ready(mode="national")
    assert code(found.handle(over_tls([(NAME, PLATFORM.encode())], der()))) == ""
    assert history_sent(found) == [PLATFORM]
