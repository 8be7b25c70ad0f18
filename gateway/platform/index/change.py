"""Carries out what the engagement index was told, and notes in the same transaction whom to notify of it.

All of it are jobs for the database's writer: they may be carried out twice, and have then happened once.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from gateway.platform.index.messages import notification, values_of
from gateway.platform.index.subscribers import Subscribers
from gateway.registry.snapshot import STOCKHOLM
from gateway.storage import engagements, notifications
from gateway.storage.direct import Work
from gateway.storage.engagement import Engagement
from gateway.storage.engagements import Change

_decoder = msgspec.json.Decoder(list[tuple[bool, list[str]]])


class Changer:
    """Carries out changes.

    Attributes:
        owner: the HSA-id of the index.
        subscribers: who is told; another object when the catalogue has been read anew.
    """

    def __init__(self, owner: str, subscribers: Subscribers) -> None:
        self.owner, self.subscribers = owner, subscribers

    def update(self, changes: Sequence[Change], correlation_id: str, work: Work) -> int:
        """An Update: subscribers hear of removals, new engagements and new content. How many messages that makes."""
        return self._tell(engagements.change(work, changes, moment()), correlation_id, work)

    def notified(self, changes: Sequence[Change], correlation_id: str, work: Work) -> int:
        """What another index tells: rule R5, it takes over what this one owned; subscribers hear of it all.

        As in the national index, a removal takes the own copy along too.
        """
        engagements.remove(work, [each.engagement for each in changes], self.owner)
        engagements.change(work, changes, moment())
        return self._tell(changes, correlation_id, work)

    def keep(self, changes: Sequence[Change], correlation_id: str, work: Work) -> None:
        """Keep an Update until ``collected`` carries it out."""
        payload = msgspec.json.encode([(each.delete, values_of(each.engagement)) for each in changes])
        notifications.collect(work, payload, correlation_id, now_us())

    def collected(self, most: int, work: Work) -> int:
        """Carry out the oldest Updates that wait, at most so many; how many messages that makes.

        National index: of several for the same engagement a removal counts, whatever else came in; without one, the
        newest content.
        """
        waiting = notifications.take_waiting(work, most)
        merged: dict[bytes, Change] = {}
        for each in waiting:
            for change in _changes(each.payload):
                key = change.engagement.key()
                merged[key] = _stronger(merged.get(key), change)
        return self.update(list(merged.values()), waiting[0].correlation_id, work) if merged else 0

    def _tell(self, changes: Sequence[Change], correlation_id: str, work: Work) -> int:
        told = self.subscribers.told(changes) if changes else []
        for subscriber, wanted in told:
            notifications.add(work, subscriber, notification(wanted), correlation_id, now_us())
        return len(told)


def moment() -> str:
    """The present as the index writes it: YYYYMMDDhhmmss, Swedish time."""
    return datetime.now(STOCKHOLM).strftime("%Y%m%d%H%M%S")


def now_us() -> int:
    """The present in microseconds since 1970."""
    return time.time_ns() // 1000


def _changes(payload: bytes) -> Iterator[Change]:
    for delete, values in _decoder.decode(payload):
        yield Change(delete, Engagement(*values))


def _stronger(one: Change | None, other: Change) -> Change:
    if one is None or (other.delete and not one.delete):
        return other
    if one.delete:
        return one
    newer = other.engagement.most_recent_content >= one.engagement.most_recent_content
    return other if newer else one
