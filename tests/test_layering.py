"""The house rules: imports go one way, contracts are data, modules stay small, and what is public is explained."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from gateway_samples import ROOT

PACKAGE = ROOT / "gateway"
# From the bottom up: a module may import from its own layer and from those above it in this list. The longest name
# that fits counts, so that the writers of log and metrics, which know calls, stand
# higher than the rest of observe.
LAYERS = (
    "gateway",
    "gateway.errors",
    "gateway.data",
    "gateway.texts",
    "gateway.message",
    "gateway.tomlfile",
    "gateway.configuration",
    "gateway.tlssettings",
    "gateway.settings",
    "gateway.soap",
    "gateway.findings",
    "gateway.storage",
    "gateway.observe",
    "gateway.contracts",
    "gateway.registry",
    "gateway.router",
    "gateway.observe.batch",
    "gateway.observe.ecs",
    "gateway.observe.payload",
    "gateway.observe.log",
    "gateway.observe.tls_log",
    "gateway.observe.metrics",
    "gateway.journal",
    "gateway.aggregator",
    "gateway.platform",
    "gateway.http",
    "gateway.producers",
    "gateway.consumers",
    "gateway.simulate",
    "gateway.cli",
    "gateway.testing",
)
MOST_LINES = 300
# Called by a library, which documents them: asyncio.Protocol, and the callbacks of httptools.
CALLBACKS = re.compile(
    r"on_[a-z_]+|connection_(made|lost)|data_received|(pause|resume)_writing|eof_received|__[a-z]+__|visit_\w+"
)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def layer(module: str) -> int:
    fitting = [each for each in LAYERS if module == each or (each != "gateway" and module.startswith(f"{each}."))]
    assert fitting, f"{module} belongs to no layer; add it to LAYERS"
    return LAYERS.index(max(fitting, key=len))


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def imported(path: Path) -> set[str]:
    """The modules of ours that a module imports, anywhere in it: also in functions and for type checking."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it leads"
            base = node.module or ""
            found |= {f"{base}.{alias.name}" if is_module(f"{base}.{alias.name}") else base for alias in node.names}
    return {name for name in found if name.split(".")[0] == "gateway"}


MODULES = [pytest.param(path, id=name_of(path)) for path in modules()]


@pytest.mark.parametrize("path", MODULES)
def test_imports_go_one_way(path: Path) -> None:
    own = layer(name_of(path))
    assert [name for name in sorted(imported(path)) if layer(name) > own] == []


def test_the_rule_sees_imports_inside_functions() -> None:
    """The commands import what they need when they are called."""
    assert "gateway.http.compose" in imported(PACKAGE / "cli" / "serve.py")


def test_the_layers_are_those_of_the_architecture() -> None:
    """docs/ARCHITECTURE.md shows the packages in this order."""
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text("utf-8")
    packages = [each.partition(".")[2] for each in LAYERS]
    packages = [each for each in packages if each and (PACKAGE / each / "__init__.py").is_file()]
    shown = [name for name in re.findall(r"^  ([a-z]+)/ ", text, re.MULTILINE) if name in packages]
    assert shown == [name for name in packages if name in shown]
    assert set(shown) >= set(packages) - {"texts"}


DESCRIPTORS = [tomllib.loads(path.read_text("utf-8")) for path in (ROOT / "contracts").glob("*.toml")]
# The others are services that the platform itself answers: those are code.
CONTRACTS = sorted(descriptor["name"] for descriptor in DESCRIPTORS if "aggregate" in descriptor)


@pytest.mark.parametrize("path", MODULES)
def test_contracts_are_data(path: Path) -> None:
    """A new contract needs no code: its name stands only where stubs and consumers speak about it."""
    assert len(CONTRACTS) >= 3
    if path.relative_to(PACKAGE).parts[0] in ("producers", "consumers"):
        return
    assert [name for name in CONTRACTS if name in path.read_text("utf-8")] == []


@pytest.mark.parametrize("path", MODULES)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES


def undocumented(node: ast.Module | ast.ClassDef, prefix: str = "") -> list[str]:
    found: list[str] = []
    for child in node.body:
        if not isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or child.name.startswith("_"):
            continue
        name = f"{prefix}{child.name}"
        if ast.get_docstring(child) is None and not CALLBACKS.fullmatch(child.name):
            found.append(name)
        if isinstance(child, ast.ClassDef):
            found += undocumented(child, f"{name}.")
    return found


@pytest.mark.parametrize("path", MODULES)
def test_what_is_public_is_explained(path: Path) -> None:
    source = tree(path)
    assert ast.get_docstring(source) or not source.body, "a module says what it is for"
    assert undocumented(source) == []


@pytest.mark.parametrize("path", MODULES)
def test_nothing_is_left_to_do(path: Path) -> None:
    assert re.findall(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text("utf-8")) == []


def test_test_modules_have_names_of_their_own() -> None:
    """Pytest imports them by bare name: two with the same name would be one."""
    names: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if path.name != "conftest.py" and not (path.parent / "__init__.py").exists():
            names.setdefault(path.stem, []).append(str(path.relative_to(ROOT)))
    assert {name: paths for name, paths in names.items() if len(paths) > 1} == {}
