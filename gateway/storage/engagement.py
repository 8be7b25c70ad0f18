"""An engagement, the row of the engagement index (EI). Imports no driver: also who keeps them in memory knows them."""

from dataclasses import dataclass, fields

from gateway.storage.keys import engagement_key

NOT_GIVEN = "NA"


@dataclass(frozen=True, slots=True)
class Engagement:
    """That a source system holds something about a person; fields as in the national EI (EngagementType).

    Times are YYYYMMDDhhmmss, blank when there is none.
    """

    registered_resident_identification: str
    service_domain: str
    categorization: str
    logical_address: str
    source_system: str
    data_controller: str
    business_object_instance_identifier: str = NOT_GIVEN
    clinical_process_interest_id: str = NOT_GIVEN
    most_recent_content: str = ""
    creation_time: str = ""
    update_time: str = ""
    owner: str = ""

    def key(self, owner: str | None = None) -> bytes:
        """What makes it unique; ``owner`` in place of its own."""
        return engagement_key(
            self.registered_resident_identification,
            self.service_domain,
            self.categorization,
            self.logical_address,
            self.business_object_instance_identifier,
            self.source_system,
            self.data_controller,
            self.owner if owner is None else owner,
            self.clinical_process_interest_id,
        )


FIELDS = tuple(field.name for field in fields(Engagement))
"""The columns of a row, in the order of the fields."""
