"""Settings that are right one by one, and yet do not fit together.

Typed loosely: these modules stand below the record of the settings, which uses them.
"""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from gateway.configuration.sources import Conflict

_HEADERS = (
    "forwarded_for_header", "certificate_header", "forwarded_proto_header", "forwarded_host_header",
    "forwarded_port_header",
)  # fmt: skip
_BEGINNING = frozenset("0123456789abcdefABCDEF.:")


def conflicts(settings: Any) -> Iterator[Conflict]:
    """Everything that does not fit together in a gateway's settings."""
    yield from _ports(settings)
    yield from _addresses(settings)
    yield from _times(settings)
    yield from _headers(settings)
    yield from _listener_tls(settings)
    yield from _producer_tls(settings)


def _ports(settings: Any) -> Iterator[Conflict]:
    same_host = settings.tls_host in ("", settings.host)
    if settings.tls_port == settings.port and same_host:
        problem = f"tls_port and port are both {settings.port}. Expected two different ports"
        yield Conflict(("tls_port", "port"), problem)
    for name in ("port", "tls_port"):
        if settings.admin_port and settings.admin_port == getattr(settings, name):
            problem = f"admin_port and {name} are both {settings.admin_port}. Expected two different ports"
            yield Conflict(("admin_port", name), problem)


def _addresses(settings: Any) -> Iterator[Conflict]:
    for entry in filter(None, map(str.strip, settings.allowed_ips)):
        if settings.mode == "national":
            if not _BEGINNING.issuperset(entry):
                why = "is no beginning of an address"
                yield Conflict(("allowed_ips",), f"allowed_ips: {entry!r} {why}. Expected one such as 10.0.0. or ::1")
            continue
        try:
            ip_network(entry)
        except ValueError as error:
            why = f"allowed_ips: {error}. Expected addresses and networks such as 10.0.0.0/8"
            yield Conflict(("allowed_ips",), f"{why}; beginnings count in national mode only")


def _times(settings: Any) -> Iterator[Conflict]:
    whole, one = settings.aggregate_timeout, settings.producer_timeout
    if one >= whole:
        problem = (
            f"producer_timeout is {one:g} s and aggregate_timeout {whole:g} s. Expected the first to be shorter, or a "
            "question to many ends before its slowest source is told to be late"
        )
        yield Conflict(("aggregate_timeout", "producer_timeout"), problem)


def _headers(settings: Any) -> Iterator[Conflict]:
    seen: dict[str, str] = {}
    for name in _HEADERS:
        written = getattr(settings, name)
        other = seen.setdefault(written.lower(), name)
        if other != name:
            problem = f"{other} and {name} are both {written}. Expected a header of its own for each"
            yield Conflict((name, other), problem)


def _listener_tls(settings: Any) -> Iterator[Conflict]:
    if settings.tls_port:
        missing = [name for name in ("tls_certificate", "tls_key", "tls_client_ca") if not getattr(settings, name)]
        if missing:
            yield Conflict(("tls_port",), f"tls_port is set, but not {', '.join(missing)}; try: rivta certs")
    yield from _pair(settings, "tls_")
    yield from _span("tls_minimum", settings.tls_minimum, "tls_maximum", settings.tls_maximum)


def _producer_tls(settings: Any) -> Iterator[Conflict]:
    yield from _pair(settings, "producer_tls_")
    lowest = settings.producer_tls_minimum or settings.tls_minimum
    yield from _span("producer_tls_minimum", lowest, "producer_tls_maximum", settings.producer_tls_maximum)
    names = [override.name for override in settings.producer_tls_overrides]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        problem = f"Duplicate TLS configuration names found: {', '.join(twice)}"
        yield Conflict(("producer_tls_overrides",), problem)
    for override in settings.producer_tls_overrides:
        for problem in _override(override, strict=settings.mode == "strict"):
            yield Conflict(("producer_tls_overrides",), f"producer_tls_overrides: {override.name} {problem}")


def _override(override: Any, *, strict: bool) -> Iterator[str]:
    if strict and not (override.domain_name or override.domain_suffix):
        yield "needs domain_name or domain_suffix; without, it is for nobody"
    if override.key and not override.certificate:
        yield "has a key without a certificate"
    if override.maximum and override.minimum > override.maximum:
        yield f"has minimum {override.minimum} above maximum {override.maximum}"


def _pair(settings: Any, prefix: str) -> Iterator[Conflict]:
    certificate, key = getattr(settings, f"{prefix}certificate"), getattr(settings, f"{prefix}key")
    if key and not certificate:
        yield Conflict((f"{prefix}key",), f"{prefix}key is set, but not {prefix}certificate")
    if getattr(settings, f"{prefix}key_password") and not (key or certificate):
        yield Conflict((f"{prefix}key_password",), f"{prefix}key_password is set, but not {prefix}key")


def _span(low: str, lowest: str, high: str, highest: str) -> Iterator[Conflict]:
    if highest and lowest > highest:
        yield Conflict((high, low), f"{low} is {lowest} and {high} {highest}. Expected the minimum not to be above it")
