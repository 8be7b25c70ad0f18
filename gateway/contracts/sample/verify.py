"""The kill rate: how many broken messages the checker catches by the rule that must catch them."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gateway.contracts.messages.checker import Checker, Options
from gateway.contracts.sample.mutants import Mutant


class Verdict(NamedTuple):
    """What the checker said about a broken message.

    Attributes:
        rules: ids of the rules that caught it, each once.
    """

    mutant: Mutant
    rules: tuple[str, ...]

    @property
    def caught(self) -> bool:
        """Whether the rule that must catch it did."""
        return self.mutant.rule in self.rules


def verify(root: Path, mutants: Iterable[Mutant], now: str, contracts_folder: str = "") -> list[Verdict]:
    """Check broken messages.

    Args:
        root: the data folder.
        now: Swedish local time, ``ÅÅÅÅMMDDttmmss``.
        contracts_folder: the setting of that name.

    Raises:
        DataError: the files of a contract are wrong.
    """
    checkers: dict[tuple[tuple[str, str], ...], Checker] = {}
    found = []
    for mutant in mutants:
        key = tuple(sorted(mutant.options.items()))
        if key not in checkers:
            given = dict(mutant.options)
            most = int(given.pop("max_bytes")) if "max_bytes" in given else None
            options = Options(now, contracts_folder=contracts_folder, **given)  # type: ignore[arg-type]
            checkers[key] = Checker(root, options if most is None else options._replace(max_bytes=most))
        checked = checkers[key].check(mutant.title, mutant.data, mutant.request)
        found.append(Verdict(mutant, tuple(dict.fromkeys(each.rule for each in checked.findings))))
    return found
