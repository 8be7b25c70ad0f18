"""The calendar of the data: days counted from one fixed reference date, kept to Swedish working days."""

from dataclasses import dataclass
from datetime import date, timedelta

REFERENCE = date(2026, 11, 24)
"""The day the data is "today" for. Nothing here reads a clock, so the files never change by themselves."""

# New Year, Epiphany, 1 May, National Day, Christmas and New Year's Eve: nobody books a planned visit then.
_FIXED_HOLIDAYS = frozenset({(1, 1), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)})


def is_working_day(day: date) -> bool:
    """Monday to Friday and none of the fixed public holidays."""
    return day.weekday() < 5 and (day.month, day.day) not in _FIXED_HOLIDAYS


def working_day(day: date, forward: bool) -> date:
    """``day`` itself, or the nearest working day after (``forward``) or before it."""
    step = timedelta(days=1 if forward else -1)
    while not is_working_day(day):
        day += step
    return day


@dataclass(frozen=True)
class Timeline:
    """Turns the day offsets of a story template into dates for one person.

    Offsets below zero lie before the reference date and move ``earlier`` days further back, so that two
    persons with the same story do not share dates; the others move ``later`` days ahead. Order is kept.
    """

    born: date
    earlier: int
    later: int

    def day(self, offset: int) -> date:
        """The working day at ``offset`` days from the reference date, never before the person was born."""
        if offset < 0:
            moved = working_day(REFERENCE + timedelta(days=offset - self.earlier), forward=False)
            return max(moved, working_day(self.born + timedelta(days=7), forward=True))
        return working_day(REFERENCE + timedelta(days=offset + self.later), forward=True)


def day_text(day: date) -> str:
    """YYYYMMDD, the DateType of the contracts."""
    return f"{day:%Y%m%d}"


def time_text(day: date, minute_of_day: int) -> str:
    """YYYYMMDDhhmmss in Swedish local time, the TimeStampType of the contracts."""
    hour, minute = divmod(minute_of_day, 60)
    return f"{day:%Y%m%d}{hour:02d}{minute:02d}00"


def age_on(born: date, day: date = REFERENCE) -> int:
    """Whole years lived on ``day``."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
