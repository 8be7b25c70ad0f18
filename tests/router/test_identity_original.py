"""``x-rivta-original-serviceconsumer-hsaid``: who may name another consumer than itself (national VP, VP013)."""

from typing import Any

import pytest
from gateway_samples import PLATFORM, headers
from identity_parts import HSA_ID, bare, call, code, der, fault, over_tls, ready, with_certificate

from gateway.message import Headers

MODES = pytest.mark.parametrize("mode", ["national", "strict"])
NAME = b"x-rivta-original-serviceconsumer-hsaid"
ORIGINAL = (NAME, b"SE0000000000-URSPRUNG")
OWN_INSTANCE = (b"x-vp-instance-id", PLATFORM.encode())
TEXT_013 = (
    "VP013 [prov] Enligt tjänsteplattformens konfiguration saknar tjänstekonsumenten rätt att använda headern "
    "x-rivta-original-serviceconsumer-hsaid. Kontakta tjänsteplattformsförvaltningen."
)
REFUSING: dict[str, Any] = {"sender_ids_allowed": ("SENDER1", "SENDER2"), "refuse_original_consumer": True}


def sent(*more: tuple[bytes, bytes]) -> Headers:
    return with_certificate(bare(der()), *more)


@MODES
def test_vp013_word_for_word(mode: str) -> None:
    found = ready(mode=mode, **REFUSING)
    answer = found.handle(call(sent(ORIGINAL)))
    detail = "Sender is not approved to set header x-rivta-original-serviceconsumer-hsaid."
    assert fault(answer) == ("SOAP-ENV:Client", TEXT_013, detail)
    assert (f"add {HSA_ID} to the setting sender_ids_allowed" in answer.body.decode()) is (mode == "strict")
    assert found.actions == ["error", "resp-out"]
    assert found.client.sent == []


@MODES
def test_vp013_comes_after_the_message_has_been_read(mode: str) -> None:
    """National VP, order of checks: identity, message (VP015), original consumer, then the catalogue."""
    found = ready(mode=mode, **REFUSING)
    assert code(found.handle(call(sent(ORIGINAL), body=b"hej"))) == "VP015"
    assert code(found.handle(call(sent(ORIGINAL, (b"x-rivta-routing-history", PLATFORM.encode()))))) == "VP014"


@MODES
@pytest.mark.parametrize(
    "allowed", [(HSA_ID,), ("SENDER1", f" {HSA_ID} "), (), ("",)], ids=["listed", "blanks", "empty", "blank entry"]
)
def test_who_may(allowed: tuple[str, ...], mode: str) -> None:
    """Exactly those on the list, each trimmed; an empty list is everybody."""
    found = ready(mode=mode, sender_ids_allowed=allowed, refuse_original_consumer=True)
    assert code(found.handle(call(sent(ORIGINAL)))) == ""
    assert found.client.sent[0].header(NAME.decode()) == ["SE0000000000-URSPRUNG"]
    assert found.events[-1][1].warning == ""


@MODES
def test_the_list_has_upper_and_lower_case(mode: str) -> None:
    found = ready(mode=mode, sender_ids_allowed=(HSA_ID.lower(),), refuse_original_consumer=True)
    assert code(found.handle(call(sent(ORIGINAL)))) == "VP013"


@MODES
def test_without_the_switch_it_is_told_in_the_log_and_used(mode: str) -> None:
    found = ready(mode=mode, sender_ids_allowed=("SENDER1",))
    assert code(found.handle(call(sent(ORIGINAL)))) == ""
    assert found.client.sent[0].header(NAME.decode()) == ["SE0000000000-URSPRUNG"]
    assert found.events[0][1].warning == f"{HSA_ID} is not in sender_ids_allowed, yet names SE0000000000-URSPRUNG"


@MODES
def test_who_names_nobody_is_not_asked(mode: str) -> None:
    found = ready(mode=mode, **REFUSING)
    assert code(found.handle(call(sent()))) == ""
    assert found.client.sent[0].header(NAME.decode()) == [HSA_ID]


@MODES
def test_a_header_without_a_value_is_one_all_the_same(mode: str) -> None:
    """National VP: what counts is that it is there."""
    assert code(ready(mode=mode, **REFUSING).handle(call(sent((NAME, b""))))) == "VP013"
    found = ready(mode=mode)
    assert code(found.handle(call(sent((NAME, b""))))) == ""
    assert found.client.sent[0].header(NAME.decode()) == [HSA_ID]


@MODES
def test_the_platforms_own_calls_may_name_anybody(mode: str) -> None:
    found = ready(mode=mode, **REFUSING)
    assert code(found.handle(call([*headers(HSA_ID), ORIGINAL]))) == ""


@pytest.mark.parametrize("tls", [False, True])
def test_naming_the_platforms_instance_id_is_not_enough_in_strict_mode(tls: bool) -> None:
    """Nationally whoever sends it is taken for the platform itself, on both listeners, and so gets round VP013."""
    given = [OWN_INSTANCE, ORIGINAL]
    made = over_tls(given, der()) if tls else call(sent(*given))
    assert code(ready(mode="national", **REFUSING).handle(made)) == ""
    assert code(ready(**REFUSING).handle(made)) == "VP013"


def test_nor_is_a_sender_id_over_tls() -> None:
    made = over_tls([*headers(HSA_ID), ORIGINAL], der())
    assert code(ready(**REFUSING).handle(made)) == "VP013"


@MODES
def test_acting_on_behalf_passes(mode: str) -> None:
    """National VP: passed on untouched, and nobody is asked whether it is allowed."""
    found = ready(mode=mode, **REFUSING)
    behalf = b"x-rivta-acting-on-behalf-of-hsaid"
    assert code(found.handle(call(sent((behalf, b"SE0000000000-UPPDRAG"))))) == ""
    assert found.client.sent[0].header(behalf.decode()) == ["SE0000000000-UPPDRAG"]
