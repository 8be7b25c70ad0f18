"""The settings of a gateway process: file < environment (RIVTA_…) < flags; unknown keys are errors."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from gateway.errors import DataError
from gateway.tomlfile import load

PREFIX = "RIVTA_"
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
        allowed_ips: addresses that may call the plain listener.
        max_message_bytes: largest request or answer, bytes.
        connect_timeout, producer_timeout: seconds, for one call to a producer.
        aggregate_timeout: seconds, for a whole aggregated question.
        aggregate_address: the logical address of the aggregating service itself.
        max_calls: calls under way at once before new ones are refused.
        log: which events are written: ``off``, ``error`` or ``info``.
        log_format: ``json``, ``console``, or ``auto`` for console on a terminal.
        producer_port_offset: added to the ports in routing/producers.toml, so that several platforms fit on a machine.
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


def _items(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]


def from_environment(path: Path | None = None, **flags: Any) -> Settings:
    """``read`` with this process's environment."""
    return read(path, os.environ, flags)
