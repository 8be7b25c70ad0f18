"""The project's own records and scenarios, answered by the stubs."""

from collections.abc import Iterator

import pytest
from lxml import etree
from stub_samples import CONTRACTS, ROOT, call, ids, question, verdicts

from gateway.contracts.contract import Contract
from gateway.producers.scenarios import Scenarios, load_scenarios
from gateway.producers.store import Holdings, load
from gateway.producers.stub import SERVED, StubApp
from gateway.registry.catalogue import Producer, load_catalogue
from gateway.soap import ns

CATALOGUE = load_catalogue(ROOT, CONTRACTS)
PRODUCERS = [producer for producer in CATALOGUE.producers if producer.kind in SERVED]


@pytest.fixture(scope="module")
def holdings() -> Holdings:
    return load(ROOT, CONTRACTS, PRODUCERS)


@pytest.fixture(scope="module")
def stub(holdings: Holdings) -> StubApp:
    return StubApp(CONTRACTS, PRODUCERS, holdings, Scenarios())


def held(holdings: Holdings, producer: Producer, contract: Contract) -> Iterator[tuple[str, int]]:
    """Everybody a producer knows, with the number of records."""
    for (address, person), records in holdings.shelf(producer.records, contract).records.items():
        if address == producer.logical_address:
            yield person, len(records)


def test_there_is_something_of_every_contract(holdings: Holdings) -> None:
    for contract in CONTRACTS.aggregated():
        answering = [producer for producer in PRODUCERS if list(held(holdings, producer, contract))]
        assert len(answering) > 20


@pytest.mark.parametrize("contract", CONTRACTS.aggregated(), ids=lambda contract: contract.key)
@pytest.mark.parametrize("producer", PRODUCERS, ids=lambda producer: producer.logical_address)
def test_every_answer_is_valid_and_complete(
    stub: StubApp, holdings: Holdings, producer: Producer, contract: Contract
) -> None:
    name, address = contract.descriptor.name, producer.logical_address
    for number, (person, count) in enumerate(held(holdings, producer, contract)):
        answer = call(stub, question(name, address, person), producer.port)
        assert answer.status == 200
        assert len(ids(name, answer.body)) == count
        if number == 0:
            assert verdicts(name, answer.body) == (True, True)
        else:
            body = etree.fromstring(answer.body).find(f"{{{ns.SOAP11}}}Body")
            assert body is not None
            assert contract.schema.validate(body[0]), contract.schema.error_log
    empty = call(stub, question(name, address, "nobody"), producer.port)
    assert ids(name, empty.body) == []
    assert verdicts(name, empty.body) == (True, True)


def test_the_projects_scenarios_can_be_used() -> None:
    assert len(load_scenarios(ROOT, CONTRACTS, CATALOGUE.producers)) > 10


def test_the_delays_of_the_national_stubs_are_there_scaled_down() -> None:
    """National AgP, test stub: HSA-ID-1 takes 1 s, HSA-ID-2 1 s less than the time limit, HSA-ID-3 1 s more."""
    scenarios = load_scenarios(ROOT, CONTRACTS, CATALOGUE.producers)
    found = [scenarios.find(f"HSA-ID-{number}", "121212121212", next(iter(CONTRACTS))) for number in (1, 2, 3)]
    assert [each.outcome for each in found if each] == ["slow", "slow", "timeout"]
    first, second = (each.delay_seconds for each in found[:2] if each)
    assert 0 < first < second < 1
