"""The HSA tree, which unit is part of which, from the national cache files (FileGetHsaUnitsResponse)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from xml.parsers import expat

import msgspec

from gateway.errors import DataError
from gateway.registry.steps import Work, finish

ROOT = "SE"
_CHUNK = 32_768  # bytes read in one step
_UNITS = 1_000  # related, or released, in one step
_FIELDS = ("hsaIdentity", "DN", "name")


class Unit(msgspec.Struct, frozen=True, gc=False):
    """A unit of the tree: the HSA-id of the unit that it is part of, and its name."""

    parent: str
    name: str


class HsaTree:
    """Parents by HSA-id; ids are compared in their case, as the national router (VP) does.

    Attributes:
        created: when the newest file was made (its ``endDate``), blank when no file tells.
        skipped: entries without HSA-id, DN or name, as ``file:line``.
    """

    def __init__(self, units: Mapping[str, Unit] | None = None) -> None:
        self.created, self.skipped = "", tuple[str, ...]()
        self._units: dict[str, Unit] = {}
        self._spellings: dict[str, str] = {}
        for identity, unit in (units or {}).items():
            self._add(identity, unit)

    def _add(self, identity: str, unit: Unit) -> None:
        self._units[identity] = unit
        self._spellings[identity.lower()] = identity

    def __len__(self) -> int:
        return len(self._units)

    def __contains__(self, identity: str) -> bool:
        return identity in self._units

    def parent(self, identity: str) -> str:
        """The unit above; ``SE`` for the topmost and for everything that is not in the tree."""
        unit = self._units.get(identity)
        return unit.parent if unit else ROOT

    def ancestors(self, identity: str) -> Iterator[str]:
        """The units above, the nearest first, ``SE`` last; none for ``SE`` itself."""
        seen = set()
        while identity != ROOT:
            seen.add(identity)
            identity = self.parent(identity)
            if identity in seen:  # two units share an id: files can say so, and a climb must still end
                identity = ROOT
            yield identity

    def name(self, identity: str) -> str:
        """The unit's name, blank when the tree has no such unit."""
        unit = self._units.get(identity)
        return unit.name if unit else ""

    def spelling(self, identity: str) -> str | None:
        """How the tree writes an id that may differ in case; None when it has none such."""
        return self._spellings.get(identity.lower())

    def discard_in_steps(self) -> Work[None]:
        """Release the units bit by bit; for whoever has replaced this tree."""
        for part in (self._units, self._spellings):
            while part:
                for _ in range(min(_UNITS, len(part))):
                    part.popitem()
                yield


def load_tree(paths: Iterable[Path]) -> HsaTree:
    """Read cache files and merge them; for the same DN the later file counts.

    Raises:
        DataError: unreadable, not well-formed, not UTF-8, with a DOCTYPE, or the same DN twice in one file.
    """
    return finish(load_tree_in_steps(paths))


def load_tree_in_steps(paths: Iterable[Path]) -> Work[HsaTree]:
    """``load_tree``, a few milliseconds at a time."""
    units: dict[str, tuple[str, str]] = {}
    created: list[str] = []
    skipped: list[str] = []
    for path in paths:
        reader = _Reader(path)
        yield from reader.read()
        units |= reader.units
        created.append(reader.created)
        skipped += reader.skipped
    tree = yield from _relate(units)
    tree.created, tree.skipped = max(created, key=_moment, default=""), tuple(skipped)
    return tree


def load_units(paths: Iterable[Path]) -> Iterator[tuple[str, str, str, str]]:
    """Read cache files as ``load_tree``; each unit's DN, HSA-id, parent's HSA-id and name.

    Raises:
        DataError: as ``load_tree``.
    """
    units: dict[str, tuple[str, str]] = {}
    for path in paths:
        reader = _Reader(path)
        finish(reader.read())
        units |= reader.units
    return _related(units)


def _relate(units: dict[str, tuple[str, str]]) -> Work[HsaTree]:
    tree = HsaTree()
    for number, (_, identity, parent, name) in enumerate(_related(units)):
        tree._add(identity, Unit(parent, name))
        if number % _UNITS == 0:
            yield
    return tree


def _related(units: dict[str, tuple[str, str]]) -> Iterator[tuple[str, str, str, str]]:
    """The parent is the nearest DN above that exists; levels may be missing in between."""
    for name, (identity, text) in units.items():
        above = name.partition(",")[2]
        while above and above not in units:
            above = above.partition(",")[2]
        yield name, identity, units[above][0] if above else ROOT, text


class _Reader:
    """Reads one file.

    Attributes:
        units: HSA-id and name by DN, the DN without white space around its parts.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.created = path, ""
        self.units: dict[str, tuple[str, str]] = {}
        self.skipped: list[str] = []
        self._lines: dict[str, int] = {}
        self._entry: dict[str, str] | None = None
        self._line, self._text, self._field = 0, list[str](), ""
        self._parser = parser = expat.ParserCreate("UTF-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._begin, self._finish
        parser.StartDoctypeDeclHandler = self._doctype

    def read(self) -> Work[None]:
        try:
            with self.path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    self._parser.Parse(chunk, False)
                    yield
            self._parser.Parse(b"", True)
        except OSError as error:
            raise DataError(self.path, 0, f"cannot be read: {error}") from None
        except expat.ExpatError as error:
            raise DataError(self.path, error.lineno, f"not well-formed XML in UTF-8: {error}") from None

    def _begin(self, name: str, _attributes: object) -> None:
        local = name.rpartition(" ")[2]
        if self._field:
            self._refuse(f"<{self._field}> holds the element <{local}>, expected text only")
        if local == "hsaUnit":
            self._entry, self._line = {}, self._parser.CurrentLineNumber
        elif local == "endDate" or (local in _FIELDS and self._entry is not None):
            self._field, self._text = local, []
            self._parser.CharacterDataHandler = self._text.append

    def _finish(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        if self._field:
            self._parser.CharacterDataHandler = None
            text, self._field = "".join(self._text), ""
            if self._entry is not None:
                self._entry[local] = text
            else:
                self.created = text
        elif local == "hsaUnit" and self._entry is not None:
            self._add(self._entry)
            self._entry = None

    def _add(self, entry: dict[str, str]) -> None:
        name = ",".join(part.strip() for part in entry.get("DN", "").split(",") if part)
        identity, text = entry.get("hsaIdentity", ""), entry.get("name")
        if not name or not identity.strip() or text is None:
            self.skipped.append(f"{self.path}:{self._line}")
            return
        if name in self.units:
            self._refuse(f"the DN {name} is there twice, first in line {self._lines[name]}", self._line)
        self.units[name], self._lines[name] = (identity, text), self._line

    def _doctype(self, *_: object) -> None:
        self._refuse("a document type declaration (DOCTYPE) is not allowed here")

    def _refuse(self, problem: str, line: int = 0) -> None:
        raise DataError(self.path, line or self._parser.CurrentLineNumber, problem)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
