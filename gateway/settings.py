"""The settings of a gateway process: file < environment (RIVTA_…) < flags; unknown keys are errors."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from gateway.configuration import sources
from gateway.configuration.kinds import (
    Count,
    DatabaseUrl,
    Delay,
    Factor,
    File,
    Folder,
    HeaderName,
    HeaderPattern,
    HeaderValue,
    Host,
    Hours,
    HttpUrl,
    Id,
    Limit,
    ListenPort,
    LogEvent,
    Name,
    Port,
    PortOffset,
    Processes,
    Retries,
    Seconds,
    Size,
    SubjectPattern,
    Text,
)
from gateway.configuration.rules import conflicts
from gateway.configuration.sources import PREFIX, Effective
from gateway.configuration.timeouts import ContractTimeout
from gateway.tlssettings import TlsSettings

__all__ = ("PREFIX", "Settings", "effective", "from_environment", "read")
_ADMIN_ABOVE, _LAST_PORT = 9, 65535


class Settings(TlsSettings, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What can be set, beside TLS.

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
        workers: processes that share the ports, one core each; the first has the admin port.
        log: which events are written: ``off``, ``error``, ``info``, or ``debug``, that is with their messages, in which
            person ids are masked.
        log_events: of these, only the events named.
        log_message_bytes: how much of a message is written.
        service_name: ``service.name`` in the log.
        log_format: ``json``, ``console``, or ``auto`` for console on a terminal.
        producer_port_offset: added to the ports in routing/producers.toml, so that several platforms fit on a machine.
        forwarded_proto_header, forwarded_host_header, forwarded_port_header: how a proxy in front says it is called;
            believed from allowed_ips, and written into WSDL files.
        wsdl_directory: folder with more WSDL files, beside ``wsdl/``; files and what they import must be below it.
        wsdl_json_file: JSON file that gives WSDL files other addresses than the usual, in the national form.
        admin_host, admin_port: where status, metrics and reload answer: port 0 for nowhere, none given for nine above
            ``port``, so that two gateways do not get into each other's way.
        journal: whether exchanges are kept in a database: ``off``, ``on`` without messages, ``payloads`` with them.
        journal_max_exchanges, journal_max_age_hours, journal_max_bytes: beyond these the oldest go; 0 for no limit.
        contracts_folder: where ``rivta contracts add`` puts packages, and where they are read at the start; blank for
            ``contracts/added`` in the data folder, for an installed wheel ``contracts`` in the user's state folder.
        database_url: which database; blank for an SQLite file in the user's state folder.
        catalogue: where routes and permissions come from: ``database``, the newest publication in it; ``files``, those
            in routing/; ``auto``, the database as soon as anything is published in it, until then the files.
        catalogue_url: a national catalogue to fetch routes and permissions from (SokVagvalsInfo v2), at the start and
            at each reload, in place of what ``catalogue`` says; blank for none.
        catalogue_file: where a copy of what was fetched is kept (``persistentCache``), for a start without that
            catalogue; blank for one in the user's state folder.
        catalogue_user_agent: User-Agent for that catalogue; blank for this product's, in national mode the national
            default.
        catalogue_timeout: seconds, for one question to it.
        catalogue_platform: whose orders ``rivta tak import`` takes (``tak.platform``); blank for anybody's.
        forwarded_for_header, certificate_header: in which a proxy in front passes on its caller's address, certificate.
        sender_id_pattern: regular expression over a certificate's subject (RFC 2253); its first group is the id.
        use_routing_history: whether ``x-rivta-routing-history`` is kept, and a call that comes back refused.
        sender_ids_allowed: who may name another original consumer than itself; empty for everybody.
        refuse_original_consumer: whether others that do so are refused, instead of told in the log.
        producer_timeouts: another ``producer_timeout`` for some contracts; tables in a file, JSON in the environment.
        timeout_file: JSON file with timeouts by contract in the national form (``timeout.json.file``, milliseconds);
            what ``producer_timeouts`` says counts before it.
        producer_retries: further attempts at a producer that could not be reached; in national mode also at one that
            resets the connection, though it may have done what it was asked.
        producer_retry_delay: seconds before each of them.
        producer_connections: to one producer (host and port) at once; a call beyond waits for ``connect_timeout``.
        producer_keep_alive: whether connections to producers are used again.
        producer_chunked: whether requests go out chunked, without Content-Length.
        producer_user_agent: User-Agent for producers; blank for this product's, in national mode the national default.
        producer_content_type: Content-Type for producers; SOAP 1.2 and attachments keep theirs in strict mode.
        request_headers_removed, request_headers_kept: regular expressions over whole names of the consumer's headers:
            which do not go to producers, and which of these do all the same.
        answer_headers_removed, answer_headers_kept: the same for a producer's headers on their way to the consumer.
        propagate_correlation_id_for_https: whether https producers get it; left out, in strict mode only.
        hsa_files: national HSA cache files (XML), merged in this order; none leaves everybody's parent ``SE``.
        climb_routes, climb_permissions: whether a look-up goes up the HSA tree.
        climb_routes_except, climb_permissions_except: beginnings of responder namespaces for which it is the other way.
        default_routing_delimiter: what makes an address a compound ``VG#VE``, routed by its parts; blank for never.
        default_routing_contracts, default_routing_senders: who may use compound addresses; empty for all.
        index_address, index_alternative_address: HSA-ids that the engagement index answers to; it owns what it is told
            by the first (``ei.hsa.id``, ``ei.alternative.hsa.id``).
        index_sender: whose permissions say which subscribers the index notifies (``vp.hsa.id``).
        index_reserved: further HSA-ids that no engagement may name as its logical address or source system.
        index_collect_seconds: how long single changes are collected before they are carried out; left out, 5 in
            national mode and 0, at once, in strict mode.
        index_timeout: seconds that an aggregated question waits for the index.
        index_redeliveries: how often a notification is sent again before it is put aside as a dead letter.
        index_redelivery_seconds, index_redelivery_factor: seconds until the first time, and how much longer each next
            pause is, up to ten minutes.
        bridges: whether a source without a contract is asked over a bridge with another; the national platform has
            none.
    """

    host: Host = "127.0.0.1"
    port: ListenPort = 8080
    instance_id: Id = "rivta-gateway"
    instance_name: Text = "rivta"
    mode: Literal["national", "strict"] = "strict"
    validate: Literal["off", "request", "both"] = "off"
    allowed_ips: tuple[str, ...] = ("127.0.0.1", "::1")
    max_message_bytes: Size = 15_728_640
    connect_timeout: Seconds = 2.0
    producer_timeout: Seconds = 27.0
    aggregate_timeout: Seconds = 28.0
    aggregate_address: Id = "5565594230"
    max_calls: Count = 2000
    workers: Processes = 1
    log: Literal["off", "error", "info", "debug"] = "info"
    log_events: tuple[LogEvent, ...] = ("req-in", "req-out", "resp-in", "resp-out", "error")
    log_message_bytes: Size = 65_536
    service_name: Name = "rivta-gateway"
    log_format: Literal["auto", "json", "console"] = "auto"
    producer_port_offset: PortOffset = 0
    forwarded_proto_header: HeaderName = "X-VP-Forwarded-Proto"
    forwarded_host_header: HeaderName = "X-VP-Forwarded-Host"
    forwarded_port_header: HeaderName = "X-VP-Forwarded-Port"
    wsdl_directory: Folder = ""
    wsdl_json_file: File = ""
    admin_host: Host = "127.0.0.1"
    admin_port: Port | None = None
    journal: Literal["off", "on", "payloads"] = "off"
    journal_max_exchanges: Limit = 10_000
    journal_max_age_hours: Hours = 168.0
    journal_max_bytes: Limit = 268_435_456
    contracts_folder: Text = ""
    database_url: DatabaseUrl = ""
    catalogue: Literal["auto", "files", "database"] = "auto"
    catalogue_url: HttpUrl = ""
    catalogue_file: Text = ""
    catalogue_user_agent: HeaderValue = ""
    catalogue_timeout: Seconds = 60.0
    catalogue_platform: Text = ""
    forwarded_for_header: HeaderName = "X-Forwarded-For"
    certificate_header: HeaderName = "x-vp-auth-cert"
    sender_id_pattern: SubjectPattern = "(?:2.5.4.5|SERIALNUMBER)=([^,]+)"
    use_routing_history: bool = True
    sender_ids_allowed: tuple[Text, ...] = ()
    refuse_original_consumer: bool = False
    producer_timeouts: tuple[ContractTimeout, ...] = ()
    timeout_file: File = ""
    producer_retries: Retries = 1
    producer_retry_delay: Delay = 2.0
    producer_connections: Count = 1000
    producer_keep_alive: bool = True
    producer_chunked: bool = False
    producer_user_agent: HeaderValue = ""
    producer_content_type: Id = "text/xml;charset=UTF-8"
    request_headers_removed: HeaderPattern = (
        "x-vp.*|PEER_CERTIFICATES|X-Forwarded.*|MULE_.*|X-MULE_.*|Connection|accept-encoding"
        "|X-Forwarded-Tls-Client-Cert"
    )
    request_headers_kept: HeaderPattern = ""
    answer_headers_removed: HeaderPattern = (
        "SOAPAction|MULE_.*|X-MULE_.*|LOCAL_CERTIFICATE|PEER_CERTIFICATES|http.method"
    )
    answer_headers_kept: HeaderPattern = ""
    propagate_correlation_id_for_https: bool | None = None
    hsa_files: tuple[File, ...] = ()
    climb_routes: bool = True
    climb_permissions: bool = True
    climb_routes_except: tuple[Text, ...] = ()
    climb_permissions_except: tuple[Text, ...] = ()
    default_routing_delimiter: str = "#"
    default_routing_contracts: tuple[Text, ...] = ()
    default_routing_senders: tuple[Text, ...] = ()
    index_address: Id = "5565594230"
    index_alternative_address: Text = ""
    index_sender: Id = "SE5565594230-RIVTAEI"
    index_reserved: tuple[Text, ...] = ()
    index_collect_seconds: Delay | None = None
    index_timeout: Seconds = 20.0
    index_redeliveries: Retries = 5
    index_redelivery_seconds: Seconds = 1.0
    index_redelivery_factor: Factor = 3.0
    bridges: bool = True

    def admin(self) -> int:
        """The admin listener's port, 0 for none."""
        return min(self.port + _ADMIN_ABOVE, _LAST_PORT) if self.admin_port is None else self.admin_port

    def by_mode(self, chosen: bool | None) -> bool:
        """A setting that, left out, is on in strict mode and off in national mode."""
        return self.mode == "strict" if chosen is None else chosen


def effective(path: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any]) -> Effective[Settings]:
    """The settings that count, each with where it came from; arguments and errors are those of ``read``."""
    return sources.effective(Settings, path, environment, flags, conflicts)


def read(path: Path | None, environment: Mapping[str, str], flags: Mapping[str, Any]) -> Settings:
    """The effective settings.

    Args:
        path: a TOML file, or None.
        environment: usually ``os.environ``; names ``RIVTA_PORT`` and the like, lists separated by commas.
        flags: values given on the command line; None means not given.

    Raises:
        DataError: an unknown key or a wrong value, wherever it came from; a SettingsError has all of them.
    """
    return effective(path, environment, flags).settings


def from_environment(path: Path | None = None, **flags: Any) -> Settings:
    """``read`` with this process's environment."""
    return read(path, os.environ, flags)
