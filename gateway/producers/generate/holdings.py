"""From a person and the story templates to the records that producers hold about that person."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from gateway.producers.generate.dates import REFERENCE, time_text, working_day
from gateway.producers.generate.people import Person
from gateway.producers.generate.personid import NRID, RESERVE_STOCKHOLM
from gateway.producers.generate.places import Places, Producer, Unit
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
from gateway.producers.generate.setting import Setting
from gateway.producers.generate.templates import (
    AgreementTemplate,
    ContactTemplate,
    ItemTemplate,
    Located,
    PlanTemplate,
    RelationTemplate,
    stories,
)

UNSIGNED_BY_CHANCE = 0.08
OBJECT_TYPES = {"contact": "FIXED_CONTACT", "plan": "CARE_PLAN", "agreement": "DOCUMENTED_AGREEMENT"}
LETTERS = {"contact": "FK", "plan": "VP", "agreement": "OK", "booking": "BT", "visit": "KT"}

Template = TypeVar("Template", bound=Located)


def holdings_of(person: Person, places: Places, seed: int) -> Holdings:
    """Every record about the person, of the main story first, then of the additions.

    A national reserve id has no place in GetCarePlans 2.0, and a local one is allowed there only.
    """
    told = [(person.story, person.region)]
    for key, code in person.additions:
        told.append((stories()[key], places.regions[code] if code else person.region))
    result = Holdings()
    for story, other in told:
        result += _Telling(Setting(person, story, other, places, seed)).holdings()
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
    """Makes the records of one setting. Which ones exist is settled first, so that links can be checked."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.kept = {
            "contact": self._keep(setting.story.contact, "contact"),
            "agreement": self._keep(setting.story.agreement, "agreement"),
            "plan": self._keep(setting.story.plan, "plan"),
        }

    def holdings(self) -> Holdings:
        """The records, in the order of the template."""
        story, kept = self.setting.story, self.kept
        return Holdings(
            tuple(self._contact(item) for item in story.contact if item.id in kept["contact"]),
            tuple(self._agreement(item) for item in story.agreement if item.id in kept["agreement"]),
            tuple(self._plan(item) for item in story.plan if item.id in kept["plan"]),
        )

    def _keep(self, items: list[Template], kind: str) -> dict[str, _Kept]:
        kept: dict[str, _Kept] = {}
        for item in items:
            wanted = self.setting.has(item.chance)
            unit = self.setting.unit(item)
            if wanted and unit is not None:
                record_id = self.setting.local_id(unit.producer, LETTERS[kind], item.id)
                kept[item.id] = _Kept(unit, record_id)
        return kept

    # Fixed contacts

    def _contact(self, item: ContactTemplate) -> FixedContact:
        setting, kept = self.setting, self.kept["contact"][item.id]
        withheld = setting.withheld(item, "contacts" if item.until is None else "contacts_ended")
        time = setting.time(item.since)
        return FixedContact(
            source=source_of(kept.producer),
            record_id=kept.record_id,
            patient=setting.person.number,
            root=setting.person.root,
            approved=not withheld,
            time=time,
            newest=setting.newest(time, item.until),
            practitioner=setting.staff[item.id],
            code=item.code,
            code_text=item.code_text,
            start=setting.day(item.since),
            end=setting.day(item.until),
            team=item.team,
            process=setting.process(kept.producer),
            hours=item.hours,
            internal=_joined(" ", setting.pick(item.internal), withheld),
            external=setting.pick(item.external),
            links=self._links_of_contact(item.id),
        )

    def _links_of_contact(self, contact: str) -> tuple[Link, ...]:
        """The agreements that name the contact, seen from the contact."""
        return tuple(
            self._link(RelationTemplate(type="SUPPORTS", to=f"agreement:{agreement.id}"), agreement.id)
            for agreement in self.setting.story.agreement
            if agreement.id in self.kept["agreement"]
            and any(relation.to == f"contact:{contact}" for relation in agreement.relation)
        )

    # Agreements

    def _agreement(self, item: AgreementTemplate) -> Agreement:
        setting, kept = self.setting, self.kept["agreement"][item.id]
        ended = item.status in ("COMPLETED", "REVOKED")
        withheld = setting.withheld(item, "agreements_ended" if ended else "agreements")
        time = setting.time(item.agreed)
        return Agreement(
            source=source_of(kept.producer),
            record_id=kept.record_id,
            patient=setting.person.number,
            root=setting.person.root,
            approved=not withheld,
            time=time,
            newest=setting.newest(time, item.end if ended else None),
            practitioner=setting.accountable(item.by, kept.unit),
            title=setting.text.fill(item.title),
            status=item.status,
            agreed=setting.day(item.agreed),
            start=setting.day(item.start),
            end=setting.day(item.end),
            matters=setting.pick(item.matters),
            items=self._items(item.item),
            next=self._next(item),
            turn_to=self._turn_to(item),
            process=setting.process(kept.producer),
            internal=_joined(" ", setting.pick(item.internal), withheld),
            external=setting.pick(item.external),
            links=tuple(self._link(relation, item.id) for relation in item.relation if self._resolves(relation)),
        )

    def _items(self, templates: list[ItemTemplate]) -> tuple[Item, ...]:
        setting = self.setting
        return tuple(
            Item(
                text=setting.text.fill(template.text),
                who=template.who,
                status=template.status,
                start=setting.day(template.start),
                end=setting.day(template.end),
                practitioner=setting.staff.get(template.by),
            )
            for template in templates
            if setting.has(template.chance)
        )

    def _next(self, item: AgreementTemplate) -> NextStep | None:
        if item.next is None:
            return None
        return NextStep(self.setting.text.fill(item.next.text), self.setting.booked(item.next.day), item.next.who)

    def _turn_to(self, item: AgreementTemplate) -> tuple[TurnTo, ...]:
        setting = self.setting
        hours = {contact.id: contact.hours for contact in setting.story.contact}
        return tuple(
            TurnTo(setting.text.fill(entry.text), setting.staff.get(entry.contact), hours.get(entry.contact, ""))
            for entry in item.turn_to
        )

    # Links

    def _resolves(self, relation: RelationTemplate) -> bool:
        kind, _, name = relation.to.partition(":")
        return kind == "booking" or name in self.kept[kind]

    def _link(self, relation: RelationTemplate, agreement: str) -> Link:
        """The link; a booked time lies at the producer that keeps the agreement."""
        kind, _, name = relation.to.partition(":")
        if kind != "booking":
            kept = self.kept[kind][name]
            return Link(relation.type, OBJECT_TYPES[kind], kept.record_id, kept.producer.hsa_id)
        setting, producer = self.setting, self.kept["agreement"][agreement].producer
        return Link(
            relation.type,
            "BOOKED_TIME",
            setting.local_id(producer, LETTERS["booking"], str(relation.day)),
            producer.hsa_id,
            setting.booked(relation.day),
            setting.text.fill(relation.text),
        )

    # Care plans

    def _plan(self, item: PlanTemplate) -> Plan:
        setting, kept = self.setting, self.kept["plan"][item.id]
        withheld = setting.withheld(item, "plans")
        day, minute = setting.timeline.day(item.day), setting.minute()
        author = time_text(day, minute)
        signed_on = working_day(day + timedelta(days=setting.rng.randint(0, 3)), forward=True)
        signature = max(author, time_text(min(signed_on, REFERENCE), setting.minute() + 45))
        signed = item.signed and not withheld and setting.rng.random() >= UNSIGNED_BY_CHANCE
        return Plan(
            source=source_of(kept.producer),
            record_id=kept.record_id,
            patient=setting.person.number,
            root=setting.person.root,
            approved=not withheld,
            time=author,
            newest=signature if signed else author,
            practitioner=setting.accountable(item.by, kept.unit),
            title=setting.text.fill(item.title),
            type=item.type,
            document_time=time_text(day, minute - setting.rng.randint(0, 45)),
            signature_time=signature if signed else "",
            text=_joined("\n", setting.text.fill(item.text), withheld),
            participants=self._participants(item, kept.unit),
            care_contact=self._visit(item, kept.producer),
        )

    def _visit(self, item: PlanTemplate, producer: Producer) -> str:
        """The id of the care contact (GetCareContacts) at which the plan was made; often empty."""
        return self.setting.local_id(producer, LETTERS["visit"], item.id) if item.care_contact else ""

    def _participants(self, item: PlanTemplate, unit: Unit) -> tuple[str, ...]:
        """HSA-ids of the units that take part, the one that keeps the plan first."""
        ids = [unit.hsa_id]
        for contact in item.participants:
            practitioner = self.setting.staff.get(contact)
            if practitioner is not None and practitioner.unit.hsa_id not in ids:
                ids.append(practitioner.unit.hsa_id)
        return tuple(ids)


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)
