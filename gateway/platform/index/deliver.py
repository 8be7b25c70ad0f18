"""Sends subscribers what they are to be told, through the router, until they have it or it is given up.

Each subscriber's messages go one at a time and in order, as from a queue of its own. They stand in the database from
the transaction of the change on, so a gateway that is killed loses none; one may come twice. Several gateways on one
database share the work: who sends a message claims it first, for as long as an attempt can take.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import cast

from gateway.message import Answer, Request
from gateway.observe.mask import mask
from gateway.platform.index.change import now_us
from gateway.platform.index.stored import StoredIndex
from gateway.platform.index.waking import Waking
from gateway.router.call import Call
from gateway.router.router import Router
from gateway.soap import fault, ns, xml
from gateway.soap.fault import escaped
from gateway.soap.head import MessageError, scan
from gateway.storage import notifications
from gateway.storage.direct import Database, Work
from gateway.storage.notifications import Notification

_SECOND = 1_000_000  # microseconds
_LOOK_SECONDS = 2.0  # between looks for what other gateways have left behind
_LEAST = 0.02  # seconds
_LONGEST_PAUSE = 600.0  # seconds, between two attempts
_MARGIN = 10.0  # seconds that a claim outlasts the longest attempt
_ERROR_CHARACTERS = 500
_LOGICAL_ERROR = "ERROR"


class Deliverer(Waking):
    """Sends notifications."""

    def __init__(self, index: StoredIndex, router: Router, tell: Callable[[str], object] = lambda _: None) -> None:
        """``tell`` gets a line, English, when a notification is given up."""
        settings = router.settings
        self._index, self._router, self.tell = index, router, tell
        self._sender, self._port = settings.index_sender, settings.port
        self._strict = settings.mode != "national"
        self._most, self._factor = settings.index_redeliveries, settings.index_redelivery_factor
        self._first_pause = settings.index_redelivery_seconds
        self._claim = int((settings.connect_timeout + settings.producer_timeout + _MARGIN) * _SECOND)
        super().__init__()

    async def due(self) -> float:
        """Send what is due now, to all subscribers at once; seconds until more may be due.

        Raises:
            StorageError: the database is away.
        """
        while due := await self._index.read(partial(_due, now_us())):
            await asyncio.gather(*map(self._deliver, due))
        following = await self._index.read(notifications.next_time)
        if following is None:
            return _LOOK_SECONDS
        return min(max((following - now_us()) / _SECOND, _LEAST), _LOOK_SECONDS)

    async def _deliver(self, found: Notification) -> None:
        now = now_us()
        if not await self._index.write(partial(_claimed, found, now, now + self._claim)):
            return  # another gateway was faster
        error, again = await self._send(found)
        if not error:
            await self._index.write(partial(_sent, found))
        elif again and found.attempts < self._most:
            pause = min(self._first_pause * self._factor**found.attempts, _LONGEST_PAUSE)
            await self._index.write(partial(_put_off, found, error, now_us() + int(pause * _SECOND)))
        else:
            await self._index.write(partial(_given_up, found, error, now_us()))
            self.tell(f"a notification to {found.subscriber} is given up, see rivta ei dead: {error}")

    async def _send(self, found: Notification) -> tuple[str, bool]:
        """Why a message did not get there, blank if it did, and whether it is of any use to send it again."""
        call = self._call(found)
        answer = await self._router.originate(call)
        error, again = self._judge(answer)
        return mask(call.cause or error)[:_ERROR_CHARACTERS] if error else "", again

    def _call(self, found: Notification) -> Call:
        address = f'<LogicalAddress xmlns="{ns.REGISTRY}">{escaped(found.subscriber)}</LogicalAddress>'
        head = f'<soapenv:Envelope xmlns:soapenv="{ns.SOAP11}"><soapenv:Header>{address}</soapenv:Header><soapenv:Body>'
        body = b"".join((head.encode(), found.payload, b"</soapenv:Body></soapenv:Envelope>"))
        nobody = cast(asyncio.Transport, None)
        request = Request(b"POST", b"/", [], {}, body, "127.0.0.1", self._port, "http", nobody)
        return Call(
            request=request,
            body=body,
            correlation_id=found.correlation_id,
            started=time.perf_counter(),
            sender=self._sender,
            original_consumer=self._sender,
            internal=True,
            head=scan(body),
        )

    def _judge(self, answer: Answer) -> tuple[str, bool]:
        """The national index looks for faults only; a logical error, too, means that nothing was taken care of."""
        try:
            child = xml.body_child(xml.parse(answer.body))
        except MessageError as error:
            return f"the answer is not SOAP: {error}", True
        if xml.is_fault(child):
            return fault.read(child)[1] or "a fault without a text", True
        code = child.findtext("{*}ResultCode")
        if self._strict and code == _LOGICAL_ERROR:
            return f"ResultCode ERROR: {child.findtext('{*}comment') or 'no comment'}", False
        return "", False


def _due(now: int, database: Database) -> list[Notification]:
    return notifications.due(database, now)


def _claimed(found: Notification, now: int, until: int, work: Work) -> bool:
    return notifications.claim(work, found, now, until)


def _sent(found: Notification, work: Work) -> None:
    notifications.sent(work, found)


def _put_off(found: Notification, error: str, until: int, work: Work) -> None:
    notifications.put_off(work, found, error, until)


def _given_up(found: Notification, error: str, now: int, work: Work) -> None:
    notifications.give_up(work, found, error, now)
