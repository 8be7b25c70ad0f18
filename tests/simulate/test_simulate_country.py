"""The country as data: everybody is there once."""

from collections import Counter

from simulate_samples import plan

from gateway.simulate.country import MUNICIPALITIES, REGIONS, organisations, producers

# Statistics Sweden: municipalities by county.
IN_COUNTY = {
    "01": 26, "03": 8, "04": 9, "05": 13, "06": 13, "07": 8, "08": 12, "09": 1, "10": 5, "12": 33, "13": 6,
    "14": 49, "17": 16, "18": 12, "19": 10, "20": 15, "21": 10, "22": 7, "23": 8, "24": 15, "25": 14,
}  # fmt: skip


def test_every_region_and_municipality_is_there_once() -> None:
    found = organisations()
    assert len(found) == REGIONS + MUNICIPALITIES == 311
    assert len({each.address for each in found}) == len({each.giver for each in found}) == 311
    assert len({each.code for each in found}) == 311
    assert [each.code for each in found[:21]] == sorted(IN_COUNTY)
    assert Counter(each.region for each in found[21:]) == IN_COUNTY


def test_municipalities_lie_in_their_county() -> None:
    for each in organisations()[21:]:
        assert each.code[:2] == each.region
        assert each.name == each.name.strip()
        assert len(each.name) > 2
    names = {each.code: each.name for each in organisations()}
    assert names["2284"] == "Örnsköldsvik (kommun)"
    assert names["0780"] == "Växjö (kommun)"


def test_a_smaller_country_begins_with_the_regions() -> None:
    assert producers(plan(producers=22))[21].code == "0114"
    assert all(each.inhabitants for each in producers(plan(producers=21)))
