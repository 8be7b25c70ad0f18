"""What the catalogue refuses to do, in the national words where there are any."""

from pathlib import Path

from gateway import texts
from gateway.errors import DataError


class TakRefusal(DataError):
    """An edit or a publication is refused; nothing is changed.

    Attributes:
        key: of ``[tak-refusal]`` in the texts.
        told: by language.
    """

    def __init__(self, key: str, told: dict[str, str]) -> None:
        self.key, self.told = key, told
        super().__init__(Path("catalogue"), 0, told["en"])

    def text(self, language: str) -> str:
        """The refusal in ``sv`` or ``en``."""
        return self.told[language]


def refused(key: str, **values: object) -> TakRefusal:
    """The refusal of ``[tak-refusal.key]``."""
    return TakRefusal(key, texts.both("tak-refusal", key, **values))
