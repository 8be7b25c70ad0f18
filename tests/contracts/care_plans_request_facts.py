"""What the national schema says about the GetCarePlans 2.0 request, one fact a row.

A row: fact, valid, text to replace, text instead; an empty text to replace leaves the message as it is.
Where the national text (TKB) says something else, the fact says so: the schema decides whether a message is
valid, the text whether it is good.
"""

from care_plans_messages import (
    CONTACT,
    EXTRA,
    PATIENT,
    PERIOD,
    SOURCE,
    UNIT,
)

REQUESTS = [
    ("every element of the request in its order", True, "", ""),
    ("careUnitHSAId is 0..*", True, UNIT, UNIT * 3),
    ("careUnitHSAId may be absent", True, UNIT, ""),
    ("careUnitHSAId stands before patientId", False, UNIT + "\n  " + PATIENT, PATIENT + UNIT),
    ("patientId is mandatory", False, PATIENT, ""),
    ("patientId occurs once", False, PATIENT, PATIENT * 2),
    (
        "patientId has id and type, not root and extension as some published models say",
        False,
        "<c:id>191212121212</c:id><c:type>1.2.752.129.2.1.3.1</c:type>",
        "<c:root>1.2.752.129.2.1.3.1</c:root><c:extension>191212121212</c:extension>",
    ),
    ("patientId/type is mandatory", False, "<c:type>1.2.752.129.2.1.3.1</c:type>", ""),
    (
        "patientId/id is any text to the schema: ten digits pass although twelve are required",
        True,
        "191212121212",
        "1212121212",
    ),
    ("datePeriod may be absent", True, PERIOD, ""),
    ("datePeriod occurs once", False, PERIOD, PERIOD * 2),
    ("datePeriod/start is mandatory", False, "<c:start>20260101</c:start>", ""),
    ("datePeriod/end is mandatory, unlike the one of newer domains", False, "<c:end>20261231</c:end>", ""),
    ("a date is a pattern and not a calendar: 31 February passes", True, "20260101", "20260231"),
    ("a date has no hyphens", False, "20260101", "2026-01-01"),
    ("the end of a period is a date too", False, "20261231", "20261331"),
    ("a date begins with 19 or 20", False, "20260101", "18991231"),
    ("a date has no month 13", False, "20260101", "20261301"),
    ("sourceSystemHSAId may be absent", True, SOURCE, ""),
    ("sourceSystemHSAId occurs once", False, SOURCE, SOURCE * 2),
    (
        "sourceSystemHSAId is any text to the schema: an organisation number passes",
        True,
        "SE2321000065-RIVTA07",
        "2321000065",
    ),
    ("careContactId is 0..*", True, CONTACT, CONTACT * 2),
    ("careContactId may be absent", True, CONTACT, ""),
    (
        "careContactId without sourceSystemHSAId is valid; the text calls it INVALID_REQUEST",
        True,
        SOURCE,
        "",
    ),
    ("careContactId stands after sourceSystemHSAId", False, SOURCE + "\n  " + CONTACT, CONTACT + SOURCE),
    ("the request has room for extensions last", True, CONTACT, CONTACT + EXTRA),
    ("an extension stands nowhere else", False, PATIENT, EXTRA + PATIENT),
    ("an extension has another namespace", False, CONTACT, CONTACT + "<svc:extra/>"),
    ("patientId has room for extensions", True, "</c:type>", "</c:type>" + EXTRA),
    ("datePeriod has room for extensions", True, "</c:end>", "</c:end>" + EXTRA),
    (
        "children of patientId are in the namespace of the domain",
        False,
        "<c:id>191212121212</c:id>",
        "<svc:id>191212121212</svc:id>",
    ),
]
