"""The national platform's properties and what they are called here: one source for commands and documentation.

The properties are those of the national router (VP): its shipped application.properties, its manual and its Helm chart.
"""

import re
from functools import cache
from importlib.resources import files

import msgspec


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A property, or several that belong together.

    Attributes:
        name: of the property; ``*`` stands for the rest of a name.
        also: other names that mean the same: older ones, those of the manual that do nothing, those of the Helm chart.
        settings: ours with the same meaning; none when none is needed.
        default: the national default.
        helm: that of the national Helm chart, when it is another.
        how: how a value becomes one of ours, see ``gateway.cli.config_import``.
        remark: what differs, or why there is none.
        lost: whether leaving it out changes what the platform does.
        tests: ``file::function``, which show that our settings do what they say.
    """

    name: str
    also: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    default: str = ""
    helm: str = ""
    how: str = "text"
    remark: str = ""
    lost: bool = False
    tests: tuple[str, ...] = ()

    def named(self, name: str) -> bool:
        """Whether a property goes by this name, also as a variable: Spring binds names relaxed."""
        return any(_pattern(each).fullmatch(_relaxed(name)) for each in (self.name, *self.also))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    property: tuple[Property, ...]


@cache
def properties() -> tuple[Property, ...]:
    """All of them, in the order of the documentation."""
    source = files(__package__).joinpath("national.toml").read_text("utf-8")
    return msgspec.toml.decode(source, type=_File).property


def find(name: str) -> Property | None:
    """The property with a name, upper or lower case, with hyphens or as a variable; a name counts before a pattern."""
    fitting = [each for each in properties() if each.named(name)]
    exact = [each for each in fitting if any(_relaxed(name) == _relaxed(known) for known in (each.name, *each.also))]
    return next(iter(exact or fitting), None)


def of(setting: str) -> list[str]:
    """The national names of one of our settings."""
    return [each.name for each in properties() if setting in each.settings]


def _relaxed(name: str) -> str:
    return re.sub("[-_.]", "", name.lower())


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(re.escape(_relaxed(name)).replace(r"\*", ".*"))
