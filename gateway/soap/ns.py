"""Namespaces and fixed names of SOAP, WSDL and RIV-TA. The only place where they are spelled out."""

SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
XOP = "http://www.w3.org/2004/08/xop/include"
WSA = "http://www.w3.org/2005/08/addressing"
REGISTRY = "urn:riv:itintegration:registry:1"
REGISTRY2 = "urn:riv:infrastructure:itintegration:registry:2"
INTEROPERABILITY = "urn:riv:interoperability:headers:1"
INDEX = "urn:riv:itintegration:engagementindex:1"
INDEX_UPDATE = "urn:riv:itintegration:engagementindex:UpdateResponder:1"
INDEX_FIND = "urn:riv:itintegration:engagementindex:FindContentResponder:1"
INDEX_NOTIFY = "urn:riv:itintegration:engagementindex:ProcessNotificationResponder:1"
SUPPORTED = (
    "urn:riv:itintegration:registry:GetSupportedServiceContractsResponder:1",
    "urn:riv:infrastructure:itintegration:registry:GetSupportedServiceContractsResponder:2",
)
ADDRESSEES = (
    "urn:riv:itintegration:registry:GetLogicalAddresseesByServiceContractResponder:1",
    "urn:riv:infrastructure:itintegration:registry:GetLogicalAddresseesByServiceContractResponder:2",
)
PING = "urn:riv:itintegration:monitoring:PingForConfigurationResponder:1"
GATEWAY = "urn:rivta:gateway:1"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"

BP20 = "rivtabp20"
BP21 = "rivtabp21"


def clark(namespace: str, local: str) -> str:
    """``{namespace}local``, the form lxml uses."""
    return f"{{{namespace}}}{local}"


def local(tag: str) -> str:
    """The local name of a tag in ``{namespace}local`` form."""
    return tag.rpartition("}")[2]


def namespace(tag: str) -> str:
    """The namespace of a tag in ``{namespace}local`` form, empty when it has none."""
    return tag[1:].rpartition("}")[0] if tag.startswith("{") else ""
