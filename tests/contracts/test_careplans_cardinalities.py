"""Every element of GetCarePlans 2.0 is as frequent, as ordered and as open to extensions as nationally."""

from copy import deepcopy
from itertools import pairwise

import pytest
from care_plans_cardinalities import (
    FULL_REQUEST,
    FULL_RESPONSE,
    NO_ROOM_FOR_EXTENSIONS,
    REQUEST_CARDINALITIES,
    RESPONSE_CARDINALITIES,
)
from care_plans_judges import verdicts
from lxml import etree

MESSAGES = {
    "request": (FULL_REQUEST, REQUEST_CARDINALITIES),
    "response": (FULL_RESPONSE, RESPONSE_CARDINALITIES),
}
EVERY = [(message, path) for message, (_, table) in MESSAGES.items() for path in table]
HOLDERS = [(m, "") for m in MESSAGES] + [(m, p) for m, p in EVERY if any(q.startswith(f"{p}/") for _, q in EVERY)]


def local_path(element: etree._Element) -> str:
    names = [etree.QName(step).localname for step in (element, *element.iterancestors())]
    return "/".join(reversed(names[:-1]))


def parse(message: str) -> etree._Element:
    return etree.fromstring(MESSAGES[message][0].strip().encode("utf-8"), etree.XMLParser(remove_blank_text=True))


def find(root: etree._Element, path: str) -> etree._Element:
    return next(element for element in root.iter() if local_path(element) == path)


@pytest.mark.parametrize("message", MESSAGES)
def test_the_full_message_is_valid_and_holds_every_element(message: str) -> None:
    root = parse(message)
    assert {local_path(element) for element in root.iterdescendants()} == set(MESSAGES[message][1])
    assert verdicts(root) == [True, True]


@pytest.mark.parametrize(("message", "path"), EVERY)
def test_it_may_be_absent_as_the_table_says(message: str, path: str) -> None:
    root = parse(message)
    element = find(root, path)
    element.getparent().remove(element)
    optional = MESSAGES[message][1][path].startswith("0")
    assert verdicts(root) == [optional, optional]


@pytest.mark.parametrize(("message", "path"), EVERY)
def test_it_may_be_repeated_as_the_table_says(message: str, path: str) -> None:
    root = parse(message)
    element = find(root, path)
    element.addnext(deepcopy(element))
    repeatable = MESSAGES[message][1][path].endswith("*")
    assert verdicts(root) == [repeatable, repeatable]


@pytest.mark.parametrize(("message", "path"), HOLDERS)
def test_its_children_have_one_order(message: str, path: str) -> None:
    children = len(find(parse(message), path))
    for first, second in pairwise(range(children)):
        root = parse(message)
        parent = find(root, path)
        parent[second].addnext(parent[first])
        assert verdicts(root) == [False, False], f"{path}: children {first} and {second} changed places"


@pytest.mark.parametrize(("message", "path"), HOLDERS)
def test_it_has_room_for_extensions_as_nationally(message: str, path: str) -> None:
    root = parse(message)
    for name in ("first", "second"):
        etree.SubElement(find(root, path), f"{{urn:example:extension:1}}{name}").text = "nyare än mottagaren"
    room = path not in NO_ROOM_FOR_EXTENSIONS
    assert verdicts(root) == [room, room]
