"""``gateway.cli.main``: the list of commands, exit codes, and mistakes told in one line."""

import importlib
import subprocess
import sys
from pathlib import Path

import click
import pytest
from cli_runs import rivta
from gateway_samples import ROOT

from gateway import __version__
from gateway.cli import main as program
from gateway.cli import options
from gateway.cli.serve import _without_workers
from gateway.errors import DataError


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    run = rivta(capsys, "--version")
    assert (run.code, run.out.strip()) == (0, f"rivta, version {__version__}")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_lists_every_command(capsys: pytest.CaptureFixture[str], flag: str) -> None:
    run = rivta(capsys, flag)
    assert run.code == 0
    assert [name for name, (_, text) in program.COMMANDS.items() if name not in run.out or text not in run.out] == []


@pytest.mark.parametrize("name", sorted(program.COMMANDS))
def test_every_command_exists_and_explains_itself(capsys: pytest.CaptureFixture[str], name: str) -> None:
    run = rivta(capsys, name, "--help")
    assert run.code == 0
    command: click.Command = importlib.import_module(program.COMMANDS[name][0]).command
    assert (command.help or "").strip()
    assert f" {name} " in run.out.splitlines()[0]


@pytest.mark.parametrize(
    "arguments", [["no-such"], ["call"], ["--no-such"], ["serve", "--port", "0"], ["serve", "--mode", "x"]]
)
def test_wrong_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    run = rivta(capsys, *arguments)
    assert (run.code, run.out) == (2, "")
    assert "Error:" in run.err
    assert "Traceback" not in run.err


def test_wrong_data_is_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken(**_: object) -> None:
        raise DataError(tmp_path / "a.toml", 7, "oj")

    monkeypatch.setattr(program.cli, "main", broken)
    run = rivta(capsys, "serve")
    assert (run.code, run.err) == (2, f"rivta: {tmp_path / 'a.toml'}:7: oj\n")


@pytest.mark.parametrize(("result", "code"), [(0, 0), (1, 1), (None, 0), ("x", 0)])
def test_a_commands_result_is_the_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, result: object, code: int
) -> None:
    monkeypatch.setattr(program.cli, "main", lambda **_: result)
    assert rivta(capsys).code == code


def test_an_abort_is_exit_code_2(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def aborted(**_: object) -> None:
        raise click.Abort

    monkeypatch.setattr(program.cli, "main", aborted)
    assert rivta(capsys).code == 2


HEAVY = ("lxml", "rich", "structlog", "httptools", "uvloop", "spyne", "msgspec")


def test_the_help_starts_without_heavy_libraries() -> None:
    """Commands are imported when they are called: ``rivta --help`` is for typing quickly."""
    code = f"import sys, gateway.cli.main; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["serve", "--workers", "4", "--port", "1"], ["serve", "--port", "1"]),
        (["serve", "--workers=4", "--port", "1"], ["serve", "--port", "1"]),
        (["serve", "--port", "1", "--workers", "4"], ["serve", "--port", "1"]),
        (["serve"], ["serve"]),
    ],
)
def test_a_worker_starts_no_workers(given: list[str], kept: list[str]) -> None:
    assert _without_workers(given) == kept


@pytest.mark.parametrize(("variable", "flag", "language"), [(None, None, "sv"), ("en", None, "en"), ("sv", "en", "en")])
def test_the_language(monkeypatch: pytest.MonkeyPatch, variable: str | None, flag: str | None, language: str) -> None:
    if variable:
        monkeypatch.setenv("RIVTA_LANG", variable)
    else:
        monkeypatch.delenv("RIVTA_LANG", raising=False)
    found: list[str] = []

    @click.command()
    @options.language
    def command(lang: str) -> None:
        found.append(lang)

    command.main(["--lang", flag] if flag else [], standalone_mode=False)
    assert found == [language]


def test_a_port_that_is_taken_is_told_with_the_way_out() -> None:
    text = options.busy("127.0.0.1", 8080, OSError(98, "Address already in use")).format_message()
    assert text.startswith("cannot listen on 127.0.0.1:8080: Address already in use.")
    assert "--port" in text
