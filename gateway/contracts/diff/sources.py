"""Where a version of contracts is read from: a folder, a zip file, or a revision in git."""

import io
import subprocess
import tarfile
from pathlib import Path

from gateway.contracts.packageerror import PackageError
from gateway.contracts.packages.archive import LARGEST_FILE, LARGEST_TOTAL, MOST_FILES, read
from gateway.contracts.schemaset import SchemaSet

_KINDS = (".xsd", ".wsdl")
_GIT_SECONDS = 30


def load(named: str) -> SchemaSet:
    """The schemas and WSDL files of what a user named.

    Args:
        named: a folder, a zip file, ``REVISION:FOLDER`` (``HEAD~1:xsd``), or ``REVISION`` for the whole of it.

    Raises:
        PackageError: there is no such thing, or it holds no readable schemas.
    """
    path = Path(named)
    files = _folder(path) if path.is_dir() else read(path) if path.exists() else _revision(named)
    found = SchemaSet({name: content for name, content in files.items() if name.lower().endswith(_KINDS)})
    if not found.documents:
        raise PackageError("no_schemas", named)
    return found


def _folder(path: Path) -> dict[str, bytes]:
    """The schemas below a folder; other files, which may be many in a checkout, are not read."""
    found = sorted(file for kind in _KINDS for file in path.rglob(f"*{kind}") if file.is_file())
    inside = [file for file in found if not any(part.startswith(".") for part in file.relative_to(path).parts)]
    if len(inside) > MOST_FILES:
        raise PackageError("many", str(path), limit=MOST_FILES)
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in inside}


def _revision(named: str) -> dict[str, bytes]:
    revision, _, folder = named.partition(":")
    if not revision or revision.startswith("-"):
        raise PackageError("nothing", named)
    command = ["git", "archive", "--format=tar", revision, *([folder] if folder.strip("./") else [])]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_SECONDS, check=False)  # noqa: S603 - no shell
    except (OSError, subprocess.TimeoutExpired):
        raise PackageError("nothing", named) from None
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise PackageError("no_revision", named, why=why)
    return _tar(named, done.stdout)


def _tar(named: str, content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if not member.isfile() or not member.name.lower().endswith(_KINDS):
                continue
            if member.size > LARGEST_FILE or len(found) > MOST_FILES or len(content) > 10 * LARGEST_TOTAL:
                raise PackageError("large", member.name, size=member.size, limit=LARGEST_FILE)
            file = archive.extractfile(member)
            assert file is not None
            found[member.name] = file.read()
    return found
