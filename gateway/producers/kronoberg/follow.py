"""The pilot keeps in step with its record files, and tells the engagement index, as the stubs do."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from gateway.contracts.contract import Contracts, load_all
from gateway.errors import DataError
from gateway.producers import store
from gateway.producers.announce import Announcer
from gateway.producers.follow import Follower, log_to_stderr
from gateway.producers.kronoberg.service import CONTRACTS, LOGICAL_ADDRESS, Producer
from gateway.producers.store import Holdings
from gateway.registry.catalogue import load_catalogue
from gateway.settings import Settings


def follower(
    root: Path,
    settings: Settings,
    answering: Sequence[Producer],
    told: Callable[[Holdings], object],
    url: str,
    *,
    everything: bool,
) -> Follower:
    """What follows the files of the region.

    Args:
        root: the data folder.
        settings: the platform's.
        answering: read their file anew when it has changed.
        told: gets what is held from then on.
        url: of the gateway whose engagement index is told.
        everything: tell it at the start of all that is held, too.

    Raises:
        DataError: contracts, catalogue or records are wrong.
    """
    known = load_all(root, settings.contracts_folder)
    catalogue = load_catalogue(root, known)
    contracts = Contracts({name: each for name, each in known.items() if each.key in CONTRACTS})
    ours = [each for each in catalogue.producers if each.logical_address == LOGICAL_ADDRESS]

    def replace(_: str, holdings: Holdings) -> None:
        for each in answering:
            try:
                each.read_anew()
            except DataError:  # edited once more since it was checked; the next look finds that
                return
        told(holdings)

    found = Follower(replace, root, contracts, ours, Announcer.of(url, contracts, catalogue.consumers, settings))
    found.hold(store.load(root, contracts, ours), everything=everything)
    return found


def start(following: Follower) -> None:
    """Follow in a thread of its own, which ends with the process."""
    log_to_stderr()
    threading.Thread(target=lambda: asyncio.run(following.run()), name="record files", daemon=True).start()
