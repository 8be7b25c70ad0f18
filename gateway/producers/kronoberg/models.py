"""spyne models, built from a service schema so that the schema stays the only place that names elements.

The models carry names, namespaces, order and repetition. Every member is optional: requests and records are
valid by the schema before spyne sees them, and spyne would write ``xsi:nil`` for a mandatory member that an
``xs:choice`` leaves out. Facets (patterns, enumerations) are the schema's business too. Elements in the place
of ``xs:any`` have no model: this producer knows no extensions.
"""

from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from lxml import etree
from spyne import Boolean, ByteArray, ComplexModel, Unicode

from gateway.contracts.model import Element
from gateway.contracts.model import Model as Schema
from gateway.soap import ns

Model: TypeAlias = Any  # a spyne model class; spyne has no types
_PRIMITIVES: Final = {ns.clark(ns.XS, "boolean"): Boolean, ns.clark(ns.XS, "base64Binary"): ByteArray}


class Models:
    """The models of one service schema.

    Attributes:
        namespaces: of all elements modelled so far.

    Raises:
        DataError: the schema cannot be read.
    """

    def __init__(self, xsd: Path) -> None:
        self.namespaces: set[str] = set()
        self._schema = Schema(xsd)
        self._built: dict[str, Model] = {}

    def element(self, tag: str) -> Model:
        """The model of a global element, by expanded name ``{namespace}local``.

        Raises:
            DataError: the schema does not declare it.
        """
        return self._model(self._schema.root(tag))

    def _model(self, element: Element) -> Model:
        name = element.type_name or element.tag
        if name not in self._built:
            self._built[name] = self._build(name, self._schema.children(element))
        return self._built[name]

    def _build(self, name: str, children: list[Element]) -> Model:
        if not children:
            return _PRIMITIVES.get(name, Unicode)
        qname = etree.QName(name)
        members = [(ns.local(child.tag), self._member(child)) for child in children]
        return ComplexModel.produce(qname.namespace, qname.localname, members)

    def _member(self, element: Element) -> Model:
        namespace = etree.QName(element.tag).namespace
        self.namespaces.add(namespace or "")
        most = Decimal("inf") if element.maximum is None else element.maximum
        return self._model(element).customize(min_occurs=0, max_occurs=most, sub_ns=namespace)
