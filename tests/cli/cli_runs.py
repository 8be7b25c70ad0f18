"""Run the command line in this process."""

from dataclasses import dataclass

import pytest

from gateway.cli.main import main


@dataclass(frozen=True)
class Run:
    """What a command did."""

    code: object
    out: str
    err: str


def rivta(capsys: pytest.CaptureFixture[str], *arguments: str) -> Run:
    """Run ``rivta`` with these arguments."""
    with pytest.raises(SystemExit) as caught:
        main(list(arguments))
    captured = capsys.readouterr()
    return Run(caught.value.code, captured.out, captured.err)
