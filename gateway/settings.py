"""The settings of a gateway process: file < environment (RIVTA_…) < flags; unknown keys are errors."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from gateway.errors import DataError
from gateway.tlssettings import TlsOverride, TlsVersion
from gateway.tomlfile import load

PREFIX = "RIVTA_"
_ADMIN_ABOVE, _LAST_PORT = 9, 65535
_NOT_SETTINGS = ("RIVTA_DATA", "RIVTA_LANG")  # read where they are needed, by commands that have no gateway


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What can be set.

    Attributes:
        host: address to listen on.
        port: TCP port of the plain listener.
        instance_id: this platform's id (``vp.instance.id``); callers that name it may set ``x-vp-sender-id``.
        instance_name: shown in fault texts, ``VP004 [name] …``.
        mode: ``national`` answers exactly as the national platform; ``strict`` also refuses what it lets slip.
        validate: which messages of routed calls are checked against the contract's schema.
        allowed_ips: who may call the plain listener: addresses and networks, in national mode beginnings of addresses.
        max_message_bytes: largest request or answer, bytes.
        connect_timeout, producer_timeout: seconds, for one call to a producer.
        aggregate_timeout: seconds, for a whole aggregated question.
        aggregate_address: the logical address of the aggregating service itself.
        max_calls: calls under way at once before new ones are refused.
        log: which events are written: ``off``, ``error`` or ``info``.
        log_format: ``json``, ``console``, or ``auto`` for console on a terminal.
        producer_port_offset: added to the ports in routing/producers.toml, so that several platforms fit on a machine.
        forwarded_proto_header, forwarded_host_header, forwarded_port_header: how a proxy in front says it is called;
            believed from allowed_ips, and written into WSDL files.
        admin_host, admin_port: where status, metrics and reload answer: port 0 for nowhere, none given for nine above
            ``port``, so that two gateways do not get into each other's way.
        journal: whether exchanges are kept in a database: ``off``, ``on`` without messages, ``payloads`` with them.
        journal_max_exchanges, journal_max_age_hours, journal_max_bytes: beyond these the oldest go; 0 for no limit.
        database_url: which database; blank for an SQLite file in the user's state folder.
        forwarded_for_header, certificate_header: in which a proxy in front passes on its caller's address, certificate.
        sender_id_pattern: regular expression over a certificate's subject (RFC 2253); its first group is the id.
        use_routing_history: whether ``x-rivta-routing-history`` is kept, and a call that comes back refused.
        sender_ids_allowed: who may name another original consumer than itself; empty for everybody.
        refuse_original_consumer: whether others that do so are refused, instead of told in the log.
        tls_port: TCP port of the TLS listener, which asks every caller for a certificate; 0 for none.
        tls_certificate, tls_key, tls_key_password: PEM files of its own certificate, chain included, and of the key.
        tls_client_ca: PEM file of the authorities whose certificates callers may have.
        tls_minimum: the oldest TLS version, for both directions: ``1.2`` or ``1.3``.
        producer_tls_certificate, producer_tls_key, producer_tls_key_password: what producers are shown, if they ask.
        producer_tls_ca: PEM file of the authorities that producers may have; blank for those of the machine.
        producer_verify_host: whether a producer's certificate must have its host name; left out, in strict mode only.
        producer_tls_overrides: other TLS settings for some producers, the first that matches; tables in a file, JSON in
            the environment.
        propagate_correlation_id_for_https: whether https producers get it; left out, in strict mode only.
        hsa_files: national HSA cache files (XML), merged in this order; none leaves everybody's parent ``SE``.
        climb_routes, climb_permissions: whether a look-up goes up the HSA tree.
        climb_routes_except, climb_permissions_except: beginnings of responder namespaces for which it is the other way.
        default_routing_delimiter: what makes an address a compound ``VG#VE``, routed by its parts; blank for never.
        default_routing_contracts, default_routing_senders: who may use compound addresses; empty for all.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    instance_id: str = "rivta-gateway"
    instance_name: str = "rivta"
    mode: Literal["national", "strict"] = "strict"
    validate: Literal["off", "request", "both"] = "off"
    allowed_ips: tuple[str, ...] = ("127.0.0.1", "::1")
    max_message_bytes: int = 15_728_640
    connect_timeout: float = 2.0
    producer_timeout: float = 27.0
    aggregate_timeout: float = 28.0
    aggregate_address: str = "5565594230"
    max_calls: int = 2000
    log: Literal["off", "error", "info"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    producer_port_offset: int = 0
    forwarded_proto_header: str = "X-VP-Forwarded-Proto"
    forwarded_host_header: str = "X-VP-Forwarded-Host"
    forwarded_port_header: str = "X-VP-Forwarded-Port"
    admin_host: str = "127.0.0.1"
    admin_port: int | None = None
    journal: Literal["off", "on", "payloads"] = "off"
    journal_max_exchanges: int = 10_000
    journal_max_age_hours: float = 168.0
    journal_max_bytes: int = 268_435_456
    database_url: str = ""
    forwarded_for_header: str = "X-Forwarded-For"
    certificate_header: str = "x-vp-auth-cert"
    sender_id_pattern: str = "(?:2.5.4.5|SERIALNUMBER)=([^,]+)"
    use_routing_history: bool = True
    sender_ids_allowed: tuple[str, ...] = ()
    refuse_original_consumer: bool = False
    tls_port: int = 0
    tls_certificate: str = ""
    tls_key: str = ""
    tls_key_password: str = ""
    tls_client_ca: str = ""
    tls_minimum: TlsVersion = "1.2"
    producer_tls_certificate: str = ""
    producer_tls_key: str = ""
    producer_tls_key_password: str = ""
    producer_tls_ca: str = ""
    producer_verify_host: bool | None = None
    producer_tls_overrides: tuple[TlsOverride, ...] = ()
    propagate_correlation_id_for_https: bool | None = None
    hsa_files: tuple[str, ...] = ()
    climb_routes: bool = True
    climb_permissions: bool = True
    climb_routes_except: tuple[str, ...] = ()
    climb_permissions_except: tuple[str, ...] = ()
    default_routing_delimiter: str = "#"
    default_routing_contracts: tuple[str, ...] = ()
    default_routing_senders: tuple[str, ...] = ()

    def admin(self) -> int:
        """The admin listener's port, 0 for none."""
        return min(self.port + _ADMIN_ABOVE, _LAST_PORT) if self.admin_port is None else self.admin_port

    def by_mode(self, chosen: bool | None) -> bool:
        """A setting that, left out, is on in strict mode and off in national mode."""
        return self.mode == "strict" if chosen is None else chosen


