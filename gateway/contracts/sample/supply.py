"""Values for texts: of a list, by a pattern, within limits, or by the element's name. The clock never goes back."""

import string
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Final, Literal, TypeVar
from uuid import UUID

from gateway.contracts.messages import identities
from gateway.contracts.pattern import PatternError
from gateway.contracts.sample import regex, words
from gateway.contracts.sample.facets import Simple

T = TypeVar("T")
Style = Literal["minimal", "full", "random"]
START: Final = datetime(2024, 2, 29, 8, 30)  # Swedish local time, as the contracts have it
_TRIES: Final = 300
_WHOLE: Final = {
    "byte": (-128, 127), "short": (-32768, 32767), "unsignedByte": (0, 255), "positiveInteger": (1, 1 << 31),
    "nonPositiveInteger": (-(1 << 31), 0), "negativeInteger": (-(1 << 31), -1), "unsignedShort": (0, 65535),
    "nonNegativeInteger": (0, 1 << 31), "unsignedInt": (0, 1 << 31), "unsignedLong": (0, 1 << 31),
    "integer": (-(1 << 31), 1 << 31), "int": (-(1 << 31), (1 << 31) - 1), "long": (-(1 << 31), 1 << 31),
}  # fmt: skip
_FORMS: Final = {
    "date": "%Y-%m-%d", "dateTime": "%Y-%m-%dT%H:%M:%S", "time": "%H:%M:%S", "gYear": "%Y", "gYearMonth": "%Y-%m",
    "gMonth": "--%m", "gDay": "---%d", "gMonthDay": "--%m-%d",
}  # fmt: skip
_USUAL: Final = ("1.2.752.129.2.1.4.1", "https://example.se/")
_TRIED: Final = ("%Y%m%d%H%M%S", "%Y%m%d", "%Y-%m-%d", "%Y%m", "%Y%m%d%H%M", "%H%M%S", "%Y-%m-%dT%H:%M:%S", "%H:%M")


