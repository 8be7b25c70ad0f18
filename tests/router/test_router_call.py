"""``Call`` and ``Request``: what a call is made of."""

from gateway_samples import headers, request

from gateway.router.call import Call
from gateway.router.refusal import Refusal


def test_a_call_starts_with_the_consumers_message_and_id() -> None:
    call = Call.receive(request(b"x", headers(x_skltp_correlation_id="c-1")))
    assert (call.body, call.correlation_id, call.sender, call.cause) == (b"x", "c-1", "", "")
    assert call.answer is None
    assert call.parent is None


def test_a_blank_correlation_id_is_none() -> None:
    """National VP, correlation id: the incoming one if it is not empty."""
    found = Call.receive(request(b"", [(b"x-skltp-correlation-id", b"")]))
    assert len(found.correlation_id) == 36


def test_a_header_that_is_not_there_is_blank() -> None:
    assert request(b"").header(b"x-missing") == ""
    assert request(b"", [(b"x-a", "å".encode("latin-1"))]).header(b"x-a") == "å"


def test_the_path_is_without_the_query() -> None:
    found = request(b"", target=b"/vp/a?b=c?d")
    assert found.path == "/vp/a"
    assert found.url == "http://127.0.0.1:8080/vp/a?b=c?d"


def test_the_url_is_as_the_caller_saw_it() -> None:
    assert request(b"", [(b"host", b"platta.example:81")], target=b"/vp").url == "http://platta.example:81/vp"


def test_a_refusal_has_the_national_form() -> None:
    """National VP, faultstring: code, instance name in brackets, text."""
    refusal = Refusal("VP007", contract="urn:x", receiver="A", sender="B", why_sv="", why_en="")
    fault = refusal.fault("NTjP Develop", "c-1")
    assert fault.text.startswith("VP007 [NTjP Develop] Tjänstekonsumenten saknar behörighet")
    assert (fault.code, fault.side, fault.correlation_id) == ("VP007", "Server", "c-1")
    assert "B" in fault.hints["sv"]
    assert "B" in fault.hints["en"]
    assert str(refusal) == "VP007 Authorization missing for serviceNamespace: urn:x, receiverId: A, senderId: B"


def test_braces_in_what_a_consumer_sent_are_text() -> None:
    refusal = Refusal("VP004", contract="{0}", receiver="{receiver!r}", whitespace="", why_sv="{x}", why_en="{}")
    assert refusal.fault("i", "").detail.endswith("serviceNamespace: {0}, receiverId: {receiver!r}")
