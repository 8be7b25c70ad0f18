"""The two schema processors that judge every GetCarePlans message: the fast one and the exact one."""

from functools import cache

import xmlschema
from contract_files import ROOT
from lxml import etree

XSD = ROOT / "xsd" / "interactions" / "GetCarePlansInteraction" / "GetCarePlansResponder_2.0.xsd"


@cache
def judges() -> tuple[etree.XMLSchema, xmlschema.XMLSchema]:
    return etree.XMLSchema(etree.parse(XSD)), xmlschema.XMLSchema(str(XSD))


def verdicts(root: etree._Element) -> list[bool]:
    """Whether lxml and xmlschema each find the message valid."""
    fast, exact = judges()
    return [fast.validate(root), exact.is_valid(root)]
