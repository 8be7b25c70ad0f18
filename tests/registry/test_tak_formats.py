"""``gateway.registry.formats``: what is written in a format says the same when it is read."""

import gzip
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from gateway_samples import contracts
from hypothesis import given
from tak_samples import ARE, BOOKING, FOLLOW_UP, KARNA, URL, content, flat, flats, ordered, publication

from gateway.registry.formats import cache, detect, files, moments, order, snapshot, vagval
from gateway.registry.formats.content import Content, Publication
from gateway.registry.formats.flat import Flat, of_content, of_rows, to_rows
from gateway.registry.formats.order import Order, OrderedRoute, Section
from gateway.registry.formats.rebuild import rebuild

HERE = Path("katalog.json")


def same(one: Flat, other: Flat) -> bool:
    """Routes and permissions, in any order."""
    return ordered(one).routes == ordered(other).routes and ordered(one).permissions == ordered(other).permissions


def without(one: Flat, *, components: bool = True, agreements: bool = True, filters: bool = False) -> Flat:
    """What a format that has no place for them tells."""
    return Flat(
        tuple(_changed(row, component="") if components else row for row in one.routes),
        tuple(
            _changed(row, **({"agreement": ""} if agreements else {}), **({"filters": ()} if filters else {}))
            for row in one.permissions
        ),
    )


def _changed(row, **values):
    import msgspec

    return msgspec.structs.replace(row, **values)


@given(flats())
def test_ids_are_given_and_taken_away_without_a_trace(one: Flat) -> None:
    assert same(of_content(rebuild(one, Content())), one)


@given(flats(), flats())
def test_what_stays_the_same_keeps_its_row(before: Flat, after: Flat) -> None:
    base = rebuild(before, Content())
    made = rebuild(after, base)
    assert same(of_content(made), after)
    assert rebuild(before, base) == base
    for kind in ("service_contract", "component", "logical_address"):
        names = {getattr(row, "namespace", None) or row.hsa_id: row.id for row in base.rows(kind)}
        again = {getattr(row, "namespace", None) or row.hsa_id: row.id for row in made.rows(kind)}
        assert {name: key for name, key in again.items() if name in names}.items() <= names.items()


@given(flats())
def test_a_publication_is_read_as_it_was_written(one: Flat) -> None:
    before = publication(content=rebuild(one, Content()))
    for written in (
        snapshot.write(before),
        snapshot.write(before, pretty=True),
        snapshot.compressed(snapshot.write(before)),
    ):
        assert snapshot.read(HERE, written) == before


@given(flats())
def test_the_export_with_names_tells_the_same(one: Flat) -> None:
    before = rebuild(one, Content())
    if len({row.address for row in before.call_address}) < len(before.call_address):
        return  # two call addresses of the same name cannot be told apart
    assert of_content(snapshot.read(HERE, snapshot.export(publication(content=before))).content) == of_content(before)


@given(flats())
def test_a_routers_copy_is_read_as_it_was_written(one: Flat) -> None:
    assert same(cache.read(HERE, cache.write(rebuild(one, Content()))), without(one))


@pytest.mark.parametrize("version", [vagval.V1, vagval.V2])
@given(one=flats())
def test_the_answers_are_read_as_they_were_written(version: str, one: Flat) -> None:
    made = rebuild(one, Content())
    routes = cache.read(HERE, vagval.answer(vagval.ROUTES, made, version).encode())
    permissions = cache.read(HERE, vagval.answer(vagval.PERMISSIONS, made, version).encode())
    assert same(replace(permissions, routes=routes.routes), without(one, filters=version == vagval.V1))


