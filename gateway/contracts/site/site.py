"""The whole site: its files by path, and how they are put into a folder."""

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from gateway import texts
from gateway.contracts.diff.package import Pair, compare
from gateway.contracts.packageerror import PackageError
from gateway.contracts.schemaset import SchemaSet
from gateway.contracts.site.content import Content
from gateway.contracts.site.pages import Pages
from gateway.contracts.site.parties import Parties
from gateway.contracts.site.samples import Examples
from gateway.contracts.site.subject import Subject

LIST: Final = "site.txt"  # the names of the files; a folder that has it is a site, and may be written anew


def build(
    subjects: Iterable[Subject],
    examples: Path,
    parties: Mapping[str, Parties] | None = None,
    previous: SchemaSet | None = None,
) -> dict[str, bytes]:
    """Every file of the site by path, with ``/``. The same contracts give the same bytes.

    Args:
        examples: folder of the messages that the rules are tested by.
        parties: who calls and answers, by responder namespace.
        previous: the version to compare with.
    """
    ordered = sorted(subjects, key=lambda each: (each.name.lower(), [int(part) for part in each.version.split(".")]))
    changes = _changes(ordered, previous) if previous is not None else {}
    shared = Examples(examples)
    contents = [Content(subject, shared, changes.get(subject.key)) for subject in ordered]
    found: dict[str, bytes] = {}
    for content in contents:
        for path in content.subject.files:
            found[content.file(path)] = content.subject.documents.files[path]
        for sample in content.samples:
            found[content.sample_file(sample)] = sample.text.encode()
    for language in texts.LANGUAGES:
        found |= {path: text.encode() for path, text in Pages(language, contents, parties or {}).all()}
    found[LIST] = "".join(f"{path}\n" for path in sorted(found)).encode()
    return found


def _changes(subjects: list[Subject], previous: SchemaSet) -> dict[str, Pair]:
    """What has become of each contract, by ``Name_m.n``."""
    packages = {id(subject.documents): subject.documents for subject in subjects}
    return {
        f"{pair.name}_{pair.new}": pair
        for package in packages.values()
        for pair in compare(previous, package)
        if pair.new
    }


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put a site into a folder that is new, empty, or holds a site; what that has more than this one is removed.

    Raises:
        PackageError: the folder holds something else.
        OSError: it cannot be written.
    """
    old = folder / LIST
    if folder.exists() and not old.is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise PackageError("no_site", str(folder))
    listed = old.read_text("utf-8").splitlines() if old.is_file() else []
    for path in listed:
        if path not in files and ".." not in PurePosixPath(path).parts and not path.startswith("/"):
            (folder / path).unlink(missing_ok=True)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
