"""``gateway.registry.tak``: the national rules, orders, and the differences of two catalogues."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from tak_samples import ARE, BOOKING, CONSUMER, END, FIRST, FOLLOW_UP, KARNA, OTHER, PRODUCER, URL, content, flats

from gateway.registry.formats import cache
from gateway.registry.formats.content import Content
from gateway.registry.formats.flat import Flat, FlatPermission, FlatRoute, of_content
from gateway.registry.formats.order import Order, OrderedContract, OrderedName, OrderedPermission, OrderedRoute, Section
from gateway.registry.formats.rebuild import rebuild
from gateway.registry.tak.check import check
from gateway.registry.tak.diff import compare
from gateway.registry.tak.edits import changes, dangling, edited
from gateway.registry.tak.ordered import OrderError
from gateway.registry.tak.orders import Done, carry_out

ROUTE = FlatRoute("SE1", "urn:a:B:1", "http://a/b", "RIVTABP21", FIRST, END, "SE2")
PERMISSION = FlatPermission("SE1", "SE3", "urn:a:B:1", FIRST, END, "A")
DAY = date(2026, 1, 24)


def route(**changes: Any) -> FlatRoute:
    return msgspec.structs.replace(ROUTE, **changes)


def permission(**changes: Any) -> FlatPermission:
    return msgspec.structs.replace(PERMISSION, **changes)


@pytest.mark.parametrize(
    ("found", "rule", "swedish"),
    [
        (Flat((route(receiver="SE Å"),)), "hsa-id", "HSA-id SE Å innehåller  "),
        (Flat((route(receiver="x" * 256),)), "length", "har 256 tecken; tillåtet är 1 till 255"),
        (Flat((route(contract="urn:å"),)), "namespace", "namnrymden urn:å innehåller å"),
        (Flat((route(address="http://a/%20"),)), "address", "adressen http://a/%20 innehåller %"),
        (Flat((route(address="a:b"),)), "length", "”a:b” har 3 tecken; tillåtet är 5 till 255"),
        (Flat((route(valid_to=date(2019, 1, 1)),)), "order", "Tidpunkter i fel ordning"),
        (Flat((), (permission(valid_to=date(2019, 1, 1)),)), "order", "Tidpunkter i fel ordning"),
        (Flat((ROUTE, route(address="http://c/d"))), "route-overlap", "två vägval gäller samtidigt"),
        (Flat((ROUTE, route(receiver="se1", profile="RIVTABP20"))), "route-overlap", "två vägval gäller samtidigt"),
        (
            Flat((), (PERMISSION, permission(agreement="B"))),
            "permission-overlap",
            "två anropsbehörigheter gäller samtidigt",
        ),
        (Flat(components={"SE1": "x" * 256}), "length", "har 256 tecken"),
    ],
)
def test_a_broken_rule(found: Flat, rule: str, swedish: str) -> None:
    (problem,) = check(found)
    assert problem.rule == rule
    assert swedish in problem.told["sv"]


@pytest.mark.parametrize(
    "found",
    [
        Flat((ROUTE, route(receiver="*"))),
        Flat((route(valid_to=DAY), route(valid_from=DAY, address="http://c/d"))),
        Flat((), (PERMISSION, permission(sender="SE4"))),
        Flat((route(valid_to=FIRST),)),
        Flat((route(address="aggregate:"),)),
    ],
)
def test_what_is_sound(found: Flat) -> None:
    """One row may end on the day when the next one begins: both mean 00:00."""
    assert check(found) == []


def test_a_name_is_there_once() -> None:
    made = rebuild(Flat((ROUTE,)), Content())
    twice = msgspec.structs.replace(made.component[0], id=9, hsa_id="se2")
    found = Content(**{**{kind: made.rows(kind) for kind in _KINDS}, "component": (*made.component, twice)})
    assert [each.rule for each in check(found)] == ["double"]


_KINDS = ("profile", "service_contract", "component", "logical_address", "call_address", "route", "permission")


@given(flats(), flats())
def test_edits_make_one_content_of_the_other(before: Flat, after: Flat) -> None:
    one = rebuild(before, Content())
    other = rebuild(after, one)
    assert edited(one, changes(one, other)) == other
    assert dangling(other) == []
    assert changes(other, other) == []


@given(flats())
def test_a_catalogue_does_not_differ_from_its_own_copy(one: Flat) -> None:
    """A router's copy has no components, agreements and descriptions."""
    made = rebuild(one, Content())
    assert compare(of_content(made), cache.read(Path("kopia.xml"), cache.write(made))) == []
    assert compare(one, of_content(made)) == []


