"""``/metrics`` as text: names, help and types by Prometheus's rules, and figures that are read when it is written."""

import re
import subprocess
import sys
import threading

import pytest
from gateway_samples import ROOT, responder
from prometheus_client.parser import text_string_to_metric_families

from gateway import __version__
from gateway.observe.metrics import Figures, Metrics

NAMES = {
    "rivta_requests": "counter",
    "rivta_request_duration_seconds": "histogram",
    "rivta_producer_duration_seconds": "histogram",
    "rivta_faults": "counter",
    "rivta_aggregation_sources": "counter",
    "rivta_calls_under_way": "gauge",
    "rivta_contracts_loaded": "gauge",
    "rivta_routes": "gauge",
    "rivta_permissions": "gauge",
    "rivta_engagements": "gauge",
    "rivta_hsa_units": "gauge",
    "rivta_catalogue_reload_failed": "gauge",
    "rivta_build_info": "gauge",
}


def families(metrics: Metrics) -> dict[str, object]:
    return {family.name: family for family in text_string_to_metric_families(metrics.render()[1].decode())}


def metrics(figures: Figures | None = None, under_way: int = 0) -> Metrics:
    return Metrics([responder("GetFixedContacts")], lambda: figures or Figures(), lambda: under_way)


def test_every_metric_has_its_type_and_says_what_it_is() -> None:
    found = families(metrics())
    own = {name: family.type for name, family in found.items() if name.startswith("rivta_")}  # type: ignore[attr-defined]
    assert own == NAMES
    assert all(re.match(r"[A-Z1].*\.$", found[name].documentation) for name in NAMES)  # type: ignore[attr-defined]


def test_the_type_of_the_answer_is_the_formats() -> None:
    assert metrics().render()[0].startswith("text/plain; version=")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rivta_contracts_loaded", 3), ("rivta_routes", 165), ("rivta_permissions", 486), ("rivta_engagements", 1276),
        ("rivta_hsa_units", 7), ("rivta_catalogue_reload_failed", 0), ("rivta_calls_under_way", 4),
    ],
)  # fmt: skip
def test_figures(name: str, value: float) -> None:
    figures = Figures(contracts=3, routes=165, permissions=486, engagements=1276, hsa_units=7)
    (sample,) = families(metrics(figures, under_way=4))[name].samples  # type: ignore[attr-defined]
    assert sample.value == value


def test_a_failed_reload_shows() -> None:
    (sample,) = families(metrics(Figures(problem="rad 7")))["rivta_catalogue_reload_failed"].samples  # type: ignore[attr-defined]
    assert sample.value == 1


def test_figures_are_those_of_the_moment() -> None:
    figures = [Figures(routes=1)]
    found = Metrics([], lambda: figures[0], lambda: 0)
    assert b"\nrivta_routes 1.0\n" in found.render()[1]
    figures[0] = Figures(routes=2)
    assert b"\nrivta_routes 2.0\n" in found.render()[1]


def test_the_build() -> None:
    (sample,) = families(metrics())["rivta_build_info"].samples  # type: ignore[attr-defined]
    assert (sample.labels["version"], sample.value) == (__version__, 1)
    assert sample.labels["python"] == ".".join(map(str, sys.version_info[:3]))


def test_two_gateways_in_one_process_do_not_share_anything() -> None:
    """No global registry."""
    one, other = metrics(), metrics()
    one.sources(["ok"])
    assert b'rivta_aggregation_sources_total{outcome="ok"} 1.0' in one.render()[1]
    assert b"rivta_aggregation_sources_total{" not in other.render()[1]


def test_it_can_be_written_while_calls_are_counted() -> None:
    found = metrics()
    stop, wrong = threading.Event(), list[Exception]()

    def count() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            found.sources([f"kind-{number % 500}"])

    def write() -> None:
        try:
            for _ in range(15):
                found.render()
        except RuntimeError as error:  # a dict changed its size
            wrong.append(error)

    counting, writing = threading.Thread(target=count), threading.Thread(target=write)
    counting.start()
    writing.start()
    writing.join()
    stop.set()
    counting.join()
    assert wrong == []


def test_the_client_library_waits_for_the_first_scrape() -> None:
    """It takes 35 ms to import, which a start does not pay."""
    program = "import sys, gateway.http.compose; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0
