"""Whose records a resident's view opens at all.

Practice of the regions: a guardian sees a child's record until the 13th birthday, nobody between 13 and 15, the person
from 16; who has no personnummer cannot log in. Regions make exceptions; a platform for tests denies by default.
"""

from datetime import date

from gateway.consumers.ask import PERSONNUMMER, id_type

GUARDIAN_UNTIL = 13  # years
OWN_FROM = 16


def barred(person: str, today: date) -> str | None:
    """Why 1177 opens no record for this person: a key of ``[access.*]`` in the texts, None when it does.

    Args:
        person: person id, 12 characters.
        today: in Swedish time.
    """
    if id_type(person) != PERSONNUMMER:
        return "no-login"
    year, month, day = int(person[:4]), int(person[4:6]), int(person[6:8])
    age = today.year - year - ((today.month, today.day) < (month, day))
    return "in-between" if GUARDIAN_UNTIL <= age < OWN_FROM else None