@given(flats(), flats())
def test_differences_are_the_same_both_ways(one: Flat, other: Flat) -> None:
    there, back = compare(one, other), compare(other, one)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert sorted((turned[each.kind], each.place) for each in there) == sorted((each.kind, each.place) for each in back)


def test_a_changed_row_tells_what_has_changed() -> None:
    (found,) = compare(Flat((ROUTE,)), Flat((route(address="http://ny/", valid_to=DAY),)))
    assert (found.kind, found.what, found.contract, found.receiver) == ("changed", "route", "urn:a:B:1", "SE1")
    assert found.before == {"address": "http://a/b", "valid_to": END}
    assert found.after == {"address": "http://ny/", "valid_to": DAY}


def order(include: Section | None = None, exclude: Section | None = None, **given: Any) -> Order:
    return Order(
        **{"platform": "SKLTP-PROV", "effective": DAY, **given},
        include=include or Section(),
        exclude=exclude or Section(),
    )


def carried(one: Order, before: Content | None = None, **given: Any) -> Done:
    return carry_out(one, content() if before is None else before, **given)


def refused(one: Order, **given: Any) -> list[str]:
    with pytest.raises(OrderError) as caught:
        carried(one, **given)
    return [each["sv"] for each in caught.value.told]


def routes_of(done: Done, receiver: str = ARE) -> list[tuple[str, date, date]]:
    return sorted(
        (row.address, row.valid_from, row.valid_to)
        for row in of_content(done.content).routes
        if row.receiver == receiver
    )


SAME = OrderedRoute(URL, ARE, FOLLOW_UP, "RIVTABP21", PRODUCER)
MOVED = OrderedRoute("http://ny.example/vp", ARE.lower(), FOLLOW_UP, "RIVTABP21", PRODUCER)


def test_what_is_missing_is_made_and_what_is_there_stays() -> None:
    section = Section(
        tjanstekontrakt=[OrderedContract("urn:ny:GetNyResponder:3", "Ny", 3), OrderedContract(FOLLOW_UP, "Annan", 1)],
        logiskadresser=[OrderedName("se9-ny", "Ny"), OrderedName(ARE.lower(), "Annan")],
        tjanstekomponenter=[OrderedName("se8-ny", "Ny")],
        anropsbehorigheter=[OrderedPermission("SE9-NY", "urn:ny:GetNyResponder:3", "SE8-NY")],
        vagval=[OrderedRoute("http://ny/", "SE9-NY", "urn:ny:GetNyResponder:3", "rivtabp21", "SE8-NY")],
    )
    done = carried(order(section))
    assert [outcome for outcome, _ in done.report] == ["Nyskapad"] * 6
    assert done.report[1] == ("Nyskapad", "Logisk adress: SE9-NY")
    after = of_content(done.content)
    assert after.contracts[FOLLOW_UP].description == "Uppföljning & mer"
    assert (after.contracts["urn:ny:GetNyResponder:3"].major, after.addresses["SE9-NY"]) == (3, "Ny")
    (made,) = (row for row in after.permissions if row.receiver == "SE9-NY")
    assert (made.valid_from, made.valid_to, made.agreement) == (DAY, date(2126, 1, 24), "AUTOTAKNING")
    assert dangling(done.content) == []


def test_the_same_route_goes_on_for_longer() -> None:
    done = carried(order(Section(vagval=[SAME])))
    assert [outcome for outcome, _ in done.report] == ["Uppdaterad"]
    assert routes_of(done) == [(URL, FIRST, date(2126, 1, 24))]


