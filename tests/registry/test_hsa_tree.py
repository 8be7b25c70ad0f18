"""``gateway.registry.hsa``: the national HSA cache files read, merged, and refused with file and line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import DataError
from gateway.registry.hsa import ROOT, HsaTree, Unit, load_tree, load_tree_in_steps

FILES = Path(__file__).parent / "files"
FIRST, SECOND = FILES / "hsacache.xml", FILES / "hsacache_complementary.xml"
REGION, CARE, SURGERY, EAST = (f"SE2321000065-{name}" for name in ("REGION", "PV", "BACKEN", "OST"))


def unit(identity: str, name: str, text: str = "N") -> str:
    return f"<hsaUnit><hsaIdentity>{identity}</hsaIdentity><DN>{name}</DN><name>{text}</name></hsaUnit>"


def file(tmp_path: Path, *units: str, name: str = "hsa.xml", before: str = "") -> Path:
    path = tmp_path / name
    lines = "\n".join(units)
    path.write_text(f"{before}<r>{lines}\n</r>", "utf-8")
    return path


def refused(*paths: Path) -> DataError:
    with pytest.raises(DataError) as caught:
        load_tree(paths)
    return caught.value


def test_parents_are_the_nearest_units_above() -> None:
    """National HSA cache: levels of the DN that are no unit are passed over; the topmost unit is below SE."""
    tree = load_tree([FIRST])
    assert len(tree) == 3
    assert [tree.parent(each) for each in (SURGERY, CARE, REGION)] == [CARE, REGION, ROOT]
    assert list(tree.ancestors(SURGERY)) == [CARE, REGION, ROOT]


def test_names_for_people() -> None:
    tree = load_tree([FIRST])
    assert (tree.name(SURGERY), tree.name("SE-X")) == ("Vårdcentral & BVC Backen", "")


def test_whoever_is_not_in_the_tree_is_right_below_the_root() -> None:
    """National HSA cache: also when no file has been read."""
    for tree in (load_tree([FIRST]), load_tree([]), HsaTree()):
        assert tree.parent("SE-UNKNOWN") == ROOT
        assert list(tree.ancestors("SE-UNKNOWN")) == [ROOT]
        assert list(tree.ancestors("")) == [ROOT]


def test_nothing_is_above_the_root() -> None:
    assert list(load_tree([FIRST]).ancestors(ROOT)) == []


def test_ids_are_told_apart_by_case() -> None:
    """National VP: HSA-ids in the tree are matched in their case, unlike those of the catalogue."""
    tree = load_tree([FIRST])
    assert SURGERY in tree
    assert SURGERY.lower() not in tree
    assert tree.parent(SURGERY.lower()) == ROOT
    assert tree.spelling(SURGERY.lower()) == SURGERY
    assert tree.spelling("SE-UNKNOWN") is None


def test_a_later_file_counts_before_an_earlier() -> None:
    """By DN: the tree of both is related anew, so a unit of one may be above a unit of the other."""
    tree = load_tree([FIRST, SECOND])
    assert list(tree.ancestors(SURGERY)) == [EAST, "SE2321000065-PV2", REGION, ROOT]
    assert CARE not in tree
    assert list(load_tree([SECOND, FIRST]).ancestors(SURGERY)) == [EAST, CARE, REGION, ROOT]


def test_when_the_newest_file_was_made() -> None:
    """The file's own endDate, not those of its units."""
    assert load_tree([FIRST, SECOND]).created == "2026-03-01T02:04:10.250+01:00"
    assert load_tree([SECOND]).created == "2026-02-01T02:04:10.250+01:00"
    assert HsaTree().created == ""


