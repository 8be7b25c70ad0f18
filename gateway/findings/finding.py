"""A finding: one judgement about a message, a contract or a change, whoever made it."""

import hashlib
import re
from typing import Literal

import msgspec

Language = Literal["sv", "en"]
Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error")  # from mild to grave

_POSITION = re.compile(r"\[\d+\]")
_PREFIX = re.compile(r"(?<=[/@])[\w.-]+:|^[\w.-]+:")
_DIGITS = 16  # of the fingerprint; 64 bits keep the findings of any project apart


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True, gc=False):
    """One text in both languages; blank when there is nothing to say."""

    sv: str = ""
    en: str = ""

    def of(self, language: str) -> str:
        """The text in ``sv`` or ``en``; the other one when that is blank."""
        return (self.sv or self.en) if language == "sv" else (self.en or self.sv)

    def filled(self, **values: object) -> "Text":
        """The text with its ``{values}`` filled in. A value that is a ``Text`` itself goes in by language.

        Raises:
            KeyError: a value is missing.
        """
        swedish = {name: value.sv if isinstance(value, Text) else value for name, value in values.items()}
        english = {name: value.en if isinstance(value, Text) else value for name, value in values.items()}
        return Text(self.sv.format(**swedish), self.en.format(**english))

    def __bool__(self) -> bool:
        return bool(self.sv or self.en)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One judgement. Neither texts nor excerpts hold a person id in clear; who makes a finding sees to that.

    Attributes:
        rule: id of the rule that was broken, in ``gateway/findings/rules`` or ``contracts/rules``.
        layer: the layer or topic of that rule, such as ``envelope``; reports group by it.
        severity: how grave, ``error``, ``warning`` or ``info``.
        message: what is wrong, with the values at hand.
        file: the subject: a path as the user gave it, ``-`` for standard input, ``journal:17/req-in`` for a message.
        line, column: from 1; 0 when unknown.
        xpath: where in the document, such as ``/soapenv:Envelope/soapenv:Body/ns0:Answer/ns0:record[2]/core:code``.
        namespaces: the prefixes of ``xpath``.
        expected: what could stand there instead, literally: element names, codes, a pattern, a cardinality.
        about: the contract's own text on that element.
        hint: what to do.
        contract: ``Name_m.n`` of the contract concerned, blank when none is.
        excerpt: the line of the source.
        key: what tells this finding from others of the same rule on the same path, when the message does not.
    """

    rule: str
    layer: str = ""
    severity: Severity
    message: Text
    file: str = ""
    line: int = 0
    column: int = 0
    xpath: str = ""
    namespaces: dict[str, str] = {}
    expected: tuple[str, ...] = ()
    about: Text = Text()
    hint: Text = Text()
    contract: str = ""
    excerpt: str = ""
    key: str = ""

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits that stay the same when lines, prefixes or neighbours move.

        Made of rule, file, the local names on the path, and ``key`` or else the English message. Two findings that are
        alike in all that share it: whoever compares, counts.
        """
        path = _PREFIX.sub("", _POSITION.sub("", self.xpath))
        parts = (self.rule, self.file.replace("\\", "/"), path, self.key or self.message.en or self.message.sv)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:_DIGITS]

    @property
    def place(self) -> tuple[str, int, int, str]:
        """For sorting: file, line, column, rule."""
        return self.file, self.line, self.column, self.rule


def worse(severity: Severity, other: Severity) -> bool:
    """Whether the first is graver than the second."""
    return SEVERITIES.index(severity) > SEVERITIES.index(other)
