"""The three contracts that the data is made for: how the engagement index and the files name them."""

from collections.abc import Callable
from dataclasses import dataclass

from gateway.producers.generate import agreements, contacts, plans
from gateway.producers.generate.records import Holdings, Record


@dataclass(frozen=True)
class Contract:
    """A contract, with the part of the holdings that it carries."""

    name: str
    file: str
    service_domain: str
    categorization: str
    records: Callable[[Holdings], tuple[Record, ...]]
    write: Callable[[Holdings, str], bytes]


CONTRACTS = (
    Contract(
        name="GetFixedContacts",
        file=contacts.FILE,
        service_domain="riv:coreprocess:planning:coordinatedplanning",
        categorization="cpc-gfc",
        records=lambda holdings: holdings.contacts,
        write=lambda holdings, _slug: contacts.contacts_file(holdings.contacts),
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
