"""Settings read from each source, and the faults that they lead to."""

from pathlib import Path
from typing import Any

import pytest

from gateway.configuration.faults import SettingsError
from gateway.settings import read


def faults(path: Path | None = None, environment: dict[str, str] | None = None, **flags: Any) -> list[str]:
    """What is wrong, one text for each fault."""
    with pytest.raises(SettingsError) as caught:
        read(path, environment or {}, flags)
    return [str(each) for each in caught.value.faults]


def written(folder: Path, text: str) -> Path:
    """A settings file."""
    path = folder / "rivta.toml"
    path.write_text(text, "utf-8")
    return path
