"""What a producer holds, before it is written as XML: plain values, every reference resolved."""

from dataclasses import dataclass

from gateway.producers.generate.places import Practitioner, Producer, Unit


@dataclass(frozen=True)
class Source:
    """The source system of a record; ``slug`` names its folder, ``data_controller`` who controls its data."""

    hsa_id: str
    slug: str
    data_controller: str


def source_of(producer: Producer) -> Source:
    """The source system of a region or municipality."""
    return Source(producer.hsa_id, producer.slug, producer.data_controller)


@dataclass(frozen=True)
class Link:
    """A relation to another information object. Empty strings are left out."""

    type: str
    object_type: str
    object_id: str
    source: str
    planned_time: str = ""
    text: str = ""


@dataclass(frozen=True)
class Record:
    """What every record has.

    ``time`` is when it was recorded and ``newest`` the latest time something happened to it (YYYYMMDDhhmmss).
    """

    source: Source
    record_id: str
    patient: str
    root: str
    approved: bool
    time: str
    newest: str
    practitioner: Practitioner

    @property
    def unit(self) -> Unit:
        """The accountable unit."""
        return self.practitioner.unit


@dataclass(frozen=True)
class FixedContact(Record):
    """A fixed contact. ``end``, ``team``, ``process`` and the notes may be empty."""

    code: str
    code_text: str
    start: str
    end: str
    team: str
    process: str
    hours: str
    internal: str
    external: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Item:
    """One agreed item."""

    text: str
    who: str
    status: str
    start: str
    end: str
    practitioner: Practitioner | None


@dataclass(frozen=True)
class NextStep:
    """The next step of an agreement."""

    text: str
    time: str
    who: str


@dataclass(frozen=True)
class TurnTo:
    """Whom to turn to; without a practitioner the text says it all."""

    text: str
    practitioner: Practitioner | None
    hours: str


@dataclass(frozen=True)
class Agreement(Record):
    """A documented agreement."""

    title: str
    status: str
    agreed: str
    start: str
    end: str
    matters: str
    items: tuple[Item, ...]
    next: NextStep | None
    turn_to: tuple[TurnTo, ...]
    process: str
    internal: str
    external: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Plan(Record):
    """A care plan; ``time`` is the author time. Without ``signature_time`` nobody has signed it."""

    title: str
    type: str
    document_time: str
    signature_time: str
    text: str
    participants: tuple[str, ...]
    care_contact: str


@dataclass(frozen=True)
class Holdings:
    """Everything held about one person, or by everybody about all."""

    contacts: tuple[FixedContact, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    plans: tuple[Plan, ...] = ()

    def __add__(self, other: "Holdings") -> "Holdings":
        return Holdings(self.contacts + other.contacts, self.agreements + other.agreements, self.plans + other.plans)
