"""The rules behind the findings, as data: ``rules/<area>.toml`` here and ``contracts/rules/<Name>_<m.n>.toml``."""

import difflib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from gateway import data
from gateway.errors import DataError
from gateway.findings.finding import Finding, Severity, Text
from gateway.tomlfile import load

FOLDER = Path(__file__).resolve().parent / "rules"

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]+(-[A-Z0-9]+)+$")]
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Level = Literal["skall", "bör", "error", "warning", "info"]
_SEVERITY: dict[Level, Severity] = {
    "skall": "error",
    "bör": "warning",
    "error": "error",
    "warning": "warning",
    "info": "info",
}


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A TOML table in which unknown keys are errors."""


class Source(_Table, frozen=True, kw_only=True):
    """Where a rule comes from, in the words of the field: ``RIV-TA Basic Profile 2.1``, ``#7``."""

    document: str
    section: str = ""

    def __str__(self) -> str:
        return f"{self.document} {self.section}".rstrip()


class Example(_Table, frozen=True, kw_only=True):
    """An example of a rule that is kept or broken. The examples are the rule's tests.

    Attributes:
        snippet: the example itself, or the element that takes its namesake's place in ``frame``.
        file: a file below ``contracts/rules/examples/`` instead of ``snippet``.
        frame: a file below ``contracts/rules/examples/`` that ``snippet`` is put into.
        at: the element of ``frame`` (``prefix:name``) that ``snippet`` takes the place of; its namesake unless given.
        before: what came before, inline (begins with ``<``) or a file below ``contracts/rules/examples/``: the request
            that an answer belongs to, the older version of a schema.
        options: of the check that runs it, such as ``reader = "resident"`` or ``max_bytes = "2000"``.
        note: what to look at.
    """

    snippet: str = ""
    file: str = ""
    frame: str = ""
    at: str = ""
    before: str = ""
    options: dict[str, str] = {}
    note: Text = Text()


class Rule(_Table, frozen=True, kw_only=True):
    """One rule.

    Attributes:
        id: such as ``RIVTA-ENV-002``; never reused for another rule.
        name: the same for people, such as ``body-one-child``.
        layer: topic inside the area; for messages the layer of the check, for contracts ``wsdl``, ``xsd``, ``layout``.
        level: ``skall`` or ``bör`` when a specification says so, else a severity. ``skall`` is an error, ``bör`` a
            warning.
        title: the rule in one line. text: what it is for.
        message: what a finding says, with ``{values}``; the title when blank.
        hint: what to do about a finding, with the same ``{values}``.
        source: the document that the rule comes from.
        good, bad: examples; every rule has at least one of each.
        area: the file's stem: ``message``, ``lint``, ``diff``, or a contract's ``Name_m.n``. Not a key of the file.
    """

    id: Id
    name: Name
    layer: str
    level: Level
    title: Text
    text: Text
    message: Text = Text()
    hint: Text = Text()
    source: Source
    good: tuple[Example, ...] = ()
    bad: tuple[Example, ...] = ()
    area: str = ""

    @property
    def severity(self) -> Severity:
        """What a breach amounts to, unless somebody sets the level otherwise."""
        return _SEVERITY[self.level]

    def finding(self, values: Mapping[str, object] | None = None, **place: Any) -> Finding:
        """A breach of this rule.

        Args:
            values: for the places in ``message`` and ``hint``.
            place: fields of ``Finding`` (file, line, xpath, expected, …); ``severity`` to set another level.

        Raises:
            KeyError: the texts want a value that is not given.
        """
        given = values or {}
        fields: dict[str, Any] = {"severity": self.severity, "layer": self.layer, **place}
        message = (self.message or self.title).filled(**given)
        return Finding(rule=self.id, message=message, hint=self.hint.filled(**given), **fields)


class _File(_Table, frozen=True, kw_only=True):
    rule: tuple[Rule, ...]


@cache
def area(name: str) -> dict[str, Rule]:
    """The rules of an area by id: ``message``, ``lint``, ``diff``, or a contract's ``Name_m.n`` (none for many).

    Raises:
        DataError: the file is wrong, an id or name comes twice.
    """
    ours = FOLDER / f"{name}.toml"
    path = ours if ours.is_file() else _contract_folder() / f"{name}.toml"
    return read(path) if path.is_file() else {}


def read(path: Path) -> dict[str, Rule]:
    """The rules in a file by id.

    Raises:
        DataError: the file is wrong, an id or name comes twice.
    """
    found: dict[str, Rule] = {}
    names: set[str] = set()
    for rule in load(path, _File).rule:
        if rule.id in found or rule.name in names:
            raise DataError(path, 0, f"the rule {rule.id} ({rule.name}) is there twice")
        names.add(rule.name)
        found[rule.id] = msgspec.structs.replace(rule, area=path.stem)
    return found


@cache
def everything() -> dict[str, Rule]:
    """All rules by id, area by area.

    Raises:
        DataError: a file is wrong, or two files use the same id.
    """
    found: dict[str, Rule] = {}
    paths = [*sorted(FOLDER.glob("*.toml"), key=_order), *sorted(_contract_folder().glob("*.toml"))]
    for path in paths:
        for rule in area(path.stem).values():
            if rule.id in found:
                raise DataError(path, 0, f"the rule {rule.id} is there already, in {found[rule.id].area}.toml")
            found[rule.id] = rule
    return found


def find(wanted: str) -> Rule | None:
    """A rule by id or name, whatever the letter case."""
    key = wanted.strip().lower()
    return next((rule for rule in everything().values() if key in (rule.id.lower(), rule.name)), None)


def nearest(wanted: str, count: int = 3) -> list[Rule]:
    """The rules whose id or name is most like ``wanted``, the nearest first."""
    named = {rule.id.lower(): rule for rule in everything().values()}
    named |= {rule.name: rule for rule in everything().values()}
    asked = re.sub(r"-(\d{1,2})$", lambda found: f"-{int(found[1]):03}", wanted.strip().lower())
    close = difflib.get_close_matches(asked, named, n=2 * count, cutoff=0.4)
    return list({named[each].id: named[each] for each in close}.values())[:count]


_ORDER = ("message", "lint", "diff", "report")


def _order(path: Path) -> tuple[int, str]:
    return (_ORDER.index(path.stem) if path.stem in _ORDER else len(_ORDER)), path.stem


def _contract_folder() -> Path:
    return data.root() / "contracts" / "rules"
