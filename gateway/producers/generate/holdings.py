"""From a person and a story template to the records that producers hold about that person."""

import hashlib
import random
from dataclasses import dataclass
from typing import TypeVar

from gateway.producers.generate import codes
from gateway.producers.generate.dates import REFERENCE, Timeline, day_text, time_text, working_day
from gateway.producers.generate.people import Person
from gateway.producers.generate.personid import NRID, RESERVE_STOCKHOLM
from gateway.producers.generate.places import Places, Practitioner, Producer, Unit
from gateway.producers.generate.records import (
    Agreement,
    FixedContact,
    Holdings,
    Item,
    Link,
    NextStep,
    Plan,
    TurnTo,
    source_of,
)
from gateway.producers.generate.storytext import StoryText, relative_of
from gateway.producers.generate.templates import (
    AgreementTemplate,
    ContactTemplate,
    ItemTemplate,
    Located,
    PlanTemplate,
    RelationTemplate,
    Story,
    stories,
    withheld_reasons,
)

WITHHELD_BY_CHANCE = 0.085
UNSIGNED_BY_CHANCE = 0.08

T = TypeVar("T", bound=Located)
OBJECT_TYPES = {"contact": "FIXED_CONTACT", "plan": "CARE_PLAN", "agreement": "DOCUMENTED_AGREEMENT"}
LETTERS = {"contact": "FK", "plan": "VP", "agreement": "OK"}


def holdings_of(person: Person, places: Places, seed: int) -> Holdings:
    """Every record about the person, of the main story first, then of the additions.

    A national reserve id has no place in GetCarePlans 2.0, and a local one is allowed there only.
    """
    result = _Telling(person, person.story, person.region, places, seed).holdings()
    for key, code in person.additions:
        other = places.regions[code] if code else person.region
        result += _Telling(person, stories()[key], other, places, seed).holdings()
    if person.root == NRID:
        return Holdings(result.contacts, result.agreements)
    if person.root == RESERVE_STOCKHOLM:
        return Holdings(plans=tuple(plan for plan in result.plans if plan.source.slug == person.region.slug))
    return result


@dataclass(frozen=True)
class _Kept:
    """A record that will exist: where, and under which id."""

    unit: Unit
    record_id: str

    @property
    def producer(self) -> Producer:
        return self.unit.producer