def read(path: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """The effective settings.

    Args:
        path: a TOML file, or None.
        environment: usually ``os.environ``; names ``RIVTA_PORT`` and the like, lists separated by commas.
        flags: values given on the command line; None means not given.

    Raises:
        DataError: an unknown key or a wrong value, wherever it came from.
    """
    base = msgspec.structs.asdict(load(path, Settings)) if path else {}
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    for name, value in environment.items():
        if not name.startswith(PREFIX) or name in _NOT_SETTINGS:
            continue
        key = name.removeprefix(PREFIX).lower()
        if key not in fields:
            raise DataError(Path(name), 0, f"unknown setting; known are {', '.join(sorted(fields))}")
        base[key] = _items(value) if isinstance(fields[key].default, tuple) else value
    base.update({key: value for key, value in flags.items() if value is not None})
    try:
        return msgspec.convert(base, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise DataError(path or Path("settings"), 0, str(error)) from None


def _items(value: str) -> Any:
    if value.lstrip().startswith("[{"):  # tables
        try:
            return msgspec.json.decode(value)
        except msgspec.DecodeError as error:
            raise DataError(Path("settings"), 0, f"neither a list nor JSON: {error}") from None
    return [item.strip() for item in value.split(",") if item.strip()]


def from_environment(path: Path | None = None, **flags: Any) -> Settings:
    """``read`` with this process's environment."""
    return read(path, os.environ, flags)
