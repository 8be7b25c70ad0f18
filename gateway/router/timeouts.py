"""How long a producer has for its answer, by contract."""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from gateway.configuration.timeouts import ContractTimeout
from gateway.errors import DataError
from gateway.settings import Settings

_DEFAULT = "default_timeouts"
_NAME = re.compile(r".*:([^:]+?)(?:Responder)?:[^:]+")  # RIV-TA Service Schema 2.1 #8
_BLANK = re.compile(r"[\s,]*")
_FIELD = re.compile(r"\$\.(\w+)|field `(\w+)`")


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    """An entry of the national file, milliseconds. ``routetimeout`` is for a limit that no platform has any more."""

    tjanstekontrakt: str
    producertimeout: int
    routetimeout: int = 0


class Timeouts:
    """Seconds for the producers of a contract."""

    def __init__(self, default: float, chosen: Iterable[ContractTimeout] = (), national: Path | None = None) -> None:
        """``chosen`` counts before the file ``national``, and a responder namespace before a name.

        Raises:
            DataError: the file is missing or broken; a contract stands twice among the chosen.
        """
        written: dict[str, float] = {}
        for each in chosen:
            if each.contract in written:
                raise DataError(Path("settings"), 0, f"producer_timeouts: {each.contract} stands there twice")
            written[each.contract] = each.seconds
        self._names = {name: seconds for name, seconds in written.items() if not name.startswith("urn:")}
        found = _read(national) if national is not None else {}
        self._default = found.pop(_DEFAULT, default)
        self._exact = {urn: self._names.get(_name(urn), seconds) for urn, seconds in found.items()}
        self._exact.update((name, seconds) for name, seconds in written.items() if name not in self._names)

    @classmethod
    def of(cls, settings: Settings) -> "Timeouts":
        """Those of the settings; raises as the constructor."""
        file = Path(settings.timeout_file) if settings.timeout_file else None
        return cls(settings.producer_timeout, settings.producer_timeouts, file)

    def __call__(self, contract: str) -> float:
        """Seconds for a responder namespace, upper and lower case as the national router: it has to be exact."""
        found = self._exact.get(contract)
        if found is not None:
            return found
        return self._names.get(_name(contract), self._default) if self._names else self._default


def _name(contract: str) -> str:
    found = _NAME.fullmatch(contract)
    return found[1] if found else ""


def _read(path: Path) -> dict[str, float]:
    """The national file: seconds by responder namespace, and the default's under its own name there."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, 0, f"cannot be read as UTF-8 text: {error}") from None
    try:
        whole = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(path, error.lineno, f"not valid JSON: {error}") from None
    if not isinstance(whole, list):
        raise DataError(path, 1, f'expected a list: [{{"tjanstekontrakt": "{_DEFAULT}", "producertimeout": 29000}}]')
    found: dict[str, float] = {}
    for line, entry in _entries(text):
        try:
            row = msgspec.json.decode(entry, type=_Row)
        except msgspec.ValidationError as error:
            raise DataError(path, line + _lines_to(entry, str(error)), str(error)) from None
        if row.producertimeout <= 0:
            problem = f"producertimeout is {row.producertimeout}, expected milliseconds, more than 0"
            raise DataError(path, line + _lines_to(entry, "$.producertimeout"), problem)
        if row.tjanstekontrakt in found:
            raise DataError(path, line, f"{row.tjanstekontrakt} stands there twice")
        found[row.tjanstekontrakt] = row.producertimeout / 1000
    return found


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """The items of a JSON list that has been found valid, and the line where each begins."""
    decoder, at = json.JSONDecoder(), text.index("[") + 1
    while True:
        at = _BLANK.match(text, at).end()  # type: ignore[union-attr]  # nothing at all matches too
        if text[at] == "]":
            return
        _, end = decoder.raw_decode(text, at)
        yield text.count("\n", 0, at) + 1, text[at:end]
        at = end


def _lines_to(entry: str, problem: str) -> int:
    """How many lines below its beginning an entry has the field that a problem is about."""
    field = _FIELD.search(problem)
    at = entry.find(f'"{field[1] or field[2]}"') if field else -1
    return entry.count("\n", 0, at) if at > 0 else 0
