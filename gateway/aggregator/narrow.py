"""Conditions of a question beyond the filters that hold for all contracts; the descriptors of a few have some."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from gateway.aggregator.filters import ASKED, OLD, UNWANTED
from gateway.aggregator.refusals import refused_element
from gateway.contracts.special import Special
from gateway.registry.engagements import Engagement
from gateway.registry.snapshot import STOCKHOLM

_YEAR = 12  # months


@dataclass(frozen=True, slots=True)
class Narrow:
    """A question's own conditions on engagements.

    Attributes:
        categories: those asked for, as they are compared; empty for any.
        since: oldest content that counts, YYYYMMDDhhmmss; blank for any.
        exact: whether upper and lower case differ.
    """

    categories: frozenset[str]
    since: str
    exact: bool

    def verdict(self, engagement: Engagement) -> str:
        """What becomes of an engagement that all other filters let through.

        The national index is asked for content since then; an engagement that does not tell its content is none.
        """
        category = engagement.categorization if self.exact else engagement.categorization.lower()
        if self.categories and category not in self.categories:
            return UNWANTED
        return OLD if engagement.most_recent_content < self.since else ASKED


def narrow(special: Special, request: etree._Element, *, national: bool) -> Narrow | None:
    """The conditions of a request, None when it has none.

    Args:
        national: compare categorizations letter by letter, as the national service; otherwise as everywhere else in the
            index: white space and case make no difference.

    Raises:
        Refusal: the request has an element that no aggregated question may have.
    """
    for path, name, text in special.refused:
        if request.find(path) is not None:
            raise refused_element(name, text)
    categories: frozenset[str] = frozenset()
    if special.category_filter:
        asked = [each.text or "" for each in request.iterfind(special.category_filter)]
        categories = frozenset(asked if national else [each.strip().lower() for each in asked if each.strip()])
    since = before(datetime.now(STOCKHOLM), special.newest_months) if special.newest_months else ""
    return Narrow(categories, since, exact=national) if categories or since else None


def before(now: datetime, months: int) -> str:
    """The same day and time so many months ago, YYYYMMDDhhmmss; the last of the month when it has no such day."""
    year, month = divmod(now.year * _YEAR + now.month - 1 - months, _YEAR)
    day = min(now.day, monthrange(year, month + 1)[1])
    return now.replace(year=year, month=month + 1, day=day).strftime("%Y%m%d%H%M%S")