@pytest.mark.parametrize(("national", "ends"), [(True, date(2026, 1, 23)), (False, DAY)])
def test_another_address_ends_the_old_route(national: bool, ends: date) -> None:
    """Nationally it ends a day before, which leaves a day without a route."""
    done = carried(order(Section(vagval=[MOVED])), national=national)
    assert [outcome for outcome, _ in done.report] == ["Deaktiverad", "Nyskapad", "Nyskapad"]
    assert routes_of(done) == [(URL, FIRST, ends), ("http://ny.example/vp", DAY, date(2126, 1, 24))]
    assert check(done.content) == check(content())


def test_excluded_rows_end_or_go() -> None:
    section = Section(vagval=[SAME], anropsbehorigheter=[OrderedPermission(ARE, FOLLOW_UP, OTHER)])
    done = carried(order(exclude=section), national=True)
    assert [outcome for outcome, _ in done.report] == ["Deaktiverad", "Deaktiverad"]
    assert routes_of(done) == [(URL, FIRST, date(2026, 1, 23))]
    early = carried(order(exclude=section, effective=FIRST))
    assert [outcome for outcome, _ in early.report] == ["Borttagen", "Borttagen"]
    assert routes_of(early) == []
    assert dangling(early.content) == []
    assert not early.content.permission_filter


def test_what_is_not_there_cannot_be_excluded() -> None:
    section = Section(vagval=[MOVED], anropsbehorigheter=[OrderedPermission(KARNA, BOOKING, "SE-INGEN")])
    done = carried(order(exclude=section))
    assert [outcome for outcome, _ in done.report] == ["Existerar ej", "Existerar ej"]
    assert done.content == content()


def test_basic_objects_are_never_excluded() -> None:
    section = Section(tjanstekomponenter=[OrderedName(CONSUMER)], logiskadresser=[OrderedName(ARE)])
    assert carried(order(exclude=section)).content == content()


@pytest.mark.parametrize(
    ("section", "text"),
    [
        (Section(vagval=[SAME, SAME]), "får inte finnas på flera ställen i beställningen."),
        (
            Section(vagval=[OrderedRoute(URL, ARE, FOLLOW_UP, "RIVTABP99", PRODUCER)]),
            "Skapa Vägval: RivTaProfil med namn = RIVTABP99 finns inte.",
        ),
        (
            Section(anropsbehorigheter=[OrderedPermission(ARE, "urn:okänt", CONSUMER)]),
            "Skapa Anropsbehörighet: Tjänstekontrakt med namnrymd = urn:okänt finns inte.",
        ),
        (
            Section(vagval=[OrderedRoute("", ARE, FOLLOW_UP, "RIVTABP21", PRODUCER)]),
            "Det saknas information i beställningen för att kunna skapa Vägval.",
        ),
    ],
)
def test_an_order_that_is_refused(section: Section, text: str) -> None:
    (found,) = refused(order(section))
    assert text in found


def test_an_order_for_another_platform() -> None:
    assert refused(order(), platform="SKLTP-PROD") == [
        "Beställningen avser plattform SKLTP-PROV, men den här instansen av tak-web hanterar SKLTP-PROD."
    ]
    assert carried(order(), platform="SKLTP-PROV").report == []


def test_what_others_have_not_published_cannot_be_used() -> None:
    section = Section(anropsbehorigheter=[OrderedPermission("SE9-NY", FOLLOW_UP, CONSUMER)])
    (found,) = refused(order(section), foreign={("logical_address", "SE9-NY"): "Östen"})
    assert found == "Logisk adress med hsaId = SE9-NY är opublicerad och skapad av Östen."


def test_leap_days_have_a_hundredth_year_too() -> None:
    done = carried(order(Section(vagval=[MOVED]), effective=date(2024, 2, 29)))
    assert routes_of(done)[-1][2] == date(2124, 2, 29)
    done = carried(order(Section(vagval=[MOVED]), effective=date(2000, 2, 29)), Content(**_basic()))
    assert routes_of(done)[-1][2] == date(2100, 2, 28)


def _basic() -> dict[str, Any]:
    made = content()
    return {kind: made.rows(kind) for kind in ("profile", "service_contract", "component", "logical_address")}
