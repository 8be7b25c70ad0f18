"""What an order comes to, and why it may be refused; the national words for it."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from gateway.errors import DataError
from gateway.registry.formats.content import Content
from gateway.registry.formats.order import OrderedPermission, OrderedRoute

A_DAY = timedelta(days=1)
YEARS = 100
AGREEMENT = "AUTOTAKNING"
NEW, UPDATED, REMOVED, ENDED, MISSING = "Nyskapad", "Uppdaterad", "Borttagen", "Deaktiverad", "Existerar ej"
NAMES = {
    "service_contract": "Tjänstekontrakt",
    "logical_address": "Logisk adress",
    "component": "Tjänstekomponent",
    "profile": "RivTaProfil",
}
FIELDS = {"service_contract": "namnrymd", "logical_address": "hsaId", "component": "hsaId", "profile": "namn"}


class OrderError(DataError):
    """An order is refused; nothing of it is carried out.

    Attributes:
        told: every reason, by language.
    """

    def __init__(self, order: str, told: list[dict[str, str]]) -> None:
        self.told = told
        super().__init__(Path(order), 0, "; ".join(each["en"] for each in told))

    def text(self, language: str) -> str:
        """All reasons, one a line."""
        return "\n".join(f"{self.path}: {each[language]}" for each in self.told)


@dataclass(slots=True)
class Done:
    """What an order comes to.

    Attributes:
        content: the catalogue afterwards.
        report: ``(outcome, what)``, the outcomes in the national words.
    """

    content: Content
    report: list[tuple[str, str]] = field(default_factory=list)


def shown(row: OrderedPermission | OrderedRoute) -> str:
    """A row for people, HSA-ids as they are stored."""
    if isinstance(row, OrderedPermission):
        names = [(row.tjanstekonsument or "").upper(), (row.logiskAdress or "").upper(), row.tjanstekontrakt or ""]
    else:
        names = [(row.logiskAdress or "").upper(), row.tjanstekontrakt or "", row.adress or ""]
        names += [row.rivtaprofil or "", (row.tjanstekomponent or "").upper()]
    return " - ".join(filter(None, names))


def in_years(day: date, years: int) -> date:
    """The same day, many years later."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
