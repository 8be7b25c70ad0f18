"""What stands in texts: Swedish, about nobody. Which words an element gets is told by its name."""

import re
from typing import Final

GENERAL: Final = (
    "Återbesök på mottagningen om två veckor", "Träning i lugn och ro på hemmaplan", "Blodtrycket är välinställt",
    "Kontakta oss om besvären ökar", "Uppföljning av läkemedel på vårdcentralen", "Hälsosamtal hos sköterskan",
    "Gå en rask promenad varje dag", "Väntar på svar från röntgen", "Ny bedömning före årsskiftet",
    "Allt är som det ska",
)  # fmt: skip
STAFF: Final = (
    "Behöver längre tid vid besök", "Hör dåligt på vänster öra", "Överväg hembesök", "Ring anhörig före ändring",
    "Önskar tolk vid nästa samtal",
)  # fmt: skip
NAMES: Final = ("Åsa Öberg", "Göran Sjöström", "Märta Åkesson", "Björn Häggkvist", "Zoë Lundén", "Örjan Ek")
UNITS: Final = ("Västra vårdcentralen", "Kärnsjukhusets hjärtmottagning", "Norra Ängs äldreboende", "Primärvården Åsö")
TITLES: Final = ("Plan för egenvård", "Samordnad plan", "Rehabilitering efter höftoperation", "Årlig genomgång")
CITIES: Final = ("Växjö", "Gävle", "Östersund", "Malmö", "Piteå")
STREETS: Final = ("Älvgatan 3", "Storgatan 12 B", "Kyrkvägen 8", "Åsgränd 1")
PHONES: Final = ("0470-58 80 00", "010-122 12 12", "+46 8 123 123 00")
CODES: Final = ("394802001", "408443003", "159561009", "224535009")  # SNOMED CT
CODE_NAMES: Final = ("allmänmedicin", "distriktssköterska", "sjukgymnast", "sjuksköterska")
DOMAINS: Final = ("riv:crm:scheduling", "riv:clinicalprocess:healthcond:actoutcome")
PERSON: Final = re.compile(r"patient|person(?!al)|subjectofcare|resident|citizen", re.IGNORECASE)
_BY_NAME: Final = tuple(
    (re.compile(pattern), pool)
    for pattern, pool in (
        (r"internal", STAFF),
        (r"categorization", ("und", "voo")),
        (r"(city|ort)$", CITIES),
        (r"postalcode|zip", ("352 34", "831 31")),
        (r"line$|street|address$", STREETS),
        (r"e?mail", ("mottagningen@example.se",)),
        (r"ur[il]$", ("https://example.se/vård/",)),
        (r"phone|telecom(/value)?$|tel$", PHONES),
        (r"media(type)?$|mime", ("text/plain",)),
        (r"title$", TITLES),
        (r"(organi[sz]ation|unit|team|giver|provider)[^/]*/?\w*name$", UNITS),
        (r"displayname|codesystemname", CODE_NAMES),
        (r"name$", NAMES),
        (r"version$", ("1.0", "2.1")),
        (r"/unit$", ("mg", "mmol/l")),
    )
)


def pool(name: str) -> tuple[str, ...]:
    """Texts for an element, by local names: ``parent/own``."""
    lowered = name.lower()
    return next((words for pattern, words in _BY_NAME if pattern.search(lowered)), GENERAL)