class _Telling:
    """One story told about one person. ``other`` is the region that places called ``annan`` mean."""

    def __init__(self, person: Person, story: Story, other: Producer, places: Places, seed: int) -> None:
        self.person = person
        self.story = story
        self.other = other
        self.places = places
        self.rng = random.Random(f"{seed}:story:{story.key}:{other.code}:{person.number}")
        self.timeline = Timeline(person.born, self.rng.randint(0, 40), self.rng.randint(0, 12))
        self.choice = int(hashlib.sha256(f"{seed}:{person.number}".encode()).hexdigest()[:6], 16)
        self.staff = self._staff()
        self.text = StoryText(
            person, relative_of(person, places.names, seed), self.timeline, self._staff_names()
        )
        self.contacts = self._kept(story.contact, "contact")
        self.agreements = self._kept(story.agreement, "agreement")
        self.plans = self._kept(story.plan, "plan")

    def holdings(self) -> Holdings:
        """The records, in the order of the template."""
        return Holdings(
            tuple(self._contact(item) for item in self.story.contact if item.id in self.contacts),
            tuple(self._agreement(item) for item in self.story.agreement if item.id in self.agreements),
            tuple(self._plan(item) for item in self.story.plan if item.id in self.plans),
        )

    # Where, and who

    def _unit(self, item: Located) -> Unit | None:
        """The unit that keeps the record; None where the person's municipality has no producer."""
        person = self.person
        producer, town, hospital = person.region, person.town, person.region.hospital
        if item.at == "kommun":
            municipality = self.places.municipalities.get(town.municipality)
            if municipality is None:
                return None
            producer, town = municipality, municipality.towns[0]
        elif item.at == "universitet":
            producer = self.places.regions[producer.university] if producer.university else producer
            town, hospital = producer.towns[0], producer.university_hospital
        elif item.at == "annan":
            producer = self.other
            town, hospital = producer.towns[0], producer.university_hospital or producer.hospital
        if not item.unit:
            return self.places.health_centre(producer, town, self.choice)
        area = producer.areas[self.choice % len(producer.areas)] if producer.areas else ""
        name = item.unit.format(sjukhus=hospital, ort=town.name, område=area)
        return self.places.unit(producer, name, town)

    def _staff(self) -> dict[str, Practitioner]:
        staff: dict[str, Practitioner] = {}
        for index, item in enumerate(self.story.contact):
            unit = self._unit(item)
            if unit is not None:
                staff[item.id] = self.places.practitioner(unit, item.profession, self.choice + index)
        return staff

    def _staff_names(self) -> dict[str, str]:
        """Contact id -> name, or the profession where the municipality is not connected."""
        return {
            item.id: self.staff[item.id].name if item.id in self.staff else f"kommunens {item.profession}"
            for item in self.story.contact
        }

    def _kept(self, items: list[T], kind: str) -> dict[str, _Kept]:
        kept: dict[str, _Kept] = {}
        for item in items:
            by_chance = self.rng.random() < item.chance
            unit = self._unit(item)
            if unit is not None and (by_chance or self.person.complete):
                kept[item.id] = _Kept(unit, self._local_id(unit.producer, LETTERS[kind], item.id))
        return kept

    def _local_id(self, producer: Producer, letters: str, name: str) -> str:
        """A record id that depends on the person and the template only, so that other persons never move it."""
        key = f"{self.person.number}|{self.story.key}|{self.other.code}|{letters}|{name}"
        return f"{producer.hsa_id}:{letters}{hashlib.sha256(key.encode()).hexdigest()[:10].upper()}"

    # When, and whether to show

    def _minute(self) -> int:
        """A minute of the working day, 08:00-16:29."""
        return self.rng.randint(8 * 60, 16 * 60 + 29)

    def _time(self, offset: int) -> str:
        return time_text(self.timeline.day(offset), self._minute())

    def _day(self, offset: int | None) -> str:
        return "" if offset is None else day_text(self.timeline.day(offset))

    def _newest(self, time: str, ended: int | None) -> str:
        """The end of a period that lies in the past is news too: EI's mostRecentContent follows removals."""
        return max(time, self._time(ended)) if ended is not None and ended < 0 else time

    def _withheld(self, item: Located, kind: str) -> str:
        """Why the record is not approved for the patient; empty where it is."""
        draw = self.rng.random()
        limit = {"always": 1.0, "maybe": 0.5, "": WITHHELD_BY_CHANCE}[item.withhold]
        if item.id not in self.person.withhold and draw >= limit:
            return ""
        return self.text.fill(self.rng.choice(item.withheld or withheld_reasons()[kind]))

    def _process(self, producer: Producer) -> str:
        """The care process (hälsoärende) of the story at that producer, for every third person."""
        return self._local_id(producer, "HP", self.story.key) if self.choice % 3 == 0 else ""

    def _pick(self, texts: list[str]) -> str:
        return self.text.fill(self.rng.choice(texts)) if texts else ""

    # The records

    def _contact(self, item: ContactTemplate) -> FixedContact:
        kept = self.contacts[item.id]
        withheld = self._withheld(item, "contacts")
        time = self._time(item.since)
        return FixedContact(
            source=source_of(kept.producer),
            record_id=kept.record_id,
            patient=self.person.number,
            root=self.person.root,
            approved=not withheld,
            time=time,
            newest=self._newest(time, item.until),
            practitioner=self.staff[item.id],
            code=item.code,
            code_text=item.code_text,
            start=self._day(item.since),
            end=self._day(item.until),
            team=item.team,
            process=self._process(kept.producer),
            hours=item.hours,
            internal=" ".join(part for part in (self._pick(item.internal), withheld) if part),
            external=self._pick(item.external),
            links=self._links_of_contact(item.id),
        )

    def _links_of_contact(self, contact: str) -> tuple[Link, ...]:
        """The agreements that name the contact, seen from the contact."""
        return tuple(
            self._link(RelationTemplate(type="SUPPORTS", to=f"agreement:{agreement.id}"))
            for agreement in self.story.agreement
            if agreement.id in self.agreements
            and any(relation.to == f"contact:{contact}" for relation in agreement.relation)
        )

    def _agreement(self, item: AgreementTemplate) -> Agreement:
        kept = self.agreements[item.id]
        withheld = self._withheld(item, "agreements")
        time = self._time(item.agreed)
        return Agreement(
            source=source_of(kept.producer),
            record_id=kept.record_id,
            patient=self.person.number,
            root=self.person.root,
            approved=not withheld,
            time=time,
            newest=self._newest(time, item.end if item.status in ("COMPLETED", "REVOKED") else None),
            practitioner=self._accountable(item.by, kept.unit),
            title=item.title,
            status=item.status,
            agreed=self._day(item.agreed),
            start=self._day(item.start),
            end=self._day(item.end),
            matters=self._pick(item.matters),
            items=self._items(item.item),
            next=self._next(item),
            turn_to=self._turn_to(item),
            process=self._process(kept.producer),
            internal=" ".join(part for part in (self._pick(item.internal), withheld) if part),
            external=self._pick(item.external),
            links=tuple(self._link(relation) for relation in item.relation if self._resolves(relation)),
        )

    def _accountable(self, contact: str, unit: Unit) -> Practitioner:
        """The practitioner named in the template, at the unit that keeps the record."""
        practitioner = self.staff[contact]
        if practitioner.unit == unit:
            return practitioner
        return self.places.practitioner(unit, practitioner.profession, self.choice)

    def _items(self, templates: list[ItemTemplate]) -> tuple[Item, ...]:
        items = []
        for template in templates:
            by_chance = self.rng.random() < template.chance
            if not by_chance and not self.person.complete:
                continue
            items.append(
                Item(
                    text=self.text.fill(template.text),
                    who=template.who,
                    status=template.status,
                    start=self._day(template.start),
                    end=self._day(template.end),
                    practitioner=self.staff.get(template.by),
                )
            )
        return tuple(items)

    def _next(self, item: AgreementTemplate) -> NextStep | None:
        if item.next is None:
            return None
        return NextStep(self.text.fill(item.next.text), self._booked(item.next.day), item.next.who)

    def _booked(self, offset: int) -> str:
        """The time of a visit: the same for the next step and the booked time of one agreement."""
        quarter = int(hashlib.sha256(f"{self.person.number}{offset}".encode()).hexdigest()[:4], 16) % 30
        return time_text(self.timeline.day(offset), 8 * 60 + 30 + 15 * quarter)

    def _turn_to(self, item: AgreementTemplate) -> tuple[TurnTo, ...]:
        hours = {contact.id: contact.hours for contact in self.story.contact}
        return tuple(
            TurnTo(self.text.fill(entry.text), self.staff.get(entry.contact), hours.get(entry.contact, ""))
            for entry in item.turn_to
            if not entry.contact or entry.contact in self.staff
        )

    def _resolves(self, relation: RelationTemplate) -> bool:
        kind, _, name = relation.to.partition(":")
        return kind == "booking" or name in {"contact": self.contacts, "plan": self.plans}[kind]

    def _link(self, relation: RelationTemplate) -> Link:
        kind, _, name = relation.to.partition(":")
        if kind == "booking":
            producer = self._unit(self.story.agreement[0]) or self._unit(self.story.contact[0])
            assert producer is not None
            return Link(
                relation.type,
                "BOOKED_TIME",
                self._local_id(producer.producer, "BT", str(relation.day)),
                producer.producer.hsa_id,
                self._booked(relation.day),
                self.text.fill(relation.text),
            )
        kept = {"contact": self.contacts, "plan": self.plans, "agreement": self.agreements}[kind][name]
        return Link(relation.type, OBJECT_TYPES[kind], kept.record_id, kept.producer.hsa_id)

    def _plan(self, item: PlanTemplate) -> Plan:
        kept = self.plans[item.id]
        withheld = self._withheld(item, "plans")
        day = self.timeline.day(item.day)
        minute = self._minute()
        unsigned = bool(withheld) or self.rng.random() < UNSIGNED_BY_CHANCE
        signed_on = min(working_day(day.replace(day=day.day), forward=True), REFERENCE)
        author = time_text(day, minute)
        signature = time_text(signed_on, min(minute + self.rng.randint(4, 90), 17 * 60))
        return Plan(
            source=source_of(kept.producer),
            record_id=kept.record_id,
            patient=self.person.number,
            root=self.person.root,
            approved=not withheld,
            time=author,
            newest=author if unsigned else signature,
            practitioner=self._accountable(item.by, kept.unit),
            title=item.title,
            type=item.type,
            document_time=time_text(day, max(minute - self.rng.randint(0, 45), 8 * 60 - 50)),
            signature_time="" if unsigned else signature,
            text="\n".join(part for part in (self.text.fill(item.text), withheld) if part),
            participants=self._participants(item, kept.unit),
            care_contact=self._local_id(kept.producer, "KT", item.id) if item.care_contact else "",
        )

    def _participants(self, item: PlanTemplate, unit: Unit) -> tuple[str, ...]:
        """HSA-ids of the units that take part, the one that keeps the plan first."""
        ids = [unit.hsa_id]
        for contact in item.participants:
            practitioner = self.staff.get(contact)
            if practitioner is not None and practitioner.unit.hsa_id not in ids:
                ids.append(practitioner.unit.hsa_id)
        return tuple(ids)


def code_name(contact: FixedContact) -> str:
    """The Swedish name of the kind of fixed contact."""
    return codes.FIXED_CONTACT_TYPES.get(contact.code, contact.code_text)
