"""Who is told of changes in the engagement index: a permission to receive is a subscription.

National index: the subscribers are the logical addresses that the index has a permission for (contract
ProcessNotification), each with the filters of that permission.
"""

import time
from collections.abc import Iterable, Sequence

from gateway.registry.catalogue import Filter, Permission
from gateway.registry.rows import span
from gateway.storage.engagements import Change


class Subscribers:
    """Subscribers with what each wants; replaced whole when the catalogue is read anew."""

    def __init__(self, permissions: Iterable[Permission] = (), sender: str = "", *, national: bool = False) -> None:
        """Take the subscribers out of a catalogue's permissions.

        Args:
            permissions: those for the contract of the notifications.
            sender: who the index is when it calls; upper and lower case are alike.
            national: also permissions of another time count, as in the national catalogue's answer.
        """
        self._national = national
        self._wanted: dict[str, list[Permission]] = {}
        for each in permissions:
            if each.sender.lower() == sender.lower():
                self._wanted.setdefault(each.receiver, []).append(each)

    def __len__(self) -> int:
        return len(self._wanted)

    def told(self, changes: Sequence[Change]) -> list[tuple[str, list[Change]]]:
        """Each subscriber's logical address with the changes that it wants to hear of; those with none left out."""
        found = []
        for receiver, permissions in self._wanted.items():
            valid = [each for each in permissions if self._national or _holds(each)]
            wanted = [change for change in changes if any(_wants(each.filters, change) for each in valid)]
            if wanted:
                found.append((receiver, wanted))
        return found

    def listing(self) -> list[tuple[str, tuple[Filter, ...]]]:
        """Each subscriber with all its filters; none means that it hears of everything."""
        found = []
        for receiver, permissions in self._wanted.items():
            limits = () if any(not each.filters for each in permissions) else permissions
            found.append((receiver, tuple(each for permission in limits for each in permission.filters)))
        return found


def _holds(permission: Permission) -> bool:
    start, end = span(permission)
    return start <= time.time() < end


def _wants(filters: tuple[Filter, ...], change: Change) -> bool:
    """National index: no filter is no limit; domain and categorization are compared without regard to case."""
    if not filters:
        return True
    domain, kind = change.engagement.service_domain.lower(), change.engagement.categorization.lower()
    return any(
        each.service_domain.lower() == domain
        and (not each.categories or kind in (category.lower() for category in each.categories))
        for each in filters
    )
