"""``gateway.texts``: every text a user reads, in both languages; the national ones word for word."""

import re
import string
import tomllib
from pathlib import Path

import pytest
from gateway_samples import ROOT
from vp_codes import FIXED_DETAILS, VP_CODES

from gateway import texts

CATALOGUE = tomllib.loads((ROOT / "gateway" / "texts" / "catalogue.toml").read_text("utf-8"))
ENTRIES = [(group, key) for group, entries in CATALOGUE.items() for key in entries]
_CALLS = re.compile(r"""\btexts\.(?:text|both|entry)\(\s*"([a-z_]+)",\s*"([a-zA-Z0-9_-]+)\"""")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("group", "key"), ENTRIES)
def test_every_text_exists_in_swedish_and_english(group: str, key: str) -> None:
    entry = CATALOGUE[group][key]
    assert set(texts.LANGUAGES) == {"sv", "en"}
    for language in texts.LANGUAGES:
        assert entry[language].strip(), f"[{group}.{key}] has no {language}"


@pytest.mark.parametrize(("group", "key"), ENTRIES)
def test_both_languages_tell_the_same_facts(group: str, key: str) -> None:
    """A placeholder in one language only means that somebody is told less; ``why_sv`` and ``why_en`` are a pair."""
    entry = CATALOGUE[group][key]
    swedish = {name.removesuffix("_sv") for name in placeholders(entry["sv"])}
    english = {name.removesuffix("_en") for name in placeholders(entry["en"])}
    assert swedish == english


@pytest.mark.parametrize(("group", "key"), ENTRIES)
def test_swedish_is_not_english(group: str, key: str) -> None:
    entry = CATALOGUE[group][key]
    words = re.findall(r"[A-Za-zÅÄÖåäö]{4,}", re.sub(r"{\w+}", "", entry["sv"]))
    same_word_in_both = {("run", "gateway"), ("table", "sources"), ("simulate", "gateway"), ("simulate", "process")}
    assert (group, key) in same_word_in_both or not words or entry["sv"] != entry["en"]


@pytest.mark.parametrize("code", sorted(VP_CODES))
def test_the_national_codes_have_the_national_text_and_side(code: str) -> None:
    """National VP, fault codes: systems and people search for these texts."""
    entry = texts.entry("fault", code)
    assert (entry["side"], entry["text"]) == VP_CODES[code]


def test_there_are_no_codes_of_our_own() -> None:
    """The national platform knows VP001 to VP015."""
    assert texts.keys("fault") == sorted(VP_CODES)


@pytest.mark.parametrize("code", sorted(FIXED_DETAILS))
def test_the_national_details(code: str) -> None:
    """National VP, fault codes, column detailString; VP003 ends with a blank."""
    assert texts.entry("fault", code)["detail"] == FIXED_DETAILS[code]


@pytest.mark.parametrize(
    ("code", "values", "detail"),
    [
        (
            "VP004",
            {"contract": "urn:x", "receiver": "X", "whitespace": ""},
            "No receiverId (logical address) found for serviceNamespace: urn:x, receiverId: X",
        ),
        (
            "VP005",
            {"profile": "rivtabp20"},
            "No receiverId (logical address) with matching Riv-version found for rivtabp20",
        ),
        (
            "VP006",
            {"contract": "urn:x", "receiver": "X"},
            "More than one receiverId (logical address) with matching Riv-version found for serviceNamespace: urn:x, "
            "receiverId: X",
        ),
        (
            "VP007",
            {"contract": "urn:x", "receiver": "X", "sender": "tp"},
            "Authorization missing for serviceNamespace: urn:x, receiverId: X, senderId: tp",
        ),
        (
            "VP009",
            {"address": "http://h/vp", "why": "W"},
            "Error connecting to service producer at address http://h/vp. W",
        ),
        (
            "VP010",
            {"contract": "urn:x", "receiver": "X"},
            "Physical Address field is empty in Service Producer for serviceNamespace: urn:x, receiverId: X",
        ),
        (
            "VP011",
            {"ip": "10.1.1.1", "header": "H"},
            "Caller was not on the white list of accepted IP-addresses.  IP-address: 10.1.1.1. HTTP header that caused "
            "checking: H",
        ),
    ],
)
def test_the_national_details_with_what_the_call_was_about(code: str, values: dict[str, str], detail: str) -> None:
    assert texts.entry("fault", code)["detail"].format(**values) == detail


CAUSING_AGENTS = {"service_catalog", "virtualization_platform", "service_producer", "engagement_index", "other"}


@pytest.mark.parametrize("kind", texts.keys("status"))
def test_a_status_names_an_agent_that_the_header_schema_knows(kind: str) -> None:
    """Interoperability headers 1.0, CausingAgentEnum."""
    entry = texts.entry("status", kind)
    assert entry["agent"] in CAUSING_AGENTS
    assert entry["code"].isdigit()


def python_sources() -> list[Path]:
    return sorted((ROOT / "gateway").rglob("*.py"))


def test_every_text_that_the_code_names_is_there() -> None:
    """A misspelt key would be found only when somebody needs the text."""
    named = {found for path in python_sources() for found in _CALLS.findall(path.read_text("utf-8"))}
    assert len(named) > 10
    assert [pair for pair in sorted(named) if pair not in ENTRIES] == []


def test_a_text_is_filled_in() -> None:
    assert texts.text("table", "summary", "sv", records=3, milliseconds="12") == "3 poster på 12 ms."
    assert texts.text("table", "summary", "en", records=3, milliseconds="12") == "3 records in 12 ms."


def test_both_languages_at_once() -> None:
    found = texts.both("missing", "receiver", receiver="X")
    assert list(found) == ["sv", "en"]
    assert all("X" in text for text in found.values())
    assert texts.both_fields(texts.entry("missing", "receiver"), receiver="X") == found


@pytest.mark.parametrize(
    ("group", "key", "language"), [("x", "y", "sv"), ("table", "y", "sv"), ("table", "what", "fi")]
)
def test_an_unknown_text_is_an_error(group: str, key: str, language: str) -> None:
    with pytest.raises(KeyError):
        texts.text(group, key, language)


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        texts.text("table", "summary", "sv")
