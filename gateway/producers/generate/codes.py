"""The object identifiers (OID) and code systems that the records use.

Source: the national service contract descriptions of GetCareManagers and GetCarePlans.
"""

HSA_ID = "1.2.752.129.2.1.4.1"
LOCAL_ID = "1.2.752.129.2.1.2.1"
"""Identifier of a record: the source system's HSA-id followed by a local number."""

FIXED_CONTACT_TYPE = "1.2.752.129.5.1.69"
FIXED_CONTACT_TYPES = {
    "1": "Fast vårdkontakt",
    "2": "Fast läkarkontakt i primärvård",
    "3": "Fast omsorgskontakt i hemtjänsten",
    "4": "Fast vårdkontakt med övergripande samordningsansvar",
}

POSITION = "1.2.752.129.2.2.1.4"
POSITIONS = {
    "överläkare": ("201010", "Överläkare"),
    "distriktsläkare": ("201011", "Distriktsläkare/Specialist allmänmedicin"),
    "specialistläkare": ("202010", "Specialistläkare"),
    "ST-läkare": ("203010", "Läkare legitimerad, specialiseringstjänstgöring"),
}
"""Positions (KV Befattning) with a code. Other professions go as original text, as the CVType rule allows."""

CONTACT_POINT = "2.16.840.1.113883.4.642.1.72"
ADDRESS_TYPE = "2.16.840.1.113883.4.642.3.69"
