"""Cipher suites of TLS 1.2: OpenSSL's notation, which Python takes, and the names of RFCs, which Java and IANA use."""

import re

_RFC_NAME = re.compile(r"TLS_(?:([A-Z0-9_]+)_WITH_)?([A-Z0-9_]+)")
_SEPARATORS = re.compile(r"[:, ]+")
_OPERATORS = "!-+"


def openssl_ciphers(written: str) -> str:
    """A list of cipher suites in OpenSSL's notation.

    Args:
        written: suites and groups of them, separated by colons, commas or blanks; ``!`` before one leaves it out. Blank
            for no choice.

    Raises:
        ValueError: OpenSSL knows no such suite; one of TLS 1.3, which Python cannot choose; all are left out.
    """
    words = [_openssl(word) for word in _SEPARATORS.split(written) if word]
    if not words:
        return ""
    for word in words:
        if not word.startswith("@") and not _selects(word.lstrip(_OPERATORS)):
            raise ValueError(f"OpenSSL knows no cipher suite {word.lstrip(_OPERATORS)}")
    if all(word[0] in _OPERATORS for word in words):
        words.insert(0, "DEFAULT")  # only left out: from what is usual
    ciphers = ":".join(words)
    if not _selects(ciphers):
        raise ValueError("all cipher suites are left out")
    return ciphers


def _openssl(word: str) -> str:
    """``TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`` is ``ECDHE-RSA-AES128-GCM-SHA256``."""
    name = word.lstrip(_OPERATORS)
    found = _RFC_NAME.fullmatch(name)
    if found is None:
        return word
    exchange, rest = found.groups()
    if exchange is None:
        raise ValueError(f"{name} belongs to TLS 1.3, whose cipher suites Python cannot choose")
    rest = re.sub(r"AES_(\d+)", r"AES\1", rest).replace("_CBC_", "_").removesuffix("_POLY1305_SHA256")
    rest = f"{rest}_POLY1305" if "CHACHA20" in rest else rest
    parts = ([] if exchange == "RSA" else exchange.split("_")) + rest.split("_")
    return word[: len(word) - len(name)] + "-".join(parts)


def _selects(ciphers: str) -> bool:
    import ssl  # only who chooses needs it so early

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.set_ciphers(ciphers)
    except ssl.SSLError:
        return False
    return True
