"""Writes fixtures/README.md: what the data is, and which persons show what."""

from collections.abc import Iterable

from gateway.producers.generate.people import Person, demo_person

_HEAD = """\
# Testdata / Test data

Allt här är påhittat: personer, personal, enheter och telefonnummer. Personnumren ligger i de serier som är
avsatta för test, telefonnumren i PTS serier för böcker och filmer. Referensdag: 2026-11-24. Filerna skapas av
`rivta fixtures generate`; ändra generatorns data, inte filerna.

Everything here is made up: persons, staff, units and telephone numbers. The person ids lie in the series kept
for tests, the telephone numbers in the series that PTS keeps for books and films. Reference day: 2026-11-24.
The files are made by `rivta fixtures generate`; change the generator's data, not the files.

| fil / file | innehåll / content |
|---|---|
| persons.csv | personerna, demopersonen först / the persons, the demo person first |
| records/&lt;producent&gt;/&lt;kontrakt&gt;.xml | vad varje källa har / what each source holds |
| engagements.csv | engagemangsindex / the engagement index |
| scenarios.toml | källor som krånglar / sources that misbehave |
| personas.toml | nationella testpersoner och väntade svar / national test personas and expected answers |

I persons.csv betyder tomt `guardian` att ingen vårdnadshavare finns i data.
In persons.csv an empty `guardian` means that no guardian is part of the data.

## Personer som visar något / Persons who show something

| person | namn / name | visar | shows |
|---|---|---|---|
"""


def readme(persons: Iterable[Person]) -> str:
    """The whole file."""
    rows = []
    for person in persons:
        sv, en = person.scenario.get("sv", person.note[0]), person.scenario.get("en", person.note[1])
        if sv:
            number = f"**{person.number}**" if person.number == demo_person() else person.number
            rows.append(f"| {number} | {person.name} | {sv} | {en} |\n")
    return _HEAD + "".join(rows)
