"""The pytest plugin, the hooks and the snippets: what docs/testing.md says is run as it stands there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from gateway_samples import ROOT
from lint_samples import write

pytestmark = pytest.mark.sockets
GUIDE = (ROOT / "docs" / "testing.md").read_text("utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text("utf-8")
MESSAGES = ROOT / "contracts" / "rules" / "examples"


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run([sys.executable, "-m", *words], cwd=folder, env=environment, capture_output=True, text=True)


def pytest_run(folder: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_mine.py").write_text(code, "utf-8")
    return run(folder, "pytest", "-q", "-p", "gateway.testing.plugin", "-p", "no:cacheprovider", *options)


@pytest.mark.parametrize("mode", ["strict", "national"])
def test_the_guide_is_true(tmp_path: Path, mode: str) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    found = pytest_run(tmp_path, code, "--rivta-mode", mode)
    assert "3 passed" in found.stdout, found.stdout


CHANGES = '''
import pytest
PERSON = "194103149805"

def test_one(rivta):
    rivta.scenario("*", "fault", text="Åskan går")
    reply = rivta.ask("GetFixedContacts", PERSON)
    assert {status.status for status in reply.statuses} == {"NoDataSynchFailed"}
    rivta.producer("GetFixedContacts", "SE-MIN", "<a/>")
    assert rivta.received

def test_two(rivta):
    """Nothing of the test before is left."""
    assert rivta.received == []
    reply = rivta.ask("GetFixedContacts", PERSON)
    assert "DataFromSource" in {status.status for status in reply.statuses}
    with pytest.raises(Exception):
        rivta.ask("GetFixedContacts", PERSON, address="SE-MIN").response.tag.index("GetFixedContactsResponse")

def test_three(rivta):
    with pytest.raises(ValueError, match="no stub"):
        rivta.scenario("SE-INGEN", "fault")
    with pytest.raises(ValueError, match="timeout"):
        rivta.scenario("*", "tyst")
    with pytest.raises(KeyError, match="GetFixedContacts"):
        rivta.ask("GetAllt", PERSON)

def test_four(rivta):
    rivta.assert_conforms("<a/>")
'''


def test_a_test_leaves_nothing_behind(tmp_path: Path) -> None:
    found = pytest_run(tmp_path, CHANGES)
    assert "1 failed, 3 passed" in found.stdout, found.stdout
    assert "error RIVTA-" in found.stdout  # the last one fails with the finding


def test_the_mode_of_the_configuration_file(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nrivta_mode = national\n", "utf-8")
    code = "def test_mode(rivta):\n    assert rivta.mode == 'national'\n"
    assert "1 passed" in pytest_run(tmp_path, code).stdout


def test_processes(tmp_path: Path) -> None:
    code = (
        "import urllib.request\n\ndef test_it(rivta_process):\n"
        "    url = rivta_process.url + '/x/GetFixedContacts/1/rivtabp21?wsdl'\n"
        "    try:\n        body = urllib.request.urlopen(url).read()\n"
        "    except urllib.error.HTTPError as error:\n        body = error.read()\n"
        "    assert body\n"
    )
    found = pytest_run(tmp_path, code)
    assert "1 passed" in found.stdout, found.stdout


def commands(language: str, prefix: str) -> list[str]:
    section = GUIDE.partition(f"## {language}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^ +- {prefix}(rivta .+)$", section, re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    [*commands("GitHub", "run: "), *commands("GitLab", "")],
)
def test_the_snippets_run(tmp_path: Path, line: str) -> None:
    """On a package that keeps the rules, with messages that conform, all of them are content."""
    write(tmp_path)
    (tmp_path / "messages").mkdir()
    (tmp_path / "messages" / "svar.xml").write_bytes((MESSAGES / "contacts-answer.xml").read_bytes())
    git = ["git", "-c", "user.name=Åsa", "-c", "user.email=asa@example.org", "-c", "commit.gpgsign=false"]
    for step in (["init", "-q"], ["add", "."], ["commit", "-qm", "1"], ["commit", "-q", "--allow-empty", "-m", "2"]):
        subprocess.run([*git, *step], cwd=tmp_path, check=True)
    words = shlex.split(line.partition(" > ")[0])
    found = run(tmp_path, "gateway.cli.main", *words[1:])
    assert (found.returncode, found.stderr) == (0, "")


def test_there_are_snippets() -> None:
    assert len(commands("GitHub", "run: ")) == 3
    assert len(commands("GitLab", "")) == 2


def test_the_hooks_are_those_of_the_guide(tmp_path: Path) -> None:
    """Each hook's command runs, and fails on what is wrong."""
    hooks = dict(re.findall(r"- id: (\S+)\n.*?entry: rivta (.+?)\n", HOOKS, re.DOTALL))
    assert set(hooks) == set(re.findall(r"- id: (\S+)", GUIDE))
    broken = str(MESSAGES / "plans-large-content.xml")
    assert run(tmp_path, "gateway.cli.main", *hooks["rivta-check"].split(), broken).returncode == 1
    write(tmp_path)
    words = hooks["rivta-contracts-lint"].split()
    assert run(tmp_path, "gateway.cli.main", *words, ".").returncode == 0
    next(tmp_path.rglob("*.wsdl")).unlink()
    assert run(tmp_path, "gateway.cli.main", *words, ".").returncode == 1
