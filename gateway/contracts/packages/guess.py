"""The descriptor of a contract that comes without one, derived from its schema: what was taken for what, and how sure.

Three sources, in this order: what is written in the package (certain), what is public about the contract (certain, see
``known``), and names that national contracts use for the same thing (likely or uncertain). Whoever knows better edits
the descriptor.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway.contracts.packages.known import Known
from gateway.contracts.packages.layout import Interaction
from gateway.contracts.packages.names import NAMES, Candidates
from gateway.contracts.particles import Child, Particles

Sure = Literal["certain", "likely", "uncertain", "missing"]
_DEPTH = 5  # steps below a record within which its facts stand in national contracts
_INNER = ("extension", "id", "personId")  # where the text of an identity stands that is a type of its own
_PERIODS = ("datePeriod", "timePeriod")


@dataclass(frozen=True, slots=True)
class Guess:
    """One field of the descriptor.

    Attributes:
        field: ``aggregate.patient`` and the like.
        value: of the field; blank or empty when nothing was found.
        why: key of the reason, ``[guess.<why>]`` in the catalogue.
        values: what the reason says.
    """

    field: str
    value: Any
    sure: Sure
    why: str
    values: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Derived:
    """What was found out about a contract.

    Attributes:
        guesses: every field in the order of a descriptor.
        missing: fields without which it cannot be aggregated; none when it can.
        filters: ``[[filter]]`` rows as (request, record, match), each with its guess.
    """

    interaction: Interaction
    guesses: tuple[Guess, ...]
    missing: tuple[str, ...]
    filters: tuple[tuple[tuple[str, str, str], Guess], ...]
    known: Known | None

    def value(self, field: str) -> Any:
        """What a field was taken for.

        Raises:
            KeyError: there is no such field.
        """
        for guess in self.guesses:
            if guess.field == field:
                return guess.value
        raise KeyError(field)

    @property
    def aggregated(self) -> bool:
        """Whether enough was found to ask several sources at once."""
        return not self.missing


def derive(interaction: Interaction, particles: Particles, known: Known | None) -> Derived:
    """Find out what a descriptor needs.

    Args:
        particles: of a view that reaches the contract's service schema.
        known: what is public about this contract, None when nothing is.
    """
    return _Guesser(interaction, particles, known).derived()


class _Guesser:
    def __init__(self, interaction: Interaction, particles: Particles, known: Known | None) -> None:
        self.interaction, self.particles, self.known = interaction, particles, known
        request, response = particles.root(interaction.request), particles.root(interaction.response)
        self.request = particles.children(request.node) if request else []
        self.response = particles.children(response.node) if response else []
        self.guesses: list[Guess] = []

    def derived(self) -> Derived:
        self._domain()
        patient = self._ask("aggregate.patient", NAMES["patient"], self.request, 2)
        optional = [each for each in self.request if not each.minimum]  # what must be there restricts every question
        source = self._ask("aggregate.source_filter", NAMES["source_system"], optional, 2, wanted=False)
        record = self._records()
        self._add("aggregate.call_per", *self._call_per(record))
        self._special()
        result = self._result()
        inside = self.particles.children(record.node) if record else []
        facts = {name: self._fact(name, inside) for name in NAMES}
        self._internal(inside)
        needed = {"aggregate.patient": patient, "aggregate.records": record, "record.patient": facts["patient"]}
        missing = [name for name, found in needed.items() if not found]
        if not facts["source_system"]:
            missing.append("record.source_system")
        if not result:
            missing.append("aggregate.result")
        filters = tuple(self._filters(inside, source, facts)) if record else ()
        return Derived(self.interaction, tuple(self.guesses), tuple(missing), filters, self.known)

    def _add(self, name: str, value: Any, sure: Sure, why: str, /, **values: str) -> Any:
        self.guesses.append(Guess(name, value, sure, why, values))
        return value

    def _domain(self) -> None:
        if self.known:
            self._add("aggregate.service_domain", self.known.service_domain, "certain", "public")
            self._add("aggregate.categorization", list(self.known.categorization), "certain", "public")
            return
        prefix = "riv:" if self.interaction.responder.startswith("urn:riv:") else ""
        self._add("aggregate.service_domain", f"{prefix}{self.interaction.domain}", "likely", "service_domain")
        self._add("aggregate.categorization", [], "uncertain", "categorization")

    def _ask(
        self, name: str, wanted_names: Candidates, children: Sequence[Child], depth: int, wanted: bool = True
    ) -> str:
        """A path in the request: as it is public, else by its name."""
        public = getattr(self.known, name.partition(".")[2]) if self.known else ""
        if public and self._exists(children, public):
            return str(self._add(name, public, "certain", "public"))
        if self.known and not wanted:
            return str(self._add(name, "", "certain", "public_none"))
        path, exact = self._find(children, wanted_names, depth)
        if path:
            return str(self._add(name, path, "likely" if exact else "uncertain", "name", name=_telling(path)))
        self._add(name, "", "missing" if wanted else "likely", "no_request_name" if wanted else "no_source_filter")
        return ""

    def _records(self) -> Child | None:
        name = "aggregate.records"
        lists = [each for each in self.response if each.repeated and not self.particles.is_simple(each.node)]
        if self.known and (found := next((each for each in self.response if each.name == self.known.records), None)):
            self._add(name, found.name, "certain", "public")
            return found
        about = [each for each in lists if self._find(self.particles.children(each.node), NAMES["patient"], _DEPTH)[0]]
        if len(about) == 1 or len(lists) == 1:
            found = (about or lists)[0]
            self._add(name, found.name, "likely", "only_list")
            return found
        if about:
            others = ", ".join(each.name for each in about[1:])
            self._add(name, about[0].name, "uncertain", "first_list", others=others)
            return about[0]
        self._add(name, "", "missing", "no_list")
        return None

    def _call_per(self, record: Child | None) -> tuple[str, Sure, str]:
        if self.known:
            return self.known.call_per, "certain", "public"
        return "source_system", "likely", "call_per"

    def _special(self) -> None:
        """What is public about the contract beyond the usual, as far as this version has the elements for it."""
        if self.known is None:
            return
        asked, known = self.request, self.known
        found = {
            "category_filter": known.category_filter if self._exists(asked, known.category_filter) else "",
            "newest_months": known.newest_months,
            "refused": {path: text for path, text in known.refused.items() if self._exists(asked, path)},
            "per_source": {path: kind for path, kind in known.per_source.items() if self._exists(asked, path)},
            "merged": [name for name in known.merged if self._exists(self.response, name)],
        }
        for name, value in found.items():
            if value:
                self._add(f"aggregate.{name}", value, "certain", "public")

    def _result(self) -> bool:
        """Values for each required child of the result element; False when one of them has no value that fits."""
        found = next((each for each in self.response if each.name == "result"), None)
        children = self.particles.children(found.node) if found else []
        if not found or not any(each.name == "resultCode" for each in children):
            required = [each.name for each in self.response if each.minimum and not each.repeated]
            self._add("aggregate.result", {}, "missing" if required else "certain",
                      "required_beside" if required else "no_result", names=", ".join(required))  # fmt: skip
            return not required
        values: dict[str, str] = {}
        unknown = []
        for each in children:
            codes = self.particles.enumeration(each.node)
            if each.name == "resultCode":
                values[each.name] = next((code for code in ("INFO", "OK") if code in codes), (codes or ["INFO"])[0])
            elif each.name == "logId":
                values[each.name] = "NA"
            elif each.minimum:
                unknown.append(each.name)
        if unknown:
            self._add("aggregate.result", values, "missing", "result_unknown", names=", ".join(unknown))
        else:
            self._add("aggregate.result", values, "likely", "result")
        return not unknown

    def _fact(self, name: str, inside: Sequence[Child]) -> str:
        path, exact = self._find(inside, NAMES[name], _DEPTH)
        sure: Sure = ("likely" if exact else "uncertain") if path else "missing"
        if not path and name in ("id", "approved", "care_giver", "care_unit", "time"):
            sure = "likely"  # many contracts have none
        why = "record_name" if path else "no_record_name"
        return str(self._add(f"record.{name}", path, sure, why, name=_telling(path) or name))

    def _internal(self, inside: Sequence[Child]) -> None:
        found = [path for path in self._paths(inside, 3) if path.rpartition("/")[2] == "internalNotes"]
        self._add("record.internal", found, "likely", "internal" if found else "no_internal")

    def _filters(
        self, inside: Sequence[Child], source: str, facts: dict[str, str]
    ) -> "list[tuple[tuple[str, str, str], Guess]]":
        found: list[tuple[tuple[str, str, str], Guess]] = []

        def rule(request: str, record: str, match: str, sure: Sure, why: str) -> None:
            found.append(((request, record, match), Guess("filter", request, sure, why)))

        if source and facts["source_system"]:
            rule(source, facts["source_system"], "equals", "likely", "filter_source")
        unit, _ = self._find(self.request, NAMES["care_unit"], 2)
        if unit and facts["care_unit"]:
            rule(unit, facts["care_unit"], "equals", "likely", "filter_unit")
        for each in self.request:
            parts = {child.name for child in self.particles.children(each.node)}
            if each.name in _PERIODS and {"start", "end"} <= parts and facts["time"]:
                rule(each.name, facts["time"], "within", "uncertain", "filter_period")
        return found

    def _find(self, children: Sequence[Child], names: Candidates, depth: int) -> tuple[str, bool]:
        """The path of the first name that stands there, nearest first; whether its name is one that is usual."""
        paths = self._paths(children, depth)
        for name in names.usual:
            for path in paths:
                if path.rpartition("/")[2] == name and (full := self._value(children, path, names)):
                    return full, True
        for path in paths:
            leaf = path.rpartition("/")[2].lower()
            if any(leaf.endswith(part) for part in names.ends) and (full := self._value(children, path, names)):
                return full, False
        return "", False

    def _value(self, children: Sequence[Child], path: str, names: Candidates) -> str:
        """The path to the text: an identity of a complex type has it in one of a few children."""
        child = self._child(children, path)
        if child is None or (child.repeated and names.single):
            return ""
        if self.particles.is_simple(child.node):
            return path
        inner = {each.name: each for each in self.particles.children(child.node)}
        return next((f"{path}/{name}" for name in _INNER if name in inner
                     and self.particles.is_simple(inner[name].node)), "")  # fmt: skip

    def _exists(self, children: Sequence[Child], path: str) -> bool:
        return self._child(children, path) is not None

    def _child(self, children: Sequence[Child], path: str) -> Child | None:
        found: Child | None = None
        for step in path.split("/"):
            found = next((each for each in children if each.name == step), None)
            if found is None:
                return None
            children = self.particles.children(found.node)
        return found

    def _paths(self, children: Sequence[Child], depth: int) -> list[str]:
        """All paths down to ``depth``, the shortest first; lists inside a record are not entered."""
        found: list[str] = []
        level: list[tuple[str, Child]] = [(each.name, each) for each in children]
        while level and depth:
            found += [path for path, _ in level]
            depth -= 1
            level = [
                (f"{path}/{inner.name}", inner)
                for path, child in level
                if not child.repeated
                for inner in self.particles.children(child.node)
            ][:2000]
        return found


def _telling(path: str) -> str:
    """The name in a path that says what it is: not that of an identity's inner element."""
    *above, last = path.split("/")
    return above[-1] if above and last in _INNER else last