class Supply:
    """Gives values. The same style and seed give the same ones in the same order.

    Attributes:
        source: HSA-id of the source system. resident: the patient's personnummer.
    """

    def __init__(self, style: Style, rng: Random) -> None:
        self.style, self.rng = style, rng
        self._now = START + timedelta(days=rng.randrange(300), minutes=rng.randrange(500) if style == "random" else 0)
        self._turns: dict[object, int] = defaultdict(int)
        self._number = 0
        self.source = self.hsa()
        self.resident = self.person()

    def pick(self, options: Sequence[T], key: object = None) -> T:
        """One of several: the first when little is wanted, each in its turn when much is, else any."""
        if self.style == "random":
            return self.rng.choice(options)
        if self.style == "minimal":
            return options[0]
        turn = self._turns[key if key is not None else tuple(options)]
        self._turns[key if key is not None else tuple(options)] += 1
        return options[turn % len(options)]

    def number(self) -> int:
        """One more each time."""
        self._number += 1
        return self._number

    def moment(self) -> datetime:
        """Later each time, by a quarter of an hour to four days, and never in the future."""
        self._now += timedelta(minutes=15 * self.rng.randint(1, 60) if self.style == "random" else 75)
        return self._now

    def hsa(self) -> str:
        """An HSA-id."""
        return f"SE2321000016-{self.rng.choice('ABCE')}{self.rng.randrange(100, 1000)}"

    def local_id(self) -> str:
        """An identity that the source system has given."""
        return f"{self.source}:{self.number()}"

    def person(self) -> str:
        """A personnummer of the series that is kept for tests (birth numbers 980-999, SKV 704)."""
        birth = date(1930, 1, 1) + timedelta(days=self.rng.randrange(59 * 365))
        body = f"{birth:%Y%m%d}{self.rng.randrange(980, 1000)}"
        return next(body + digit for digit in string.digits if identities.luhn(body[2:] + digit))

    def value(self, kind: Simple, name: str) -> str:
        """A value of a type for an element or attribute, by local names: ``parent/own``.

        Raises:
            PatternError: its pattern cannot be answered.
        """
        if kind.values:
            right = [each for each in kind.values if _fits(kind, each)] or list(kind.values)
            return self.pick(right, (name, *right))
        if kind.base == "union":
            return self.value(self.pick(kind.members, (name, "union")), name)
        if kind.base == "list":
            count = int(kind.limits.get("length", kind.limits.get("minLength", "1")))
            return " ".join(self.value(kind.members[0], name) for _ in range(max(1, count)))
        if kind.patterns:
            return self._patterned(kind, name)
        return self._text(kind, name) if kind.is_text else self._built_in(kind, name)

    def _patterned(self, kind: Simple, name: str) -> str:
        """What the name suggests when that fits, else what the pattern says."""
        if words.PERSON.search(name) and kind.allows(self.resident):
            return self.resident
        moment = self.moment()
        for value in (*(moment.strftime(form) for form in _TRIED), self.named(name), self.hsa(), *_USUAL):
            if kind.allows(value):
                return value
        for _ in range(_TRIES):
            value = regex.text(self.rng.choice(kind.patterns[-1]), self.rng)
            if kind.allows(value):
                return value
            if not kind.is_text and _fits(kind, value):
                return value
        raise PatternError(f"no value was found for {' & '.join('|'.join(each) for each in kind.patterns)!r}")

    def _text(self, kind: Simple, name: str) -> str:
        value = self.named(name)
        while not kind.long_enough(value):
            value += f" {self.named(name)}"
        longest = kind.limits.get("length", kind.limits.get("maxLength"))
        if longest is not None and len(value) > int(longest):
            value = value[: int(longest)].strip().ljust(int(kind.limits.get("length", "0")), "x")
        return value

    def named(self, name: str) -> str:
        """A text for an element without a type that says more, by local names: ``parent/own``."""
        own = name.rpartition("/")[2].lower()
        if "hsa" in own or own in ("owner", "logicaladdress", "sourcesystem", "datacontroller"):
            return self.hsa()
        if words.PERSON.search(own) and "name" not in own:
            return self.resident
        if own.endswith(("logid", "uuid", "correlationid")):
            return str(UUID(int=self.rng.getrandbits(128), version=4))
        if own.endswith("id"):
            return self.local_id()
        if own in ("root", "codesystem"):
            return "1.2.752.116.2.1.1" if own == "codesystem" else "1.2.752.129.2.1.2.1"
        if own == "code":
            return self.pick(words.CODES, "code")
        if own.endswith(("time", "date")):
            return self.moment().strftime("%Y%m%d%H%M%S" if own.endswith("time") else "%Y%m%d")
        return self.pick(words.pool(name), name)

    def _built_in(self, kind: Simple, name: str) -> str:
        base = kind.base
        if base in _FORMS:
            return self._dated(kind, _FORMS[base])
        if base in _WHOLE or base in ("decimal", "float", "double"):
            return self._numeric(kind)
        if base in ("base64Binary", "hexBinary"):
            return "VsOlcmRwbGFu" if base == "base64Binary" else "C3A5"
        if base == "boolean":
            return self.rng.choice(("true", "false")) if self.style == "random" else "true"
        if base == "anyURI" and "domain" in name.lower():
            return self.pick(words.DOMAINS)
        if base == "anyURI":
            return f"https://example.se/{name.rpartition('/')[2].lower()}/{self.number()}"
        if base in ("ID", "IDREF", "NCName", "Name", "NMTOKEN", "QName", "ENTITY"):
            return f"x{self.number()}" if base == "ID" else "x1"
        return {"language": "sv", "duration": "P14D"}.get(base) or self._text(kind, name)

    def _dated(self, kind: Simple, form: str) -> str:
        value = self.moment().strftime(form)
        low, high = (kind.limits.get(each) for each in ("minInclusive", "maxInclusive"))
        return low if low and value < low else high if high and value > high else value

    def _numeric(self, kind: Simple) -> str:
        low, high = _WHOLE.get(kind.base, (-(1 << 31), 1 << 31))
        places = 0 if kind.base in _WHOLE else int(kind.limits.get("fractionDigits", "1"))
        step = Decimal(1).scaleb(-places)
        above, below = kind.number("minExclusive"), kind.number("maxExclusive")
        least = above + step if above is not None else kind.number("minInclusive")
        most = below - step if below is not None else kind.number("maxInclusive")
        least = max(Decimal(low), least) if least is not None else Decimal(low)
        most = min(Decimal(high), most) if most is not None else Decimal(high)
        if digits := kind.limits.get("totalDigits"):
            most = min(most, Decimal(10) ** (int(digits) - places) - step)
        value = min(max(Decimal(self.rng.randint(1, 40) if self.style == "random" else 1), least), most)
        return str(value.quantize(step) if places else int(value))


def _fits(kind: Simple, value: str) -> bool:
    """Whether every pattern allows a value."""
    try:
        return all(any(regex.allows(each, value) for each in step) for step in kind.patterns)
    except PatternError:
        return True
