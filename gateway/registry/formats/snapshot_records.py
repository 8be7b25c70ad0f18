"""The records of a publication's JSON as they are written, and what the format calls each kind of row."""

import msgspec

Refers = dict[str, int | str]


class Entity(msgspec.Struct):
    """What every record has."""

    id: int
    pubversion: int | str | None = None
    relationships: Refers = {}


class Profile(Entity):
    """RivTaProfil."""

    namn: str = ""
    beskrivning: str | None = None


class Contract(Entity):
    """Tjanstekontrakt."""

    namnrymd: str = ""
    beskrivning: str | None = None
    majorVersion: int | str | None = None
    minorVersion: int | str | None = None


class Named(Entity):
    """LogiskAdress and Tjanstekomponent."""

    hsaId: str = ""
    beskrivning: str | None = None


class CallAddress(Entity):
    """AnropsAdress."""

    adress: str = ""


class Period(Entity, kw_only=True):
    """Vagval."""

    fromTidpunkt: str
    tomTidpunkt: str


class Permission(Period, kw_only=True):
    """Anropsbehorighet."""

    integrationsavtal: str | None = None


class Filter(Entity):
    """Filter."""

    servicedomain: str = ""


class Category(Entity):
    """Filtercategorization."""

    category: str = ""


class Data(msgspec.Struct):
    """The lists."""

    rivtaprofil: list[Profile] = []
    tjanstekontrakt: list[Contract] = []
    logiskadress: list[Named] = []
    tjanstekomponent: list[Named] = []
    anropsadress: list[CallAddress] = []
    vagval: list[Period] = []
    anropsbehorighet: list[Permission] = []
    filter: list[Filter] = []
    filtercategorization: list[Category] = []


class Snapshot(msgspec.Struct):
    """The whole."""

    formatVersion: int | str
    data: Data
    version: int | str = 0
    tidpunkt: str = ""
    utforare: str | None = None
    kommentar: str | None = None


LISTS = {
    "profile": "rivtaprofil",
    "service_contract": "tjanstekontrakt",
    "logical_address": "logiskadress",
    "component": "tjanstekomponent",
    "call_address": "anropsadress",
    "route": "vagval",
    "permission": "anropsbehorighet",
    "permission_filter": "filter",
    "filter_category": "filtercategorization",
}
"""What the format calls each kind of row."""
