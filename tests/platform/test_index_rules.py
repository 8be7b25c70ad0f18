"""``gateway.platform.index.rules``: the checks of an Update, in the national order and with the national texts."""

import pytest
from gateway_samples import body_of
from index_samples import DOMAIN, INDEX, PERSON, SENDER, many, notification, transaction, update

from gateway.platform.index.messages import Sent, transactions
from gateway.platform.index.rules import Rules, is_time
from gateway.router.refusal import ServiceRefusal
from gateway.storage.engagements import Change

STRICT = Rules((INDEX, "SE-ALIAS"), (INDEX, SENDER), national=False)
NATIONAL = Rules((INDEX, "SE-ALIAS"), (INDEX, SENDER), national=True)
BOTH = pytest.mark.parametrize("rules", [STRICT, NATIONAL], ids=["strict", "national"])
EI004 = "EI004: The payload does not validate, error messge: "
TECHNICAL = "EI000: A technical error has occurred, error message: "


def sent(*written: str) -> list[Sent]:
    return transactions(body_of(update(*written)))


def refusal(rules: Rules, *written: str, owned: bool = False) -> ServiceRefusal:
    with pytest.raises(ServiceRefusal) as caught:
        rules.check(sent(*written), owned=owned)
    return caught.value


def text(rules: Rules, *written: str, owned: bool = False) -> str:
    return refusal(rules, *written, owned=owned).text


@BOTH
def test_a_good_update_passes(rules: Rules) -> None:
    rules.check(sent(transaction(), transaction(True, sourceSystem="B")), owned=False)


@BOTH
@pytest.mark.parametrize(
    ("address", "shown"), [("SE-ANNAN", "SE-ANNAN"), ("", "missing"), (INDEX.lower() + " ", f"{INDEX} ")]
)
def test_ei003_an_update_goes_to_the_index_that_owns_it(rules: Rules, address: str, shown: str) -> None:
    with pytest.raises(ServiceRefusal) as caught:
        rules.addressed(address)
    assert caught.value.text == (
        f"EI003: Invalid routing. Logical address is {shown} but the owner is 5565594230. They must be the same. "
        "See rule for Update-R7 in service contract"
    )


@BOTH
@pytest.mark.parametrize("address", [INDEX, "SE-ALIAS"])
def test_both_addresses_of_the_index_are_its_own(rules: Rules, address: str) -> None:
    rules.addressed(address)


def test_without_an_alternative_a_blank_address_is_nobodys() -> None:
    with pytest.raises(ServiceRefusal):
        Rules((INDEX, ""), (), national=True).addressed("")


@BOTH
def test_ei000_nothing_in_the_request(rules: Rules) -> None:
    assert text(rules) == (
        f"{TECHNICAL}The request contains less than 1 engagements. Minium number of engagements per request is 1."
    )


@BOTH
def test_a_thousand_pass_and_one_more_does_not(rules: Rules) -> None:
    rules.check(sent(*many(1000)), owned=False)
    assert text(rules, *many(1001)) == (
        f"{TECHNICAL}The request contains more than 1000 engagements. "
        "Maximum number of engagements per request is 1000."
    )


@BOTH
def test_ei002_the_same_key_twice(rules: Rules) -> None:
    written = [transaction(sourceSystem="A"), transaction(), transaction(sourceSystem="B"), transaction(True)]
    assert text(rules, *written) == (
        "EI002: EngagementTransaction #2 and #4 have the same key. That is not allowed. "
        "See rule for Update-R1 in service contract"
    )


@BOTH
def test_times_are_no_part_of_the_key_and_the_owner_is(rules: Rules) -> None:
    assert refusal(rules, transaction(), transaction(mostRecentContent="20270101120000")).code == "EI002"
    rules.check(sent(transaction(), transaction(owner="SE-ANNAN")), owned=False)


def test_the_national_key_has_no_separators() -> None:
    """The parts "AB" and "C" are "A" and "BC" to it; ours tells them apart."""
    written = [transaction(logicalAddress="AB", businessObjectInstanceIdentifier="C")]
    written.append(transaction(logicalAddress="A", businessObjectInstanceIdentifier="BC"))
    assert refusal(NATIONAL, *written).code == "EI002"
    STRICT.check(sent(*written), owned=False)


def test_the_national_index_writes_thousands_with_a_comma() -> None:
    written = [*many(999), transaction(registeredResidentIdentification="191200000000")]
    assert "#1 and #1,000 have" in text(NATIONAL, *written)
    assert "#1 and #1000 have" in text(STRICT, *written)


@BOTH
@pytest.mark.parametrize(
    "name",
    [
        "registeredResidentIdentification",
        "serviceDomain",
        "categorization",
        "logicalAddress",
        "businessObjectInstanceIdentifier",
        "clinicalProcessInterestId",
        "sourceSystem",
        "dataController",
    ],
)
def test_ei004_mandatory_fields(rules: Rules, name: str) -> None:
    for value in (None, ""):
        assert text(rules, transaction(**{name: value})) == f'{EI004}mandatory field "{name}" is missing'
    for value in (" x", "x ", "\tx", "x\n"):
        told = f'{EI004}mandatory field "{name}" contains white space in beginning or end'
        assert text(rules, transaction(**{name: value})) == told


@BOTH
def test_the_owner_is_mandatory_in_a_notification_only(rules: Rules) -> None:
    rules.check(sent(transaction(owner=None)), owned=False)
    assert text(rules, transaction(owner=None), owned=True) == f'{EI004}mandatory field "owner" is missing'


