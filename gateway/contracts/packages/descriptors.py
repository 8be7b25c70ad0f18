"""A derived descriptor as TOML that a person can read, judge and edit: after each field how sure it is, and why."""

import textwrap
from collections.abc import Iterator
from typing import Any

from gateway import texts
from gateway.configuration.tomltext import literal
from gateway.contracts.packages.guess import Derived, Guess
from gateway.contracts.packages.layout import Interaction
from gateway.soap import ns

_WIDTH = 100
_HEAD = """\
# Derived by `rivta contracts add` from {source}. This file is yours: correct what is wrong, and start again.
# Above each field: how sure it is (certain, likely, uncertain, missing), and why.
"""
_INCOMPLETE = """\
# The aggregating service cannot ask with this contract yet. Missing: {missing}.
# What was found stands below; complete it and take the first "# " off these lines.
"""


def write(derived: Derived, source: str) -> str:
    """The descriptor.

    Args:
        source: name of the folder or archive that the package came from.
    """
    lines = [_HEAD.format(source=source).rstrip(), *_identity(derived.interaction), ""]
    aggregation = "\n".join(_aggregation(derived)).splitlines()
    if derived.missing:
        lines.append(_INCOMPLETE.format(missing=", ".join(derived.missing)).rstrip())
        aggregation = [f"# {line}" if line else "#" for line in aggregation]
    return "\n".join([*lines, *aggregation]).rstrip() + "\n"


def reason(guess: Guess, language: str) -> str:
    """Why a field was taken for what it is."""
    return texts.text("guess", guess.why, language, **guess.values)


def facts(interaction: Interaction) -> dict[str, Any]:
    """The fields of a descriptor that the package itself tells; files as they are named in an added package."""
    usual = {interaction.name, f"{interaction.name}Response"}
    request, response = ns.local(interaction.request), ns.local(interaction.response)
    found: dict[str, Any] = {
        "name": interaction.name,
        "version": interaction.version,
        "status": "national" if interaction.responder.startswith("urn:riv:") else "proposal",
        "domain": interaction.domain,
        "responder": interaction.responder,
        "wsdl": interaction.wsdl,
        "xsd": interaction.xsd,
    }
    if {request, response} != usual:
        found |= {"request": request, "response": response}
    rule = f"{interaction.responder}:{interaction.name}"
    found["soap_actions"] = [interaction.action] if interaction.action not in ("", rule) else []
    return found


def _identity(interaction: Interaction) -> Iterator[str]:
    notes = {
        "version": [f"certain: {texts.text('guess', f'version_{interaction.version_from}', 'en')}"],
        "wsdl": [f"certain: {texts.text('guess', 'profiles', 'en', names=', '.join(interaction.profiles))}"],
        "status": ["likely: by the beginning of its namespace"],
        "soap_actions": [f"certain: {texts.text('guess', 'action', 'en')}"],
    }
    for name, value in facts(interaction).items():
        if name != "soap_actions" or value:
            yield from (f"# {note}" for note in notes.get(name, ()))
        yield f"{name} = {literal(value)}"
    yield ""
    yield "[title]"
    yield f"# uncertain: {texts.text('guess', 'title', 'en')}"
    yield f"sv = {literal(interaction.name)}"
    yield f"en = {literal(interaction.name)}"


def _aggregation(derived: Derived) -> Iterator[str]:
    guesses = [guess for guess in derived.guesses if guess.field != "aggregate.result"]
    for table in ("aggregate", "record"):
        yield f"[{table}]"
        for guess in guesses:
            if guess.field.partition(".")[0] == table:
                yield from _field(guess, guess.field.partition(".")[2])
        if table == "aggregate":
            yield ""
            yield from _result(next(each for each in derived.guesses if each.field == "aggregate.result"))
        yield ""
    for (request, record, match), guess in derived.filters:
        yield from _comment(f"{guess.sure}: {reason(guess, 'en')}")
        yield from ("[[filter]]", f"request = {literal(request)}", f"record = {literal(record)}",
                    f"match = {literal(match)}", "")  # fmt: skip


def _field(guess: Guess, name: str) -> Iterator[str]:
    yield from _comment(f"{guess.sure}: {reason(guess, 'en')}")
    yield f"{name} = {_inline(guess.value) if isinstance(guess.value, dict) else literal(guess.value)}"


def _inline(table: dict[str, Any]) -> str:
    """A table in one line."""
    return f"{{ {', '.join(f'{literal(key)} = {literal(value)}' for key, value in table.items())} }}"


def _result(guess: Guess) -> Iterator[str]:
    yield from _comment(f"{guess.sure}: {reason(guess, 'en')}")
    if guess.value:
        yield "[aggregate.result]"
        yield from (f"{name} = {literal(value)}" for name, value in guess.value.items())


def _comment(text: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)
