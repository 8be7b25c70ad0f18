"""The contracts that the data is made for: how the engagement index and the files name them."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.producers.generate import agreements, contacts, plans, spoken
from gateway.producers.generate.records import FixedContact, Holdings, Record


@dataclass(frozen=True)
class Contract:
    """A contract, with the part of the holdings that it carries.

    ``has`` tells by its folder whether a source has the contract.
    """

    name: str
    file: str
    service_domain: str
    categorization: str
    records: Callable[[Holdings], tuple[Record, ...]]
    write: Callable[[Holdings, str], bytes]
    has: Callable[[str], bool] = lambda _slug: True


def _for_patients(holdings: Holdings) -> tuple[FixedContact, ...]:
    """What may be given out with a contract that cannot tell what the patient must not see."""
    return tuple(each for each in holdings.contacts if each.approved and spoken.has_national(each.source.slug))


CONTRACTS = (
    Contract(
        name="GetFixedContacts",
        file=contacts.FILE,
        service_domain="riv:coreprocess:planning:coordinatedplanning",
        categorization="cpc-gfc",
        records=lambda holdings: tuple(each for each in holdings.contacts if spoken.has_proposal(each.source.slug)),
        write=lambda holdings, _slug: contacts.contacts_file(holdings.contacts),
        has=spoken.has_proposal,
    ),
    Contract(
        name="GetCareManagers",
        file=contacts.NATIONAL_FILE,
        service_domain="riv:coreprocess:residentparticipation:residentparticipation",
        categorization="crr-gcm",
        records=_for_patients,
        write=lambda holdings, _slug: contacts.managers_file(_for_patients(holdings)),
        has=spoken.has_national,
    ),
    Contract(
        name="GetDocumentedAgreements",
        file=agreements.FILE,
        service_domain="riv:coreprocess:planning:coordinatedplanning",
        categorization="cpc-gda",
        records=lambda holdings: holdings.agreements,
        write=lambda holdings, _slug: agreements.agreements_file(holdings.agreements),
    ),
    Contract(
        name="GetCarePlans",
        file=plans.FILE,
        service_domain="riv:clinicalprocess:logistics:logistics",
        categorization="cll-cp",
        records=lambda holdings: holdings.plans,
        write=lambda holdings, slug: plans.plans_file(holdings.plans, slug),
    ),
)
