"""Catalogues for the tests of the national formats: one by hand, and any that a generator thinks of."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from gateway.registry.catalogue import Filter
from gateway.registry.formats.content import Content, Publication
from gateway.registry.formats.flat import Described, Flat, FlatPermission, FlatRoute
from gateway.registry.formats.rebuild import rebuild

FOLLOW_UP = "urn:riv:clinicalprocess:example:GetFollowUpResponder:1"
BOOKING = "urn:riv:crm:example:GetBookingResponder:2"
FIRST, END = date(2020, 3, 1), date(2100, 1, 1)
KARNA, ARE, EVERYONE = "SE2321000016-KARNA", "SE2321000016-ARE", "*"
CONSUMER, OTHER, PRODUCER = "SE1-KONSUMENT", "SE2-JOURNAL", "SE1-PRODUCENT"
URL = "http://127.0.0.1:9/vp?x&y"


def flat() -> Flat:
    """Two contracts, three routes, three permissions, one with filters."""
    return Flat(
        routes=(
            FlatRoute(ARE, FOLLOW_UP, URL, "RIVTABP21", FIRST, END, PRODUCER),
            FlatRoute(KARNA, FOLLOW_UP, "https://b.example/a", "RIVTABP20", FIRST, date(2021, 1, 1), PRODUCER),
            FlatRoute(EVERYONE, BOOKING, URL, "RIVTABP21", FIRST, END, PRODUCER),
        ),
        permissions=(
            FlatPermission(ARE, CONSUMER, FOLLOW_UP, FIRST, END, "AVTAL Ö"),
            FlatPermission(
                ARE, OTHER, FOLLOW_UP, FIRST, END, "A2", (Filter("riv:example", ("vko", "dia")), Filter("riv:b"))
            ),
            FlatPermission(EVERYONE, OTHER, BOOKING, FIRST, date(2021, 6, 1), "A3"),
        ),
        contracts={FOLLOW_UP: Described("Uppföljning & mer", 1, 0), BOOKING: Described("", 2, 1)},
        components={CONSUMER: "Öppen vård", OTHER: "", PRODUCER: "Journal"},
        addresses={KARNA: "Vårdcentralen Kärna", ARE: "", EVERYONE: "Alla"},
    )


def content() -> Content:
    """The same with ids."""
    return rebuild(flat(), Content())


def publication(**changes: Any) -> Publication:
    """The same as a publication."""
    values = {"content": content(), "version": 7, "created_us": 1_700_000_000_000_000, "author": "Åsa"}
    return Publication(**{**values, "comment": "Första <&>", **changes})


def ordered(one: Flat) -> Flat:
    """In a fixed order, for comparing."""
    return Flat(
        tuple(sorted(one.routes)),
        tuple(sorted(one.permissions, key=repr)),
        one.contracts,
        one.components,
        one.addresses,
    )


_ids = st.sampled_from(["SE1", "SE2-ÅÄÖ", "HSA-ID-1", "se3_x", "*"])
_contracts = st.sampled_from(["urn:riv:a:GetAResponder:1", "urn:riv:a:GetAResponder:2", "urn:riv:b:GetBResponder:1"])
_days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
_words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
_urls = st.sampled_from(["http://a.example/1", "https://b.example:8443/x?y=1&z=å", "aggregate:", "platform:"])
_filters = st.lists(
    st.builds(Filter, _words, st.lists(_words, max_size=2, unique=True).map(tuple)),
    max_size=2,
    unique_by=lambda each: each.service_domain,
).map(tuple)
_senders = _ids.filter(lambda each: each != "*")


@st.composite
def flats(draw: st.DrawFn) -> Flat:
    """Any catalogue. As in a real one, a receiver has one route for a contract and a permission for each sender."""
    routes = draw(
        st.lists(
            st.builds(
                FlatRoute, _ids, _contracts, _urls, st.sampled_from(["RIVTABP20", "RIVTABP21"]), _days, _days, _senders
            ),
            max_size=5,
            unique_by=lambda row: (row.receiver, row.contract),
        )
    )
    permissions = draw(
        st.lists(
            st.builds(FlatPermission, _ids, _senders, _contracts, _days, _days, _words, _filters),
            max_size=5,
            unique_by=lambda row: (row.receiver, row.sender, row.contract),
        )
    )
    return Flat(tuple(routes), tuple(permissions))