@BOTH
@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("registeredResidentIdentification", 32),
        ("serviceDomain", 255),
        ("categorization", 255),
        ("logicalAddress", 64),
        ("businessObjectInstanceIdentifier", 128),
        ("clinicalProcessInterestId", 128),
        ("sourceSystem", 64),
        ("dataController", 64),
        ("owner", 64),
    ],
)
def test_ei004_lengths(rules: Rules, name: str, most: int) -> None:
    rules.check(sent(transaction(**{name: "å" * most})), owned=False)
    assert text(rules, transaction(**{name: "å" * (most + 1)})) == f'{EI004}Field "{name}" is to long'


@BOTH
@pytest.mark.parametrize("name", ["creationTime", "updateTime"])
@pytest.mark.parametrize("value", ["2026010112000", "20260230120000", "20260101250000", "igår"])
def test_ei004_times(rules: Rules, name: str, value: str) -> None:
    told = f'{EI004}Field "{name}": Input date is not according to expected format "YYYYMMDDhhmmss": {value}'
    assert text(rules, transaction(**{name: value})) == told
    assert text(rules, transaction(**{name: "202601011200000"})) == f'{EI004}Field "{name}" is to long'


def test_the_newest_content_fails_nationally_before_the_key_is_known_and_without_a_code() -> None:
    plain = 'Input date is not according to expected format "YYYYMMDDhhmmss": '
    for value in ("igår", "", "202601011200000"):
        found = refusal(NATIONAL, transaction(), transaction(mostRecentContent=value))
        assert (found.text, found.code) == (f"{plain}{value}", "EI004")
    assert refusal(STRICT, transaction(), transaction(mostRecentContent="igår")).code == "EI002"
    assert text(STRICT, transaction(mostRecentContent="igår")) == f'{EI004}Field "mostRecentContent": {plain}igår'
    STRICT.check(sent(transaction(mostRecentContent="")), owned=False)


@BOTH
def test_ei005_and_ei006_the_platforms_own_ids(rules: Rules) -> None:
    good = transaction(sourceSystem="A")
    assert text(rules, good, transaction(logicalAddress=SENDER)) == (
        f"EI005: The logicalAddress in EngagementTransaction #2 is reserved and not allowed, hsa-id: {SENDER}"
    )
    assert text(rules, transaction(sourceSystem=INDEX)) == (
        f"EI006: The sourceSystem in EngagementTransaction #1 is reserved and not allowed, hsa-id: {INDEX}"
    )
    rules.check(sent(transaction(logicalAddress=SENDER.lower())), owned=False)  # exactly that id


ORDER = (
    ("EI004: .*white space", {"categorization": "x "}),
    ("EI005", {"logicalAddress": INDEX}),
    ("EI006", {"sourceSystem": INDEX}),
    ("EI004: .*is missing", {"dataController": ""}),
    ("EI004: .*to long", {"clinicalProcessInterestId": "x" * 129}),
    ("EI004: .*Input date", {"updateTime": "x"}),
)


@BOTH
@pytest.mark.parametrize("first", range(len(ORDER)))
def test_a_transaction_is_checked_in_the_national_order(rules: Rules, first: int) -> None:
    """With the mistakes of this check and of all later ones, this one is told."""
    wrong = {name: value for _, changes in ORDER[first:] for name, value in changes.items()}
    with pytest.raises(ServiceRefusal, match=ORDER[first][0]):
        rules.check(sent(transaction(**wrong)), owned=False)


@BOTH
def test_the_same_key_is_told_before_all_other_mistakes(rules: Rules) -> None:
    assert refusal(rules, transaction(), transaction(updateTime="x")).code == "EI002"


@BOTH
def test_the_first_transaction_is_checked_to_the_end_before_the_second(rules: Rules) -> None:
    late, early = transaction(updateTime="x"), transaction(sourceSystem=INDEX)
    assert refusal(rules, late, early).code == "EI004"
    assert refusal(rules, early, late).code == "EI006"


@BOTH
def test_every_refusal_has_advice_in_both_languages_and_tells_no_person(rules: Rules) -> None:
    for written in ([], many(1001), [transaction(), transaction()], [transaction(serviceDomain="")]):
        hints = refusal(rules, *written).hints
        assert set(hints) == {"sv", "en"}
        assert hints["sv"] != hints["en"]
        assert PERSON not in "".join(hints.values())


def test_a_person_id_in_a_time_is_masked_in_strict_mode() -> None:
    assert PERSON not in text(STRICT, transaction(updateTime=PERSON))
    assert PERSON in text(NATIONAL, transaction(updateTime=PERSON))


def test_an_update_makes_the_index_the_owner() -> None:
    """Rule R6."""
    (found,) = STRICT.received(sent(transaction(owner="SE-ANNAN")), keep_owner=False)
    assert (found.delete, found.engagement.owner) == (False, INDEX)
    assert found.engagement.service_domain == DOMAIN


def test_what_the_index_owns_does_not_come_back() -> None:
    written = transactions(body_of(notification(transaction(owner=INDEX), transaction(True, owner="SE-ANNAN"))))
    found = STRICT.received(written, keep_owner=True)
    assert [(each.delete, each.engagement.owner) for each in found] == [(True, "SE-ANNAN")]
    assert isinstance(found[0], Change)


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ("20240229235959", True),
        ("20230229235959", False),
        ("20240101240000", False),
        ("2024010112000０", False),
        ("20240101120000 ", False),
        ("", False),
    ],
)
def test_what_a_time_is(value: str, wanted: bool) -> None:
    assert is_time(value) is wanted
