"""Chance that can be repeated."""

import random


def seeded(*key: str | int) -> random.Random:
    """A generator that depends on the key alone, so that one person's draws never move another's."""
    return random.Random(":".join(map(str, key)))  # noqa: S311  made-up data, no secrets
