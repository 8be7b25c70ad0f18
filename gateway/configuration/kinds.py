"""What a setting may be: types with limits, a check for what no limit can say, and how a secret is shown.

The description of a type says what is allowed, in the words of an error message: ``Expected a port, 0 to 65535``.
"""

import re
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

HIDDEN = "***"
_DAY = 86_400
_YEAR_HOURS = 8_784
_MOST_BYTES = 1 << 40
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?")
_PASSWORD = re.compile(r"((?://|^)[^:@/]*):(?!//)[^@]*@|([?&]password=)[^&#]*")
_PLAIN = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
_DRIVER = re.compile(r"[a-z][a-z0-9]*(\+[a-z][a-z0-9]*)?")
_VISIBLE = re.compile("[!-~]+")


def without_password(url: str) -> str:
    """A database URL, or what should be one, without its password, wherever it stands."""
    return _PASSWORD.sub(lambda found: f"{found[2]}{HIDDEN}" if found[2] else f"{found[1]}:{HIDDEN}@", url)


def _host(value: str) -> None:
    try:
        ip_address(value)
    except ValueError:
        if not _HOST.fullmatch(value):
            raise ValueError("not a name or address") from None


def _other_host(value: str) -> None:
    if value:
        _host(value)


def _subject_pattern(value: str) -> None:
    try:
        groups = re.compile(value).groups
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    if not groups:
        raise ValueError("no group ( ) around the id")


def _header_pattern(value: str) -> None:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None


def _database(value: str) -> None:
    try:
        scheme = urlsplit(value).scheme
    except ValueError as error:
        raise ValueError(str(error)) from None
    if value and not ("://" in value and _DRIVER.fullmatch(scheme)):
        raise ValueError("no URL")


def _http_url(value: str) -> None:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(str(error)) from None
    if value and not (usable and _VISIBLE.fullmatch(value)):
        raise ValueError("no http or https URL")


ListenPort = Annotated[int, Meta(ge=1, le=65535, description="a port, 1 to 65535")]
Port = Annotated[int, Meta(ge=0, le=65535, description="a port, 1 to 65535, or 0 for none")]
PortOffset = Annotated[int, Meta(ge=0, le=50_000, description="a whole number, 0 to 50000")]
Processes = Annotated[int, Meta(ge=1, le=64, description="a whole number, 1 to 64")]
Count = Annotated[int, Meta(ge=1, le=1_000_000, description="a whole number, 1 to 1000000")]
Limit = Annotated[int, Meta(ge=0, le=_MOST_BYTES, description="a whole number, 0 for no limit")]
Size = Annotated[int, Meta(ge=1024, le=2**31 - 1, description="bytes, 1024 to 2147483647")]
Seconds = Annotated[float, Meta(gt=0, le=_DAY, description=f"seconds, more than 0 and at most {_DAY}")]
Delay = Annotated[float, Meta(ge=0, le=_DAY, description=f"seconds, 0 to {_DAY}")]
Factor = Annotated[float, Meta(ge=1, le=100, description="a number, 1 to 100")]
Retries = Annotated[int, Meta(ge=0, le=10, description="a whole number, 0 to 10")]
Hours = Annotated[float, Meta(ge=0, le=_YEAR_HOURS * 100, description="hours, 0 for no limit")]
Host = Annotated[str, Meta(description="a host name or an IP address", extra={"check": _host})]
OtherHost = Annotated[
    str, Meta(description="a host name or an IP address, or blank for the same", extra={"check": _other_host})
]
HeaderName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
        description="the name of an HTTP header: letters, digits and hyphens, without blanks (RFC 9110 5.1)",
    ),
]
HeaderValue = Annotated[
    str, Meta(pattern=r"^([!-~]([ -~]*[!-~])?)?$", description="ASCII characters, no blanks at the ends, or blank")
]
HeaderPattern = Annotated[
    str, Meta(description="a regular expression that fits whole header names", extra={"check": _header_pattern})
]
Id = Annotated[
    str, Meta(pattern=r"^[!-~]([ -~]*[!-~])?$", description="one or more ASCII characters, no blanks at the ends")
]
Text = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*$", description="text on one line")]
Name = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+$", description="text on one line, not blank")]
File = Annotated[str, Meta(description="the path of a file, or blank", extra={"exists": Path.is_file})]
Folder = Annotated[str, Meta(description="the path of a folder, or blank", extra={"exists": Path.is_dir})]
Secret = Annotated[str, Meta(description="text", extra={"mask": lambda value: HIDDEN if value else ""})]
DatabaseUrl = Annotated[
    str,
    Meta(
        description="a database URL such as postgresql://user@host/name or sqlite:///file, or blank",
        extra={"check": _database, "mask": without_password},
    ),
]
HttpUrl = Annotated[
    str,
    Meta(description="a URL that begins with http:// or https://, or blank", extra={"check": _http_url}),
]
SubjectPattern = Annotated[
    str,
    Meta(
        description="a regular expression with a group ( ) around the id, such as SERIALNUMBER=([^,]+)",
        extra={"check": _subject_pattern},
    ),
]


