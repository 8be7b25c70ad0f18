"""The files of a package, from a folder or a zip file. Nothing is unpacked to disk, so that no name can lead astray.

What an attacker may do with an archive is refused before a byte of it is used: names that climb (``..``), absolute
names and drive letters, links, too many files, files that are too large, and contents that are much larger unpacked.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.contracts.packageerror import PackageError

MOST_FILES: Final = 5_000
LARGEST_FILE: Final = 20 * 1024 * 1024  # bytes; a TKB with pictures has a few million
LARGEST_TOTAL: Final = 100 * 1024 * 1024
HIGHEST_RATIO: Final = 200  # unpacked to packed; schemas have about 10
_SMALL = 1024 * 1024  # bytes below which the ratio does not matter
_CHUNK = 65_536
_SKIPPED = ("__MACOSX", "Thumbs.db")


def read(path: Path) -> dict[str, bytes]:
    """Every file by its path below the package, with ``/``, sorted; what a system adds by itself is left out.

    Raises:
        PackageError: neither a folder nor a zip file, or one that must not be opened.
    """
    if path.is_dir():
        return dict(sorted(_folder(path)))
    if not path.exists():
        raise PackageError("nothing", str(path))
    try:
        with zipfile.ZipFile(path) as archive:
            return dict(sorted(_zip(path.name, archive)))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, zlib.error) as error:
        raise PackageError("no_zip", path.name, why=error) from None
    except (OSError, ValueError) as error:
        raise PackageError("unreadable", path.name, why=error) from None


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    total = count = 0
    for folder, folders, names in path.walk() if hasattr(path, "walk") else _walk(path):
        folders[:] = sorted(name for name in folders if not _unwanted(name))
        for name in sorted(names):
            file = folder / name
            if _unwanted(name):
                continue
            where = file.relative_to(path).as_posix()
            if file.is_symlink():
                raise PackageError("link", where)
            if not file.is_file():
                raise PackageError("special", where)
            count, total = count + 1, total + file.stat().st_size
            _limits(path.name, where, count, file.stat().st_size, total)
            yield where, file.read_bytes()
        for name in folders:
            if (folder / name).is_symlink():
                raise PackageError("link", (folder / name).relative_to(path).as_posix())


def _walk(path: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """``Path.walk`` of Python 3.12."""
    import os

    for folder, folders, names in os.walk(path):
        yield Path(folder), folders, names


def _zip(package: str, archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    seen: dict[str, str] = {}
    total = 0
    members = archive.infolist()
    for count, member in enumerate(members, 1):
        name = _name(member)
        if member.is_dir() or any(_unwanted(part) for part in name.split("/")):
            continue
        if other := seen.get(name.lower()):
            raise PackageError("twice", name, other=other)
        seen[name.lower()] = name
        total += member.file_size
        _limits(package, name, count, member.file_size, total)
        if member.file_size > _SMALL and member.file_size > HIGHEST_RATIO * max(member.compress_size, 1):
            raise PackageError("ratio", name, ratio=member.file_size // max(member.compress_size, 1))
        yield name, _content(archive, member, name)


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """A member's bytes; never more than its directory entry promises, which may lie."""
    if member.flag_bits & 0x1:
        raise PackageError("encrypted", name)
    found = bytearray()
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            found += chunk
            if len(found) > member.file_size:
                raise PackageError("lies", name)
    return bytes(found)


def _name(member: zipfile.ZipInfo) -> str:
    """A member's name, refused when it could lead out of a folder; old Windows tools write ``\\``."""
    name = member.orig_filename.replace("\\", "/")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise PackageError("link", name)
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or ":" in name or "\0" in name:
        raise PackageError("slip", name.replace("\0", "\\0"))
    return "/".join(part for part in parts if part not in ("", "."))


def _limits(package: str, name: str, count: int, size: int, total: int) -> None:
    if count > MOST_FILES:
        raise PackageError("many", package, limit=MOST_FILES)
    if size > LARGEST_FILE:
        raise PackageError("large", name, size=size, limit=LARGEST_FILE)
    if total > LARGEST_TOTAL:
        raise PackageError("total", package, limit=LARGEST_TOTAL)


def _unwanted(name: str) -> bool:
    return name.startswith(".") or name in _SKIPPED