@pytest.mark.parametrize("newer", ["2026-01-02T00:30:00+01:00", "2026-01-01T23:31:00Z", "2026-01-02"])
@pytest.mark.parametrize("older", ["2026-01-01T22:00:00", "", "i går", "0001-01-01T00:00:00+05:00"])
def test_moments_are_compared_as_moments(tmp_path: Path, newer: str, older: str) -> None:
    paths = [
        file(tmp_path, f"<endDate>{text}</endDate>", name=f"{number}.xml") for number, text in enumerate((newer, older))
    ]
    assert load_tree(paths).created == newer
    assert load_tree(reversed(paths)).created == newer


@pytest.mark.parametrize(
    "entry",
    [
        "<hsaUnit><DN>o=A,c=SE</DN><name>A</name></hsaUnit>",
        "<hsaUnit><hsaIdentity>A</hsaIdentity><name>A</name></hsaUnit>",
        "<hsaUnit><hsaIdentity>A</hsaIdentity><DN>o=A,c=SE</DN></hsaUnit>",
        unit(" \n", "o=A,c=SE"),
        unit("A", ""),
        unit("A", ",,"),
        "<hsaUnit/>",
    ],
)
def test_entries_that_lack_something_are_left_out(tmp_path: Path, entry: str) -> None:
    """National HSA cache: HSA-id, DN and name are all needed; such an entry is no error."""
    path = file(tmp_path, unit("B", "c=SE"), entry)
    tree = load_tree([path])
    assert ("A" in tree, "B" in tree, len(tree)) == (False, True, 1)
    assert tree.skipped == (f"{path}:2",)


def test_a_unit_without_a_name_to_speak_of(tmp_path: Path) -> None:
    """The element has to be there, its text may be empty."""
    assert "A" in load_tree([file(tmp_path, unit("A", "o=A,c=SE", ""))])


def test_any_namespace_and_other_elements_in_between(tmp_path: Path) -> None:
    """Elements are known by their local names, at any depth; names outside a unit mean nothing."""
    entry = (
        '<x:hsaUnit xmlns:x="urn:x"><y><x:hsaIdentity>A</x:hsaIdentity></y><publicName>P</publicName>'
        "<DN>o=A<!-- c --> &amp; <![CDATA[B]]>,c=SE</DN><name>A</name></x:hsaUnit>"
    )
    path = file(
        tmp_path, "<name>utanför</name><DN>c=SE</DN>", entry, unit("B", "ou=B,o=A & B,c=SE".replace("&", "&amp;"))
    )
    assert load_tree([path]).parent("B") == "A"


def test_dns_are_compared_part_by_part(tmp_path: Path) -> None:
    """White space around a part does not count, its case does."""
    path = file(tmp_path, unit("A", "o=A , c=SE"), unit("B", "\n ou=B,\n o=A,c=SE\n"), unit("C", "ou=C,o=a,c=SE"))
    tree = load_tree([path])
    assert (tree.parent("B"), tree.parent("C")) == ("A", ROOT)


def test_an_id_of_two_units_is_the_later_one(tmp_path: Path) -> None:
    path = file(tmp_path, unit("P", "o=P,c=SE"), unit("A", "ou=1,o=P,c=SE"), unit("A", "o=2,c=SE", "Två"))
    tree = load_tree([path])
    assert (tree.parent("A"), tree.name("A"), len(tree)) == (ROOT, "Två", 2)


def test_a_climb_ends_even_when_ids_are_shared(tmp_path: Path) -> None:
    """The national router would climb for ever: B is below A, and A, by its later DN, below B."""
    path = file(tmp_path, unit("A", "o=A,c=SE"), unit("B", "ou=B,o=A,c=SE"), unit("A", "ou=A,ou=B,o=A,c=SE"))
    assert list(load_tree([path]).ancestors("A")) == ["B", ROOT]
    assert list(load_tree([path]).ancestors("B")) == ["A", ROOT]


def test_the_root_in_a_file_is_still_the_root(tmp_path: Path) -> None:
    path = file(tmp_path, unit(ROOT, "c=SE", "Sverige"), unit("A", "o=A,c=SE"))
    assert list(load_tree([path]).ancestors("A")) == [ROOT]


