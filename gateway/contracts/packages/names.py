"""How national contracts call the same thing: element names by which a fact is recognised."""

from typing import NamedTuple


class Candidates(NamedTuple):
    """Names of elements, the most telling first.

    Attributes:
        usual: exact names.
        ends: ends of names in lower case that make it possible.
        single: whether an element that may be repeated is none.
    """

    usual: tuple[str, ...]
    ends: tuple[str, ...] = ()
    single: bool = True


# By field of a descriptor's [record]. Sources: service schemas of the national domains.
NAMES = {
    "id": Candidates(
        ("documentId", "recordId", "observationId", "bookingId", "requestId", "senderRequestId", "id"), ("recordid",)
    ),
    "patient": Candidates(
        (
            "patientId", "subjectOfCareId", "subject_of_care", "subjectOfCare", "residentId", "personId",
            "registeredResidentIdentification", "patient", "citizenId",
        ),
        ("patientid", "personid", "subjectofcareid"),
    ),
    "source_system": Candidates(
        (
            "sourceSystemHSAId", "sourceSystemHSAid", "sourceSystemHsaId", "sourceSystemId", "sourceSystem",
            "logicalSystemId", "healthcare_facility",
        ),
        ("sourcesystemhsaid", "sourcesystemid"),
    ),
    "care_giver": Candidates(
        (
            "healthcareProfessionalCareGiverHSAId", "accountableHealthcareProviderId", "careGiverHSAId", "careGiverId",
            "careProviderId",
        ),
        ("caregiverhsaid", "caregiverid"),
    ),
    "care_unit": Candidates(
        (
            "healthcareProfessionalCareUnitHSAId", "accountableCareUnitId", "careUnitHSAId", "careUnitId", "careUnit",
        ),
        ("careunithsaid", "careunitid"),
        single=False,
    ),
    "time": Candidates(
        (
            "authorTime", "documentTime", "blockComparisonTime", "eventTime", "registrationTime", "timestamp",
            "startTime", "startTimeInclusive", "time",
        ),
        ("time", "date"),
    ),
    "approved": Candidates(("approvedForPatient",)),
}  # fmt: skip
