"""Paths of elements written ``{namespace}local/{namespace}local``, and the XPaths made of them."""

from lxml import etree

from gateway.contracts.model import Element


def split(path: str) -> list[str]:
    """The steps of a path written ``{namespace}local/{namespace}local``."""
    return path.replace("/{", "\n{").split("\n")


def compiled(path: str, form: str = "{}") -> etree.XPath:
    """An XPath from steps written ``{namespace}local``; strings it finds are plain ones."""
    namespaces: dict[str, str] = {}
    parts = path.split("{")
    for number, part in enumerate(parts[1:], 1):
        space, _, rest = part.partition("}")
        prefix = next((name for name, uri in namespaces.items() if uri == space), f"p{len(namespaces)}")
        namespaces[prefix] = space
        parts[number] = f"{prefix}:{rest}"
    return etree.XPath(form.format("".join(parts)), namespaces=namespaces, smart_strings=False)


def joined(steps: list[Element]) -> str:
    """The path along element declarations."""
    return "/".join(step.tag for step in steps)
