"""Writes the two TOML files of the fixtures: scenarios and personas."""

import json
from collections.abc import Iterable

from gateway.producers.generate.contracts import CONTRACTS
from gateway.producers.generate.people import Person
from gateway.producers.generate.personas import Behaviour, Persona, general_behaviour, personas
from gateway.producers.generate.places import Places

Value = str | int | float
Row = dict[str, Value]

_SCENARIOS_HEAD = """\
# Hur källorna beter sig, utöver att svara med sina poster. Skapad av generatorn: ändra dess data, inte filen.
# How the sources behave beyond answering with their records. Made by the generator: change its data instead.
#
# Den mest specifika raden gäller: person och kontrakt före alla ("*").
# The most specific row counts: person and contract before all ("*").
#
# En hel region nere, för alla (egen fil eller här): / A whole region down, for everybody:
#
# [[scenario]]
# producer = "SE2321000073-RIVTA08"
# person = "*"
# contract = "*"
# outcome = "reset"
# why = "Region Kalmar län är nere. / Region Kalmar län is down."
#
# En region som är långsam med vårdplaner: / A region that is slow with care plans:
#
# [[scenario]]
# producer = "SE2321000255-RIVTA12"
# person = "*"
# contract = "GetCarePlans"
# outcome = "slow"
# delay_seconds = 3.0
# why = "Region Skåne är långsam. / Region Skåne is slow."
"""

_PERSONAS_HEAD = """\
# Nationella testpersoner och vad en konsument ska få av aggregeringstjänsten. Skapad av generatorn.
# National test personas, and what a consumer must get from the aggregating service. Made by the generator.
#
# records: poster i svaret / records in the answer
# statuses: anropade källor i ProcessingStatus / sources called, in ProcessingStatus
# failed: varav NoDataSynchFailed / of these NoDataSynchFailed
#
# I strikt läge hålls ett svar som bryter mot schemat utanför.
# In strict mode an answer that breaks its schema is kept out.
"""


def scenarios_file(persons: Iterable[Person], places: Places) -> str:
    """fixtures/scenarios.toml: the persons', the personas' and the mocks' general behaviour."""
    rows = [_of_person(person, places) for person in persons if person.scenario]
    for persona in personas():
        for behaviour in persona.scenario:
            rows.extend(_of_behaviour(persona.id, persona.source, behaviour))
    for behaviour in general_behaviour():
        rows.extend(_of_behaviour("*", "agp 1.11", behaviour))
    return _SCENARIOS_HEAD + "".join(f"\n[[scenario]]\n{_lines(row)}" for row in rows)


def personas_file() -> str:
    """fixtures/personas.toml: every persona with the expected answer per contract."""
    return _PERSONAS_HEAD + "".join(_persona(persona) for persona in personas())


def _of_person(person: Person, places: Places) -> Row:
    scenario = person.scenario
    row: Row = {
        "producer": places.regions[scenario["producer"]].hsa_id,
        "person": person.number,
        "contract": "*",
        "outcome": scenario["outcome"],
    }
    for key in ("delay_seconds", "text"):
        if key in scenario:
            row[key] = scenario[key]
    row["why"] = f"{person.name}. {scenario['sv']} / {scenario['en']}"
    return row


def _of_behaviour(person: str, source: str, behaviour: Behaviour) -> list[Row]:
    rows = []
    for producer in behaviour.producers:
        row: Row = {
            "producer": producer,
            "person": person,
            "contract": behaviour.contract,
            "outcome": behaviour.outcome,
        }
        if behaviour.delay_seconds:
            row["delay_seconds"] = behaviour.delay_seconds
        if behaviour.text:
            row["text"] = behaviour.text
        if behaviour.records:
            row["records"] = behaviour.records
        row["why"] = f"{source}. {behaviour.why_sv} / {behaviour.why_en}"
        rows.append(row)
    return rows


def _persona(persona: Persona) -> str:
    head: Row = {"id": persona.id, "name": persona.name or persona.source, "source": persona.source}
    text = f"\n[[persona]]\n{_lines(head)}"
    text += f"[persona.meaning]\n{_lines({'sv': persona.sv, 'en': persona.en})}"
    records, statuses, failed = persona.expect
    for contract in CONTRACTS:
        expected: Row = {"records": records, "statuses": statuses, "failed": failed}
        text += f"[persona.expected.{contract.name}]\n{_lines(expected)}"
    return text


def _lines(row: Row) -> str:
    """Key and value per line; a JSON string is a TOML basic string."""
    return "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in row.items())