def test_the_same_dn_twice_in_one_file(tmp_path: Path) -> None:
    path = file(tmp_path, unit("A", "o=A,c=SE"), unit("B", "c=SE"), unit("C", "o=A, c=SE"))
    error = refused(path)
    assert (error.path, error.line) == (path, 3)
    assert "the DN o=A,c=SE is there twice, first in line 1" in error.problem


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("<r>\n<hsaUnit>\n</r>", 3, "mismatched tag"),
        ("<r>\n", 2, "no element found"),
        ("", 1, "no element found"),
        ("<r>\n<hsaUnit><DN>a<b/></DN></hsaUnit></r>", 2, "<DN> holds the element <b>, expected text only"),
        ('<!DOCTYPE r [<!ENTITY x "y">]>\n<r>&x;</r>', 1, "DOCTYPE"),
        ('<!DOCTYPE r SYSTEM "http://example.org/x.dtd">\n<r/>', 1, "DOCTYPE"),
    ],
)
def test_a_broken_file_is_told_with_its_line(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = tmp_path / "hsa.xml"
    path.write_text(text, "utf-8")
    error = refused(FIRST, path)
    assert (error.path, error.line) == (path, line)
    assert told in error.problem


def test_files_are_utf_8_whatever_they_say(tmp_path: Path) -> None:
    """National HSA cache: the declaration is not believed."""
    path = file(tmp_path, unit("A", "o=Å,c=SE", "Å"), before='<?xml version="1.0" encoding="ISO-8859-1"?>')
    assert load_tree([path]).name("A") == "Å"
    path.write_bytes(path.read_bytes().decode().encode("iso-8859-1"))
    error = refused(path)
    assert (error.line, "not well-formed XML in UTF-8" in error.problem) == (1, True)


def test_a_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    path = file(tmp_path, unit("A", "c=SE"))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert "A" in load_tree([path])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = refused(tmp_path / "nothing.xml")
    assert (error.path, error.line) == (tmp_path / "nothing.xml", 0)
    assert refused(tmp_path).path == tmp_path


def test_a_large_file_is_read_in_many_steps(tmp_path: Path) -> None:
    """So that calls go on meanwhile; text that lies across two reads stays whole."""
    count = 9_000
    path = file(tmp_path, *(unit(f"SE-{number:06d}", f"ou=Enhet {number:06d},o=Å,c=SE") for number in range(count)))
    work, steps = load_tree_in_steps([path]), 0
    while True:
        try:
            next(work)
        except StopIteration as done:
            tree = done.value
            break
        steps += 1
    assert steps > path.stat().st_size // 50_000
    assert len(tree) == count
    assert {tree.parent(f"SE-{number:06d}") for number in range(count)} == {ROOT}
    assert sum(1 for _ in tree.discard_in_steps()) == 18
    assert len(tree) == 0


PARTS = st.lists(st.sampled_from(["o=a", "o=b", "ou=å", "ou=c d"]), min_size=1, max_size=4).map(tuple)


@given(st.dictionaries(PARTS, st.integers(0, 10**6), max_size=12, dict_class=dict))
def test_any_tree_against_the_plain_definition(tmp_path: Path, units: dict[tuple[str, ...], int]) -> None:
    """A unit's parent is the unit whose DN is its own without the fewest leading parts."""
    ids = {name: f"SE-{number}-{index}" for index, (name, number) in enumerate(units.items())}
    tree = load_tree([file(tmp_path, *(unit(identity, ",".join(name)) for name, identity in ids.items()))])
    for name, identity in ids.items():
        above = [name[start:] for start in range(1, len(name)) if name[start:] in ids]
        assert tree.parent(identity) == (ids[above[0]] if above else ROOT)


def test_a_tree_in_memory() -> None:
    tree = HsaTree({"A": Unit("B", "Å"), "B": Unit(ROOT, "B")})
    assert (list(tree.ancestors("A")), tree.name("A"), tree.spelling("a")) == (["B", ROOT], "Å", "A")
