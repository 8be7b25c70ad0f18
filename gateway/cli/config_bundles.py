"""The national platform's TLS towards producers (``vp.tls.*`` and the SSL bundles that it names) as settings."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_DEFAULT = "vp.tls.default-config."
_OVERRIDE = re.compile(r"vp\.tls\.overrides\[(\d+)\]\.(.+)", re.IGNORECASE)
_BUNDLE = re.compile(r"spring\.ssl\.bundle\.pem\.([^.]+)\.(.+)", re.IGNORECASE)
_PARTS = {"keystore.certificate": "certificate", "keystore.privatekey": "key", "truststore.certificate": "ca"}
_PASSWORD = "keystore.privatekeypassword"  # noqa: S105 - a name
_MATCHES = {"match.domainname": "domain_name", "match.domainsuffix": "domain_suffix"}
_SPOKEN = {"tlsv1.2": "1.2", "tlsv1.3": "1.3"}
_NO_FILE = re.compile(r"classpath:|-----BEGIN")
_SPLIT = re.compile(r"[,\s]+")

Properties = Mapping[str, str]


class Found(NamedTuple):
    """Settings, and what could not be carried over, each with the reason."""

    values: dict[str, Any]
    left: list[tuple[str, str]]


def tls(properties: Properties) -> Found:
    """``producer_tls_…`` and ``producer_tls_overrides``."""
    left: list[tuple[str, str]] = []
    stores: dict[str, dict[str, str]] = {}
    default: dict[str, str] = {}
    overrides: dict[int, dict[str, str]] = {}
    for name, value in properties.items():
        if found := _BUNDLE.fullmatch(name):
            stores.setdefault(found[1], {})[_plain(found[2])] = value
        elif name.lower().startswith(_DEFAULT):
            default[_plain(name[len(_DEFAULT) :])] = value
        elif found := _OVERRIDE.fullmatch(name):
            overrides.setdefault(int(found[1]), {})[_plain(found[2])] = value
    values = {f"producer_tls_{name}": value for name, value in _common(_DEFAULT, default, stores, left).items()}
    rows = []
    for number, given in sorted(overrides.items()):
        row: dict[str, Any] = {"name": given.get("name", f"override {number}")}
        row |= {ours: given[theirs] for theirs, ours in _MATCHES.items() if theirs in given}
        if given.get("match.port", "").isdecimal():
            row["port"] = int(given["match.port"])
        rows.append(row | _common(f"vp.tls.overrides[{number}].", given, stores, left))
    return Found(values | ({"producer_tls_overrides": rows} if rows else {}), left)


def _common(
    place: str, given: Properties, stores: Mapping[str, Properties], left: list[tuple[str, str]]
) -> dict[str, str]:
    """What the default and an override have alike."""
    found = dict(_versions(place, given, left))
    if ciphers := [*_words(given.get("ciphersuitesinclude")), *_left_out(given.get("ciphersuitesexclude"))]:
        found["ciphers"] = ":".join(ciphers)
    bundle = given.get("bundle")
    if bundle is None:
        return found
    if bundle not in stores:
        left.append((f"{place}bundle", f"the bundle {bundle} is not in this file as PEM: name its files"))
        return found
    for theirs, ours in _PARTS.items():
        path = stores[bundle].get(theirs, "").removeprefix("file:")
        if _NO_FILE.match(path):
            left.append((f"{place}bundle", f"{theirs} of {bundle} is no path; put it in a file and name that"))
        elif path:
            found[ours] = path
    if stores[bundle].get(_PASSWORD):
        left.append((f"{place}bundle", f"the password of {bundle} is a secret: set key_password yourself"))
    return found


def _versions(place: str, given: Properties, left: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    include, exclude = _words(given.get("protocolsinclude")), _words(given.get("protocolsexclude"))
    if not include and not exclude:
        return
    wanted = [each.lower() for each in include] or list(_SPOKEN)
    spoken = sorted(_SPOKEN[each] for each in wanted if each in _SPOKEN and each not in map(str.lower, exclude))
    if not spoken:
        left.append((f"{place}protocols", "neither TLSv1.2 nor TLSv1.3 is left, and older ones are not spoken here"))
        return
    yield "minimum", spoken[0]
    if spoken[-1] != max(_SPOKEN.values()):
        yield "maximum", spoken[-1]


def _left_out(written: str | None) -> list[str]:
    return [f"!{each}" for each in _words(written)]


def _words(written: str | None) -> list[str]:
    return [each for each in _SPLIT.split(written or "") if each]


def _plain(name: str) -> str:
    """Spring binds ``private-key`` and ``privateKey`` alike."""
    return name.replace("-", "").lower()
