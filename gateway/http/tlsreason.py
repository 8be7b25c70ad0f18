"""Why TLS with a producer failed: for people, and as a Java platform says it, which is what people know to look for."""

import re
import ssl

_ALERT = re.compile(r"\w*ALERT_(\w+)")
_UNTRUSTED = (2, 18, 19, 20, 21)  # X509_V_ERR_…: no issuer, or one that nobody trusts
_DATES = (9, 10)  # not valid yet, expired
_NAMES = (62, 64)  # host name, IP address
_PATH = (
    "PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid "
    "certification path to requested target"
)
_VALIDITY = "PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed"
CLOSED = "Connection closed while SSL/TLS handshake was in progress"


def reason(error: ssl.SSLError) -> str:
    """What TLS did not like: ``Hostname mismatch, certificate is not valid for 'x'`` and the like."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return error.reason or str(error)


def java(error: ssl.SSLError, host: str) -> str:
    """The same in the words of a Java platform."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _UNTRUSTED:
            return _PATH
        if error.verify_code in _DATES:
            return _VALIDITY
        if error.verify_code in _NAMES:
            return f"No subject alternative DNS name matching {host} found."
        return error.verify_message
    if alert := _ALERT.fullmatch(error.reason or ""):
        return f"Received fatal alert: {alert[1].lower()}"
    return "Unsupported or unrecognized SSL message" if error.reason == "WRONG_VERSION_NUMBER" else reason(error)
