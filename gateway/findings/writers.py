"""The writers by name; each stands in a module of its own and is imported when it is wanted."""

import importlib
from typing import Protocol

from gateway.findings.report import Report

FORMATS = ("text", "json", "junit", "sarif", "html", "github")


class Render(Protocol):
    """What every writer module has: ``render``."""

    def __call__(self, report: Report, language: str, *, color: bool = False) -> str:
        """The whole report, ending with a line break unless it is empty.

        Args:
            language: ``sv`` or ``en``.
            color: whether ANSI colours may be used; only text does.
        """
        ...


def writer(name: str) -> Render:
    """The writer of one of ``FORMATS``."""
    render: Render = importlib.import_module(f"gateway.findings.{_MODULES.get(name, name)}").render
    return render


_MODULES = {name: f"{name}_format" for name in FORMATS}  # json and html are modules of Python's own
