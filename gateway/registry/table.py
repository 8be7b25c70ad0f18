"""A mapping that never makes anybody wait: for look-ups by text in catalogues of any size."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from gateway.registry.steps import Work

V = TypeVar("V")

_SMALL = 16_384  # entries; growing a dict of a million stops the process for 30 ms, one of this size for less than 1
_PARTS = 64
_FREED = 200  # entries in one step: the memory of many more may go back to the system with them


class Table(Generic[V]):
    """Text to value. One dict while small, then many, so that no single insertion or release takes long.

    Attributes:
        parts: the dicts; a key is in ``parts[hash(key) & mask]``.
    """

    __slots__ = ("mask", "parts")

    def __init__(self) -> None:
        self.mask = 0
        self.parts: list[dict[str, V]] = [{}]

    def get(self, key: str) -> V | None:
        """The value of a key, None when there is none."""
        return self.parts[hash(key) & self.mask].get(key)

    def room(self, key: str) -> dict[str, V]:
        """The dict where a key is, or is to be put."""
        part = self.parts[hash(key) & self.mask]
        if len(part) >= _SMALL and not self.mask:
            self._split(part)
            return self.room(key)
        return part

    def values(self) -> Iterator[V]:
        """All values, in no order."""
        for part in self.parts:
            yield from part.values()

    def clear_in_steps(self) -> Work[None]:
        """Let go of the contents bit by bit."""
        for part in self.parts:
            while part:
                for _ in range(min(_FREED, len(part))):
                    part.popitem()
                yield

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def _split(self, whole: dict[str, V]) -> None:
        mask = _PARTS - 1
        parts: list[dict[str, V]] = [{} for _ in range(_PARTS)]
        for key, value in whole.items():
            parts[hash(key) & mask][key] = value
        self.parts, self.mask = parts, mask


class Words(Table[str]):
    """Texts, each kept once."""

    __slots__ = ()

    def intern(self, word: str) -> str:
        """The equal text that came first."""
        return self.room(word).setdefault(word, word)
