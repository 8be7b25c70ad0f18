"""How a package is laid out (the national tool for a domain's folder checks the same)."""

import re
from collections.abc import Iterator

from gateway.contracts.lint.breach import Breach
from gateway.contracts.schemaset import SchemaSet

_TOP = {"schemas", "docs", "code_gen", "test-suite"}
_LOOSE = re.compile(r"readme|licen[cs]e|\.git|changelog", re.IGNORECASE)
Found = Iterator[tuple[str, Breach]]


def check(package: SchemaSet) -> Found:
    """Breaches of the layout, each with the path that it is about; nothing when there is no ``schemas`` folder."""
    inside = [path for path in package.files if "schemas/" in f"/{path}"]
    if not inside:
        return
    top = min((path[: f"/{path}".index("/schemas/")] for path in inside), key=len).rstrip("/")
    lead = f"{top}/" if top else ""
    files = [path.removeprefix(lead) for path in package.files if path.startswith(lead)]
    yield from _interactions(lead, files)
    core = [path for path in files if path.startswith("schemas/core_components/")]
    if not any(re.search(r"itintegration_registry_\d+\.\d+\.xsd$", path) for path in core):
        yield f"{lead}schemas/core_components", Breach("layout-registry", wanted="itintegration_registry_1.n.xsd")
    for name in ("TKB_", "AB_"):
        if not any(re.match(rf"docs/{name}.+", path) for path in files):
            yield f"{lead}docs", Breach("layout-docs", wanted=f"docs/{name}…")
    for path in files:
        first = path.partition("/")[0]
        if first not in _TOP and not _LOOSE.match(first):
            yield lead + path, Breach("layout-unexpected", found=first)


def _interactions(lead: str, files: list[str]) -> Found:
    kinds: dict[str, set[str]] = {}
    for path in files:
        parts = path.split("/")
        if parts[:2] == ["schemas", "interactions"] and len(parts) > 3:
            kinds.setdefault(parts[2], set()).add(parts[-1].lower().rpartition(".")[2])
        elif parts[:2] == ["schemas", "interactions"] and len(parts) == 3:
            yield lead + path, Breach("layout-unexpected", found=parts[2])
    for folder, found in kinds.items():
        where = f"{lead}schemas/interactions/{folder}"
        if not folder.endswith("Interaction"):
            yield where, Breach("layout-interaction-folder", found=folder, wanted=f"{folder}Interaction")
        if missing := {"xsd", "wsdl"} - found:
            yield where, Breach("layout-interaction-files", found=folder, wanted=", ".join(sorted(missing)))
