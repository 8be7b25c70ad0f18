"""A small routing/ folder, for tests that break it."""

from pathlib import Path

FILES = {
    "regions.toml": """\
[[region]]
code = "07"
name = "Region Kronoberg"
organisation_number = "232100-0065"
hsa_id = "SE2321000065"
system = "Cosmic"
""",
    "municipalities.toml": """\
[[municipality]]
code = "0780"
name = "Växjö kommun"
organisation_number = "212000-0662"
hsa_id = "SE2120000662"
""",
    "consumers.toml": """\
[[consumer]]
name = "1177 Journal"
hsa_id = "SE-1177"
alias = "1177"

[[consumer]]
name = "NPÖ"
hsa_id = "SE-NPO"
alias = "npo"
""",
    "producers.toml": """\
[[producer]]
logical_address = "SE-NORR"
name = "Norr"
kind = "stub"
port = 9101
records = "norr"

[[producer]]
logical_address = "SE-UTE"
name = "Ute"
kind = "external"
port = 443
""",
    "routes.toml": """\
[[route]]
logical_addresses = ["5565594230"]
contracts = ["*"]
address = "aggregate:"

[[route]]
logical_addresses = ["SE-NORR"]
contracts = ["GetCarePlans", "GetFixedContacts_1.0"]
address = "{producer}/{name}/{major}/rivtabp21"

[[route]]
logical_addresses = ["SE-UTE"]
contracts = ["urn:riv:x:GetXResponder:1"]
address = "https://ute.example/vp"
profile = "RIVTABP20"
valid_from = 2024-01-01
valid_to = 2024-12-31
""",
    "permissions.toml": """\
[[permission]]
consumers = ["SE-1177", "SE-NPO"]
contracts = ["GetCarePlans"]
logical_addresses = ["SE-NORR", "*"]

[[permission]]
consumers = ["SE-1177"]
contracts = ["urn:riv:x:GetXResponder:1"]
logical_addresses = ["SE-UTE"]
valid_to = 2025-06-30
""",
}


def routing(root: Path, **changed: str) -> Path:
    """Write the folder; ``changed`` by file stem replaces or, with a leading newline, extends a file."""
    folder = root / "routing"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        change = changed.get(name.removesuffix(".toml"), "\n")
        (folder / name).write_text(text + change if change.startswith("\n") else change, "utf-8")
    return root
