"""The pages of one language, each from its template."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
from markupsafe import Markup

from gateway import texts
from gateway.contracts.site.content import Content
from gateway.contracts.site.parties import Parties, Party
from gateway.findings.finding import Text
from gateway.findings.rules import Rule, area

AREAS: Final = ("message", "diff")  # what a contract's page links to beside the contract's own rules
_TEMPLATES: Final = Path(__file__).with_name("templates")
_NAMES: Final = 4  # that fit in a box of the picture
_WIDE: Final = 24  # characters of a line there
_LONG: Final = 60  # characters of an example
_SHOWN: Final = 8  # logical addresses of a consumer that are shown at once


class Pages:
    """Renders the pages of one language.

    Attributes:
        folder: where they are, below the site: blank for Swedish, ``en/``.
    """

    def __init__(self, language: str, contents: list[Content], parties: Mapping[str, Parties]) -> None:
        self.language, self._contents, self._parties = language, contents, parties
        self.other = "en" if language == "sv" else "sv"
        self.folder = "" if language == "sv" else "en/"
        self._up = "" if language == "sv" else "../"

    def word(self, key: str, **values: object) -> str:
        """A text of the site."""
        return texts.text("site", key, self.language, **values)

    def told(self, text: Text) -> Markup:
        """A text in this language, marked where it only exists in the other."""
        own = text.sv if self.language == "sv" else text.en
        if own or not text:
            return Markup("{}").format(own)
        return Markup('<span lang="{}">{}</span>').format(self.other, text.of(self.language))

    def all(self) -> Iterator[tuple[str, str]]:
        """Every page: its path below the site and its text."""
        yield self._render("index.html", "index.html", search=self._search(), subjects=self._subjects)
        yield self._render("elements.html", "elements.html", letters=self._letters())
        areas = [(name, list(area(name).values())) for name in AREAS]
        yield self._render("rules.html", "rules.html", areas=areas)
        for content in self._contents:
            yield self._render("contract.html", f"{content.subject.key}.html", **self._contract(content))

    @property
    def _subjects(self) -> list[Any]:
        return [content.subject for content in self._contents]

    def _render(self, template: str, page: str, **values: Any) -> tuple[str, str]:
        bar = [(f"{name}.html", self.word(text)) for name, text in
               (("index", "contracts"), ("elements", "elements"), ("rules", "rules"))]  # fmt: skip
        text = _environment().get_template(template).render(
            lang=self.language, other=self.other, page=page, bar=bar, style=_style(), w=self.word, t=self.told,
            d=lambda key: texts.text("diff", key, self.language),
            f=lambda key: texts.text("findings", key, self.language),
            elsewhere=f"{'en/' if self.language == 'sv' else '../'}{page}", **values,
        )  # fmt: skip
        return f"{self.folder}{page}", text

    def _contract(self, content: Content) -> dict[str, Any]:
        subject = content.subject
        parties = self._parties.get(subject.responder, Parties())
        own: list[Rule] = list(area(subject.key).values())
        purpose, rest = content.description.purpose(self.language), content.description.rest(self.language)
        sections = ["purpose"] if purpose else []
        sections += ["facts", "call", "request", "response", "samples"]
        sections += ["more"] if rest else []
        sections += ["rules", "history", "parties"]
        return {
            "subject": subject,
            "purpose": purpose,
            "rest": rest,
            "contents": [(name, self.word(name)) for name in sections],
            "facts": list(self._facts(content)),
            "files": [(path, f"{self._up}{content.file(path)}") for path in subject.files],
            "picture": self._picture(content, parties),
            "request": content.request,
            "response": content.response,
            "samples": [(each, f"{self._up}{content.sample_file(each)}") for each in content.samples],
            "own_rules": own,
            "common_rules": list(area("message").values()),
            "versions": [
                each for each in self._subjects if each.name == subject.name and each.version != subject.version
            ],
            "revisions": list(dict.fromkeys(line for each in subject.wsdl for line in each.revisions)),
            "change": content.change,
            "parties": parties,
            "shown": _SHOWN,
        }

    def _facts(self, content: Content) -> Iterator[tuple[str, str, bool]]:
        """Label, value, and whether it is something to copy."""
        subject = content.subject
        yield self.word("column_contract"), f"{subject.name} {subject.version}", False
        yield self.word("status"), self.word(f"status_{subject.status or 'unknown'}"), False
        rows: list[tuple[str, Iterable[str]]] = [
            ("domain", [subject.domain]),
            ("responder", [subject.responder]),
            ("fact_request", [subject.request]),
            ("fact_response", [subject.response]),
            ("wsdl_namespace", (each.namespace for each in subject.wsdl)),
            ("soap_action", (action for each in subject.wsdl for action in each.actions)),
            ("profile", (each.profile for each in subject.wsdl)),
        ]
        if subject.contract is not None and subject.contract.descriptor.aggregated:
            aggregate = subject.contract.descriptor.aggregate
            rows += [("service_domain", [aggregate.service_domain]), ("categorization", aggregate.categorization)]
            yield self.word("aggregated"), self.word(f"per_{aggregate.call_per}"), False
        for key, values in rows:
            for value in dict.fromkeys(values):
                if value:
                    yield self.word(key), value, True

    def _picture(self, content: Content, parties: Parties) -> dict[str, Any]:
        subject = content.subject
        aggregated = subject.contract is not None and subject.contract.descriptor.aggregated
        answering = [each for each in parties.producers if each.answers == "producer"]
        itself = bool(parties.producers) and not answering and not aggregated
        does = "aggregates" if aggregated else "answers" if itself else "routes"
        producers = [] if itself else self._names(answering) or [self.word("any_producer")]
        return {
            "text": self.word(f"picture_{does}", name=subject.name),
            "request": self.word("fact_request_short"),
            "response": self.word("fact_response_short") if subject.response else "",
            "consumers": self._names(parties.consumers) or [self.word("any_consumer")],
            "platform": [self.word(f"platform_{does}")],
            "producers": producers,
        }

    def _names(self, parties: Iterable[Party]) -> list[str]:
        names = [each.name if len(each.name) <= _WIDE else f"{each.name[: _WIDE - 1]}…" for each in parties]
        if len(names) > _NAMES + 1:
            return [*names[:_NAMES], self.word("more_names", count=len(names) - _NAMES)]
        return names

    def _search(self) -> list[tuple[str, str, str, str]]:
        """Name, where it is, link, and further words, of every contract and element."""
        found: list[tuple[str, str, str, str]] = []
        for content in self._contents:
            subject = content.subject
            title, page = f"{subject.name} {subject.version}", f"{subject.key}.html"
            found.append((title, subject.title.of(self.language), page, f"{subject.responder} {subject.domain}"))
            found += [
                (row.name, f"{title}: {row.path}", f"{page}#{row.id}", row.text.of(self.language))
                for row in content.named
            ]
        return found

    def _letters(self) -> list[tuple[str, list[tuple[str, list[tuple[str, str]]]]]]:
        """Initial, names, and where each is: one link for each contract and message."""
        names: dict[str, dict[str, tuple[str, str]]] = {}
        for content in self._contents:
            for row in content.named:
                place = f"{content.subject.name} {content.subject.version}"
                names.setdefault(row.name, {}).setdefault(place, (f"{content.subject.key}.html#{row.id}", place))
        letters: dict[str, list[tuple[str, list[tuple[str, str]]]]] = {}
        for name in sorted(names, key=lambda each: (each.lower(), each)):
            letters.setdefault(name[0].upper(), []).append((name, list(names[name].values())))
        return list(letters.items())


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["short"] = lambda text: text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
    return environment


@cache
def _style() -> Markup:
    return Markup((_TEMPLATES / "style.css").read_text("utf-8").rstrip())  # noqa: S704 - a file of ours