@given(one=flats())
def test_the_files_in_routing_are_read_as_they_were_written(
    one: Flat, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("root")
    within = Flat(
        tuple(row for row in one.routes if date(2000, 1, 1) <= row.valid_from < row.valid_to),
        tuple(row for row in one.permissions if date(2000, 1, 1) <= row.valid_from < row.valid_to),
    )
    files.save(within, root / "routing")
    found = detect.read(root / "routing", contracts())
    assert isinstance(found, Flat)
    assert same(found, without(within))


def test_rows_that_differ_in_one_thing_are_joined_in_the_files() -> None:
    several = [replace_receiver(f"SE-{number}") for number in range(5)]
    text = files.write(Flat(tuple(several)))["routes.toml"]
    assert text.count("[[route]]") == 1
    assert '"SE-0", "SE-1", "SE-2", "SE-3", "SE-4"' in text


def replace_receiver(receiver: str):
    return _changed(flat().routes[0], receiver=receiver)


@given(flats())
def test_a_gateways_rows_end_a_day_earlier_and_come_back(one: Flat) -> None:
    assert same(of_rows(*to_rows(one, "prov")), without(one))


def test_the_project_s_own_catalogue_survives_every_format() -> None:
    from gateway_samples import ROOT

    found = detect.read(ROOT, contracts())
    assert isinstance(found, Flat)
    made = rebuild(found, Content())
    back = snapshot.read(HERE, snapshot.compressed(snapshot.write(Publication(made)))).content
    assert back == made
    assert same(cache.read(HERE, cache.write(made)), without(found))


def test_the_publication_has_the_national_names() -> None:
    """National catalogue (TAK), publication as JSON; note logiskAdress in permissions, logiskadress in routes."""
    found = json.loads(snapshot.write(publication()))
    assert [found[name] for name in ("formatVersion", "version", "utforare", "kommentar")] == [
        "1",
        "7",
        "Åsa",
        "Första <&>",
    ]
    assert found["tidpunkt"] == "2023-11-14T23:13:20+0100"
    data = found["data"]
    assert set(data) == set(snapshot.LISTS.values())
    assert {"rivtaprofil", "logiskadress", "anropsadress", "filtercategorization"} < set(data)
    route, permission = data["vagval"][0], data["anropsbehorighet"][0]
    assert (route["fromTidpunkt"], route["tomTidpunkt"]) == ("2020-03-01T00:00:00+0100", "2100-01-01T00:00:00+0100")
    assert sorted(route["relationships"]) == ["anropsadress", "logiskadress", "tjanstekontrakt"]
    assert sorted(permission["relationships"]) == ["logiskAdress", "tjanstekomponent", "tjanstekontrakt"]
    assert sorted(data["anropsadress"][0]["relationships"]) == ["rivtaprofil", "tjanstekomponent"]


def test_summer_and_winter_time_mean_the_same_day() -> None:
    assert moments.written(date(2026, 7, 1)) == "2026-07-01T00:00:00+0200"
    assert {moments.day(text) for text in ("2026-06-30T22:00:00Z", "2026-07-01T00:00:00+0200", "2026-07-01")} == {
        date(2026, 7, 1)
    }


def test_a_publication_of_the_export_script_is_read() -> None:
    """It says tjanstekonsument in permissions, and adds tidpunkt_version."""
    found = json.loads(snapshot.write(publication()))
    found["tidpunkt_version"] = "20260101"
    for each in found["data"]["anropsbehorighet"]:
        each["relationships"]["tjanstekonsument"] = each["relationships"].pop("tjanstekomponent")
    assert snapshot.read(HERE, json.dumps(found).encode()) == publication()


def test_a_routers_copy_has_the_national_shape() -> None:
    written = cache.write(content()).decode()
    assert written.startswith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?><persistentCache xmlns:ns2=')
    assert "<virtualiseringsInfo><ns2:virtualiseringsInfoId>1<" in written
    assert "<ns2:tomTidpunkt>2100-01-01T00:00:00</ns2:tomTidpunkt>" in written
    assert "<ns2:filterInfo><ns2:serviceDomain>riv:example</ns2:serviceDomain>" in written


def test_all_components_are_told_with_what_they_serve_and_may_call() -> None:
    body = vagval.answer(vagval.COMPONENTS, content())
    assert body.count("<tjanstekomponentInfo>") == 3
    assert "<integrationsavtal>AVTAL Ö</integrationsavtal>" in body
    assert "<logiskAdressBeskrivning>Vårdcentralen Kärna</logiskAdressBeskrivning>" in body
    assert URL.replace("&", "&amp;") in body


def test_contracts_are_told_with_their_version() -> None:
    found = cache.read(HERE, vagval.answer(vagval.CONTRACTS, content()).encode()).contracts
    assert found == flat().contracts


def test_version_one_has_two_operations() -> None:
    with pytest.raises(KeyError):
        vagval.answer(vagval.CONTRACTS, content(), vagval.V1)


ORDER = Order(
    platform="SKLTP-PROV",
    effective=date(2026, 1, 24),
    ordered=date(2026, 1, 21),
    version="1",
    author="Åsa",
    comment="Ny adress",
    include=Section(vagval=[OrderedRoute(URL, ARE, FOLLOW_UP, "RIVTABP21", "SE1-PRODUCENT")]),
)


def test_an_order_is_read_as_it_was_written() -> None:
    assert order.read(HERE, order.write(ORDER)) == ORDER


def test_what_stands_around_an_order_does_not_count() -> None:
    """National catalogue: orders come by mail."""
    data = b"Hej!\nH\xe4r kommer den:\n" + order.write(ORDER) + b"\nMvh {\xc5sa"
    assert order.read(HERE, data.replace(b"{\xc5sa", b"Asa")) == ORDER


@pytest.mark.parametrize("written", ["2026-01-24", "2026-01-23T23:30:00+0000", "2026-01-24T14:00:00+0100"])
def test_dates_of_an_order_as_the_parser_or_as_the_schema_has_them(written: str) -> None:
    data = order.write(ORDER).replace(b"2026-01-24T00:00:00+0100", written.encode())
    assert order.read(HERE, data).effective == date(2026, 1, 24)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (snapshot.write(publication()), Publication),
        (gzip.compress(snapshot.write(publication())), Publication),
        (b"\xef\xbb\xbf" + snapshot.write(publication()), Publication),
        (order.write(ORDER), Order),
        (cache.write(content()), Flat),
        (gzip.compress(cache.write(content())), Flat),
        (vagval.answer(vagval.ROUTES, content()).encode(), Flat),
    ],
)
def test_the_format_is_recognized(data: bytes, kind: type) -> None:
    assert isinstance(detect.parsed(HERE, data), kind)


def test_a_whole_answer_is_read_within_its_envelope() -> None:
    body = vagval.answer(vagval.ROUTES, content())
    data = f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body></s:Envelope>'
    found = cache.read(HERE, data.encode())
    assert {row.receiver for row in found.routes} == {ARE, KARNA, "*"}
    assert {row.contract for row in found.routes} == {FOLLOW_UP, BOOKING}
