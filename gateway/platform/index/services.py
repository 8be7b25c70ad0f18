"""The three contracts of the engagement index, as services of the platform."""

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from lxml import etree

from gateway.contracts.check import problem
from gateway.contracts.contract import Contract
from gateway.message import Answer
from gateway.observe.mask import mask
from gateway.platform.dispatch import answered
from gateway.platform.index import messages
from gateway.platform.index.change import Changer
from gateway.platform.index.messages import CONTENT, DOMAIN, OWNER, PERSON
from gateway.platform.index.rules import Rules, is_time, refused
from gateway.platform.index.stored import REHEARSED, StoredIndex
from gateway.registry.engagements import IndexFailure
from gateway.router.call import CORRELATION_ID, Call
from gateway.router.refusal import Refusal
from gateway.soap import ns, xml
from gateway.soap.head import MessageError
from gateway.storage.direct import Work
from gateway.storage.engagements import FIELDS, Change, Wanted
from gateway.storage.errors import StorageError

T = TypeVar("T")

_VALUE = re.compile(r"(?:The value )?'[^'{]*' (?=is not |has a )")  # in libxml2's words; it may be a person's id
_LARGE = 20_000  # bytes; more is read and checked in a thread
_OWN_PATHS = "/skltp-ei/"  # where the national index itself is called, without the router in between
_FILTERS = frozenset((*range(DOMAIN + 1, CONTENT), OWNER))  # places of what must be equal


class IndexServices:
    """Answers for the engagement index."""

    def __init__(
        self,
        index: StoredIndex,
        rules: Rules,
        changer: Changer,
        schemas: dict[str, Contract],
        *,
        collect: Callable[[], object] | None = None,
        told: Callable[[], object] = lambda: None,
    ) -> None:
        """Wire the parts.

        Args:
            index: where engagements are kept.
            rules: what an Update must be.
            changer: carries changes out.
            schemas: contracts by responder namespace, whose schemas count; none in national mode.
            collect: called when a single change waits to be collected; None to carry each out at once.
            told: called when subscribers are to be notified.
        """
        self._index, self._rules, self._changer, self._schemas = index, rules, changer, schemas
        self._collect, self._told = collect, told

    async def update(self, call: Call) -> Answer:
        """Update: OK when the changes are stored, or in national mode kept until they are collected.

        Raises:
            ServiceRefusal: EI000 - EI006; Refusal: VP015, not a message.
        """
        _own_path(call)
        assert call.head is not None
        self._rules.addressed(call.head.logical_address or "")
        changes = await self._received(call, ns.INDEX_UPDATE, keep_owner=False)
        if self._collect is not None and len(changes) == 1:
            await self._write(partial(self._changer.keep, changes, call.correlation_id))
            self._collect()
        else:
            await self._carry_out(self._changer.update, changes, call)
        return answered(messages.receipt(ns.INDEX_UPDATE))

    async def process_notification(self, call: Call) -> Answer:
        """ProcessNotification from another index: OK when it is stored.

        Raises:
            ServiceRefusal: EI000 - EI006; Refusal: VP015, not a message.
        """
        _own_path(call)
        changes = await self._received(call, ns.INDEX_NOTIFY, keep_owner=True)
        if changes:
            await self._carry_out(self._changer.notified, changes, call)
        return answered(messages.receipt(ns.INDEX_NOTIFY))

    async def find_content(self, call: Call) -> Answer:
        """FindContent: the engagements that all the filters let through, in order.

        Raises:
            ServiceRefusal: EI000; Refusal: VP015, not a message.
        """
        _own_path(call)
        request = self._request(call.body, ns.INDEX_FIND)
        wanted = _wanted(messages.wanted(request))
        if not wanted.person.startswith(REHEARSED):
            self._follows_schema(request, ns.INDEX_FIND)
        try:
            found = await self._index.find(wanted)
        except IndexFailure as failure:
            raise refused("technical", why=failure.text) from None
        return answered(messages.contents(found))

    async def _received(self, call: Call, contract: str, *, keep_owner: bool) -> list[Change]:
        work = partial(self._read, call.body, contract, keep_owner)
        return await asyncio.to_thread(work) if len(call.body) > _LARGE else work()

    def _read(self, body: bytes, contract: str, keep_owner: bool) -> list[Change]:
        request = self._request(body, contract)
        sent = messages.transactions(request)
        self._rules.check(sent, owned=keep_owner)
        self._follows_schema(request, contract)
        return self._rules.received(sent, keep_owner=keep_owner)

    def _request(self, body: bytes, contract: str) -> etree._Element:
        try:
            request = xml.body_child(xml.parse(body))
        except MessageError as error:
            raise Refusal("VP015", why=str(error)) from None
        wanted = ns.clark(contract, messages.name_of(contract))
        if request.tag != wanted:
            raise Refusal("VP015", why=f"Body holds {request.tag}, expected {wanted}")
        return request

    def _follows_schema(self, request: etree._Element, contract: str) -> None:
        """Strict mode: what the national index knows a code for and never looks at."""
        known = self._schemas.get(contract)
        if known is not None and (breach := problem(known, request)):
            raise refused("schema", why=mask(_VALUE.sub("The value ", breach)), contract=known.key)

    async def _carry_out(
        self, how: Callable[[Sequence[Change], str, Work], int], changes: list[Change], call: Call
    ) -> None:
        if await self._write(partial(how, changes, call.correlation_id)):
            self._told()

    async def _write(self, job: Callable[[Work], T]) -> T:
        try:
            return await self._index.write(job)
        except StorageError as error:
            raise refused("technical", why=f"the database does not take it: {error.problem}") from None


def _own_path(call: Call) -> None:
    """At its own address the national index demands one header; the router always sends it."""
    request = call.request
    if CORRELATION_ID not in request.values and request.path.startswith(_OWN_PATHS):
        raise refused("header")


def _wanted(values: list[str | None]) -> Wanted:
    for place in (PERSON, DOMAIN):
        if not (values[place] or "").strip():
            raise refused("unnamed", field=messages.ELEMENTS[place])
    since = values[CONTENT]
    if since is not None and not is_time(since):
        raise refused("plain-time", value=mask(since))
    equal = tuple(
        (FIELDS[place], value) for place, value in enumerate(values) if value is not None and place in _FILTERS
    )
    return Wanted(values[PERSON] or "", values[DOMAIN] or "", equal, since or "")
