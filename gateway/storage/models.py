"""Every table of the database: the one place that knows the schema. What each is for stands where it is defined."""

from sqlalchemy import BigInteger, Column, Table, Text

from gateway.storage.base import metadata as metadata
from gateway.storage.catalogue_tables import ENTITIES as ENTITIES
from gateway.storage.catalogue_tables import call_address as call_address
from gateway.storage.catalogue_tables import component as component
from gateway.storage.catalogue_tables import filter_category as filter_category
from gateway.storage.catalogue_tables import logical_address as logical_address
from gateway.storage.catalogue_tables import pending_edit as pending_edit
from gateway.storage.catalogue_tables import permission as permission
from gateway.storage.catalogue_tables import permission_filter as permission_filter
from gateway.storage.catalogue_tables import profile as profile
from gateway.storage.catalogue_tables import publication as publication
from gateway.storage.catalogue_tables import route as route
from gateway.storage.catalogue_tables import service_contract as service_contract
from gateway.storage.engagement_tables import dead_letter as dead_letter
from gateway.storage.engagement_tables import engagement as engagement
from gateway.storage.engagement_tables import engagement_inbox as engagement_inbox
from gateway.storage.engagement_tables import hsa_unit as hsa_unit
from gateway.storage.engagement_tables import notification as notification
from gateway.storage.journal_tables import journal_exchange as journal_exchange
from gateway.storage.journal_tables import journal_message as journal_message
from gateway.storage.journal_tables import journal_state as journal_state

data_version = Table(
    "data_version",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("changed_us", BigInteger, nullable=False),
    Column("seed", Text, nullable=False),
)
"""One row for each kind of data (``changes.KINDS``). ``number`` grows with every change that others must hear of
(``changes.bump``); ``seed``: digest of the file that the seed rows came from, blank when there are none."""
