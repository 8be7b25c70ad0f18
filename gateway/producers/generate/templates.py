"""The story templates in ``data/stories``: their shape, and reading them.

A story is what a nurse would tell about one kind of patient: who the fixed contacts are, what has been
agreed, which plans there are, and when. Days are counted from the reference date, negative in the past. Texts
may name ``{namn}``, ``{anhörig}``, ``{hon}``, ``{henne}``, a contact by its id, or a day as ``{dag:-30}``;
names of units ``{sjukhus}``, ``{ort}`` and ``{område}``.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

DATA = Path(__file__).parent / "data"

Place = Literal["vc", "region", "kommun", "universitet", "annan"]
"""Whose unit: health centre, home region, municipality, university hospital, another region."""
Party = Literal["PATIENT", "RELATIVE", "CARE", "SOCIAL_CARE"]
Withhold = Literal["", "maybe", "always"]


class Located(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Something kept by a unit. ``chance`` is the share of persons with the story who have it."""

    id: str
    at: Place
    unit: str = ""
    chance: float = 1.0
    withhold: Withhold = ""
    withheld: list[str] = []


class ContactTemplate(Located, kw_only=True):
    """One fixed contact. With an empty ``code`` it is of a kind that only ``code_text`` can name."""

    profession: str
    since: int
    until: int | None = None
    code: str
    code_text: str = ""
    hours: str
    team: str = ""
    internal: list[str] = []
    external: list[str] = []


class ItemTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """One agreed item: what, who and when."""

    text: str
    who: Party
    start: int
    status: Literal["PLANNED", "ONGOING", "DONE", "CANCELLED"]
    end: int | None = None
    by: str = ""
    chance: float = 1.0


class NextTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """The next step."""

    text: str
    day: int
    who: Party


class TurnToTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """Whom the person turns to, and for what."""

    text: str
    contact: str = ""


class RelationTemplate(msgspec.Struct, forbid_unknown_fields=True):
    """A link: ``to`` is ``contact:<id>``, ``plan:<id>``, ``agreement:<id>`` or ``booking``."""

    type: Literal["PART_OF", "SUPPORTS", "BOOKED_TIME", "REPLACES"]
    to: str
    day: int = 0
    text: str = ""


class AgreementTemplate(Located, kw_only=True):
    """One documented agreement."""

    by: str
    title: str
    status: Literal["PROPOSED", "ACTIVE", "COMPLETED", "REVOKED"]
    agreed: int
    start: int
    end: int | None = None
    matters: list[str]
    item: list[ItemTemplate]
    next: NextTemplate | None = None
    turn_to: list[TurnToTemplate] = []
    relation: list[RelationTemplate] = []
    internal: list[str] = []
    external: list[str] = []


class PlanTemplate(Located, kw_only=True):
    """One care plan. Its text stands for the document's content."""

    by: str
    type: Literal["SIP", "SPLPTLRV", "SPU", "VP", "HP", "RP", "GP", "SVP"]
    title: str
    day: int
    signed: bool
    text: str
    care_contact: bool = False
    participants: list[str] = []


class Story(msgspec.Struct, forbid_unknown_fields=True):
    """One kind of patient.

    An ``addition`` comes on top of another story and is never somebody's only one: ``background`` additions
    are earlier, ended episodes at home, the others episodes in another region.
    """

    key: str
    title: str
    title_en: str
    age: tuple[int, int]
    weight: int
    sex: Literal["", "K", "M"] = ""
    relative: Literal["", "partner"] = ""
    addition: bool = False
    background: bool = False
    contact: list[ContactTemplate] = []
    agreement: list[AgreementTemplate] = []
    plan: list[PlanTemplate] = []


@cache
def stories() -> dict[str, Story]:
    """Every story template by key, in the order of the file names.

    Raises:
        msgspec.ValidationError: a template has an unknown field or a value that is not allowed.
    """
    read = (msgspec.convert(toml(path), Story) for path in sorted((DATA / "stories").glob("*.toml")))
    return {story.key: story for story in read}


def toml(path: Path) -> dict[str, Any]:
    """The content of one TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def withheld_reasons() -> dict[str, list[str]]:
    """Reasons why a record is not approved for the patient: by kind, those of ended records apart."""
    reasons: dict[str, list[str]] = toml(DATA / "withheld.toml")
    return reasons
