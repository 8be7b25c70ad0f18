"""The key of an engagement, as one short value."""

from hashlib import blake2b

KEY_BYTES = 16


def engagement_key(
    registered_resident_identification: str,
    service_domain: str,
    categorization: str,
    logical_address: str,
    business_object_instance_identifier: str,
    source_system: str,
    data_controller: str,
    owner: str,
    clinical_process_interest_id: str,
) -> bytes:
    """The digest of the nine fields that make an engagement unique (engagement index, interface description).

    The national index joins them without separators, so that "AB" and "C" are "A" and "BC" to it; here NUL, which no
    XML document can hold, stands in between.
    """
    fields = (
        registered_resident_identification,
        service_domain,
        categorization,
        logical_address,
        business_object_instance_identifier,
        source_system,
        data_controller,
        owner,
        clinical_process_interest_id,
    )
    return blake2b("\0".join(fields).encode(), digest_size=KEY_BYTES).digest()