def allowed(kind: Any) -> str:
    """What a type lets a value be, for an error message: ``one of national, strict``, ``a port, 1 to 65535``."""
    bare, notes = unwrapped(kind)
    for note in notes:
        if note.description:
            return note.description
    origin, arguments = get_origin(bare), get_args(bare)
    if origin is Literal:
        return f"one of {', '.join(each or 'blank' for each in arguments)}"
    if origin in (UnionType, Union):
        return " or ".join(allowed(each) for each in arguments if each is not NoneType)
    if origin is tuple:
        return f"a list, of {allowed(arguments[0])}"
    return _PLAIN.get(bare, "a table")


def unwrapped(kind: Any) -> tuple[Any, list[Meta]]:
    """A type without its annotations, and these."""
    if get_origin(kind) is Annotated:
        inner, *notes = get_args(kind)
        return inner, [note for note in notes if isinstance(note, Meta)]
    return kind, []


def extra(kind: Any, name: str) -> Callable[[Any], Any] | None:
    """The function ``check``, ``mask`` or ``exists`` of a type."""
    for note in unwrapped(kind)[1]:
        if note.extra and name in note.extra:
            found: Callable[[Any], Any] = note.extra[name]
            return found
    return None


def inner(kind: Any, step: str | int) -> Any:
    """The type below another: of a list's items, or of a record's field; None when there is none."""
    bare = unwrapped(kind)[0]
    if isinstance(step, int):
        return get_args(bare)[0] if get_origin(bare) in (tuple, list) else None
    fields = msgspec.structs.fields(bare) if _is_record(bare) else ()
    return next((field.type for field in fields if field.name == step), None)


def leaves(value: Any, kind: Any) -> Iterator[tuple[tuple[str | int, ...], Any, Any]]:
    """Every value in a converted value that has no others in it: the way to it, the value and its type."""
    bare = unwrapped(kind)[0]
    below: list[tuple[str | int, Any, Any]]
    if get_origin(bare) is tuple:
        below = [(index, item, inner(bare, index)) for index, item in enumerate(value)]
    elif _is_record(bare):
        below = [(field.name, getattr(value, field.name), field.type) for field in msgspec.structs.fields(bare)]
    else:
        yield (), value, kind
        return
    for step, item, item_kind in below:
        yield from (((step, *way), leaf, leaf_kind) for way, leaf, leaf_kind in leaves(item, item_kind))


def check(value: Any, kind: Any) -> tuple[tuple[str | int, ...], str] | None:
    """Where in a converted value, and why, a check of its type fails; None when all is well."""
    for way, leaf, leaf_kind in leaves(value, kind):
        if look := extra(leaf_kind, "check"):
            try:
                look(leaf)
            except ValueError as error:
                return way, str(error)
    return None


def is_missing(value: Any, kind: Any) -> bool:
    """Whether a value names a file or folder, and nothing is there."""
    exists = extra(kind, "exists")
    return bool(exists and value and not exists(Path(value)))


def masked(value: Any, kind: Any) -> Any:
    """A value as plain data, its secrets hidden. What has not the form of its type is left as it is."""
    if mask := extra(kind, "mask"):
        return mask(value) if isinstance(value, str) else HIDDEN
    bare = unwrapped(kind)[0]
    if get_origin(bare) is tuple and isinstance(value, list | tuple):
        return [masked(item, inner(bare, index)) for index, item in enumerate(value)]
    if _is_record(bare):
        plain = msgspec.structs.asdict(value) if isinstance(value, msgspec.Struct) else value
        if isinstance(plain, dict):
            return {name: masked(item, inner(bare, name)) for name, item in plain.items()}
        return HIDDEN  # not what it should be, and who knows what is in it
    return value


def is_secret(kind: Any) -> bool:
    """Whether a value of this type, or a part of it, must not be shown."""
    bare = unwrapped(kind)[0]
    if extra(kind, "mask"):
        return True
    if get_origin(bare) is tuple:
        return is_secret(inner(bare, 0))
    return _is_record(bare) and any(is_secret(field.type) for field in msgspec.structs.fields(bare))


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


LogEvent = Literal["req-in", "req-out", "resp-in", "resp-out", "error"]
