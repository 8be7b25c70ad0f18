"""The form of a mapping file: how two contracts that mean the same are told in each other's words.

What has the same name in the same place of both contracts needs no row. Paths are local names from the message's root
element down, ``GetSomethingResponse/record/header``.
"""

from typing import Literal

import msgspec

from gateway.contracts.descriptor import Table


class Renamed(Table, frozen=True, kw_only=True):
    """The same element under two names, in the order of the file's ``contracts``."""

    names: tuple[str, str]


class Only(Table, frozen=True, kw_only=True):
    """An element that the other contract does not have.

    Attributes:
        element: path; its root element tells the contract.
        how: ``extension``, it travels in the other's room for extensions (``xs:any``) and comes back from there;
            ``filter``, the gateway applies it to the answer; ``lost``, it does not travel.
        sv, en: why, for people.
    """

    element: str
    how: Literal["extension", "filter", "lost"]
    sv: str
    en: str


class NoRoom(Table, frozen=True, kw_only=True):
    """A type of one contract whose extensions are lost, because the other's type has no room for any.

    Attributes:
        contract: ``Name_m.n`` of the contract with room.
        type: its name.
    """

    contract: str
    type: str
    sv: str
    en: str


class Given(Table, frozen=True, kw_only=True):
    """What a leaf is set to in a record that came without it.

    Attributes:
        element: path of the leaf.
        value: the text.
        agreed: other texts, by the logical address that the record came from.
        digest: paths below the record; the text is the first one's value, a colon and a digest of all their values.
    """

    element: str
    value: str = ""
    agreed: dict[str, str] = msgspec.field(default_factory=dict)
    digest: tuple[str, ...] = ()


class Crosses(Table, frozen=True, kw_only=True):
    """Records cross the bridge only with one of these values at ``element``."""

    element: str
    values: tuple[str, ...]
    sv: str
    en: str


class Mapping(Table, frozen=True, kw_only=True):
    """A whole file; ``contracts`` are two ``Name_m.n``."""

    contracts: tuple[str, str]
    renamed: tuple[Renamed, ...] = ()
    only: tuple[Only, ...] = ()
    no_room: tuple[NoRoom, ...] = ()
    given: tuple[Given, ...] = ()
    crosses: tuple[Crosses, ...] = ()
