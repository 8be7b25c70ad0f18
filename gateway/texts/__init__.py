"""Every text a user reads, in Swedish and English, from one catalogue (``catalogue.toml``)."""

import tomllib
from functools import cache
from importlib.resources import files

LANGUAGES = ("sv", "en")


@cache
def _catalogue() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(files(__package__).joinpath("catalogue.toml").read_text("utf-8"))


def text(group: str, key: str, language: str, **values: object) -> str:
    """The text of ``[group.key]`` in ``sv`` or ``en``, with ``{values}`` filled in.

    Raises:
        KeyError: the catalogue has no such text.
    """
    return _catalogue()[group][key][language].format(**values)


def both(group: str, key: str, **values: object) -> dict[str, str]:
    """The same text in every language."""
    return {language: text(group, key, language, **values) for language in LANGUAGES}


def entry(group: str, key: str) -> dict[str, str]:
    """All fields of ``[group.key]``, unformatted."""
    return _catalogue()[group][key]


def both_fields(fields: dict[str, str], **values: object) -> dict[str, str]:
    """The ``sv`` and ``en`` fields of an entry, filled in."""
    return {language: fields[language].format(**values) for language in LANGUAGES}


def keys(group: str) -> list[str]:
    """The keys of a group, in the order of the file."""
    return list(_catalogue()[group])
