"""Runs a tutorial: its files are written, its commands executed, its promised output looked for.

What it understands: "Save as `name`:" or "Add to `path`:" before a fenced block, and ```console blocks with ``$ ``
commands (a trailing ``&`` leaves it running). Below a command stands what must appear, a line each; … is anything.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.platform import all_producers, free_offset

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
_TARGET = re.compile(r"(Save as|Add to) `([^`]+)`[^`]*$")
_START_SECONDS = 30
_PORT = 8080  # the gateway's, and that of the producer that a reader writes; both move out of the way of others
_TUTORIAL_PORT = 9555


@dataclass
class Command:
    """A line to execute and what its output must hold."""

    line: str
    expected: list[str]


def prepare(folder: Path) -> dict[str, str]:
    """A copy of the data in ``folder`` and the environment in which commands run there."""
    for name in ("contracts", "wsdl", "xsd", "routing", "fixtures"):
        shutil.copytree(ROOT / name, folder / name)
    tools = folder / "bin"
    tools.mkdir()
    for name, arguments in (("rivta", "-m gateway.cli.main"), ("python", "")):
        script = tools / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        script.chmod(0o755)
    return {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RIVTA_DATA": str(folder),
        "NO_COLOR": "1",
    }


def steps(text: str) -> Iterator[tuple[str, str] | Command]:
    """(path with + in front when it is added to, content) or commands, in order."""
    for match in _FENCE.finditer(text):
        language, content = match[1], match[2]
        if language == "console":
            yield from _commands(content)
        elif target := _TARGET.search(text[: match.start()].rstrip()):
            yield ("+" if target[1] == "Add to" else "") + target[2], content


def _commands(content: str) -> Iterator[Command]:
    command: Command | None = None
    for line in content.splitlines():
        if line.startswith("$ "):
            if command:
                yield command
            command = Command(line[2:], [])
        elif command and line.strip():
            command.expected.append(line)
    if command:
        yield command


def run(text: str, folder: Path) -> int:
    """Run a tutorial in ``folder``; the number of commands executed.

    Raises:
        AssertionError: a command failed, or did not print what the text promises.
    """
    offset = free_offset(_PORT, all_producers())
    for number in (_PORT, _TUTORIAL_PORT):
        text = text.replace(str(number), str(number + offset))
    environment = {
        **prepare(folder),
        "RIVTA_PORT": str(_PORT + offset),
        "RIVTA_PRODUCER_PORT_OFFSET": str(offset),
    }
    background: list[subprocess.Popen[str]] = []
    executed = 0
    try:
        for step in steps(text):
            if isinstance(step, Command):
                _execute(step, folder, environment, background)
                executed += 1
            else:
                _write(folder, *step)
    finally:
        for process in reversed(background):
            process.terminate()
            process.wait(15)
    return executed


def _write(folder: Path, target: str, content: str) -> None:
    path = folder / target.removeprefix("+")
    before = path.read_text("utf-8") if target.startswith("+") else ""
    path.write_text(before + content, "utf-8")


def _execute(
    command: Command, folder: Path, environment: dict[str, str], background: list["subprocess.Popen[str]"]
) -> None:
    if command.line.endswith("&"):
        log = folder / f"output{len(background)}.txt"
        line = f"exec env {command.line.removesuffix('&')}"
        with log.open("w") as file:
            background.append(
                subprocess.Popen(["sh", "-c", line], cwd=folder, env=environment, stdout=file, stderr=file, text=True)
            )
        _await(log, command, background[-1])
        return
    done = subprocess.run(
        ["sh", "-c", command.line], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, f"{command.line}\n{done.stdout}\n{done.stderr}"
    missing = _missing(command.expected, done.stdout)
    assert not missing, f"{command.line} did not print {missing!r} but\n{done.stdout}"


def _await(log: Path, command: Command, process: "subprocess.Popen[str]") -> None:
    end = time.monotonic() + (_START_SECONDS if command.expected else 1)
    while time.monotonic() < end:
        if command.expected and not _missing(command.expected, log.read_text("utf-8")):
            return
        assert process.poll() is None, f"{command.line} stopped:\n{log.read_text('utf-8')}"
        time.sleep(0.05)
    assert not command.expected, f"{command.line} printed only\n{log.read_text('utf-8')}"


def _missing(expected: list[str], output: str) -> str:
    """The first promised line that the output does not hold, blank when all are there in order."""
    lines = iter(output.splitlines())
    for promise in expected:
        pattern = re.compile(".*".join(re.escape(" ".join(part.split())) for part in promise.split("…")))
        if not any(pattern.search(re.sub(r"\s+", " ", line.replace("│", " "))) for line in lines):
            return promise
    return ""
