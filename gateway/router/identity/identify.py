"""Who is calling: the rules of the national router's two listeners, and what strict mode adds to them."""

from gateway import texts
from gateway.router.call import INSTANCE_ID, ORIGINAL_CONSUMER, SENDER_ID, Call
from gateway.router.identity import header, history
from gateway.router.identity.addresses import AllowList
from gateway.router.identity.certificate import CertificateReader
from gateway.router.refusal import Refusal
from gateway.settings import Settings

# The name under which the national router's HTTP library keeps the address of a connection; people search for it.
_CONNECTION = "CamelNettyRemoteAddress"
_WHY = {
    "unknown": "Exception, unkown certificate type found in httpheader {}",  # sic
    "broken": "Exception occured parsing certificate in httpheader {}",  # sic
    "no-id": "No senderId found in Certificate",
}


class Identify:
    """Finds the sender of a call."""

    def __init__(self, settings: Settings) -> None:
        """Take the rules from the settings.

        Raises:
            DataError: ``allowed_ips`` or ``sender_id_pattern`` cannot be used.
        """
        self._settings = settings
        self._national = settings.mode == "national"
        self._own_id = settings.instance_id
        self._own_id_sent = settings.instance_id.encode("latin-1")
        self._addresses = AllowList(settings.allowed_ips, national=self._national)
        self._allows = self._addresses.caller
        self._certificates = CertificateReader(settings.sender_id_pattern, national=self._national)
        self._certificate_header = settings.certificate_header.lower().encode("latin-1")
        self._forwarded_header = settings.forwarded_for_header.lower().encode("latin-1")
        names = (settings.forwarded_proto_header, settings.forwarded_host_header, settings.forwarded_port_header)
        self._proxy_headers = tuple(name.lower().encode("latin-1") for name in names)
        self._vouching = frozenset(each.strip() for each in settings.sender_ids_allowed if each.strip())

    def __call__(self, call: Call) -> None:
        """Set ``sender`` and ``original_consumer``; ``history`` and ``source_ip`` where the request does not say it.

        Raises:
            Refusal: VP011, the address may not call; VP002, the caller does not say who it is; VP014, a circle.
        """
        request = call.request
        values = request.values
        if request.scheme == "https":
            self._by_connection(call)
        else:
            self.allow(call)
            forwarded = self._forwarded_header in values
            if forwarded:
                call.source_ip = header.text(request, self._forwarded_header)
                proto, host, port = self._proxy_headers
                call.proxy = request.header(proto), request.header(host), request.header(port)
            if values.get(INSTANCE_ID) == self._own_id_sent and self._says_who(call):
                call.internal = True
                if forwarded:
                    self._check_forwarded(call)
            else:
                self._by_header(call)
        if ORIGINAL_CONSUMER in values:
            call.original_consumer = request.header(ORIGINAL_CONSUMER)

    def allow(self, call: Call) -> None:
        """Judge only where a plain call comes from.

        Raises:
            Refusal: VP011, the address may not call.
        """
        if not self._allows(call.request.ip):
            raise Refusal("VP011", ip=call.request.ip, header=_CONNECTION)

    def _says_who(self, call: Call) -> bool:
        """Take ``x-vp-sender-id``. Nationally a blank or repeated one is one too; in strict mode it names nobody."""
        request = call.request
        if len(request.values) == len(request.headers):
            call.sender = request.header(SENDER_ID)
        elif header.repeated(request, INSTANCE_ID) or (not self._national and header.repeated(request, SENDER_ID)):
            return False
        else:
            call.sender = header.text(request, SENDER_ID)
        return bool(call.sender) or (self._national and SENDER_ID in request.values)

    def _check_forwarded(self, call: Call) -> None:
        addresses = call.source_ip if self._national else header.joined(call.request, self._forwarded_header, ",")
        if not self._addresses.forwarded(addresses):
            raise Refusal("VP011", ip=addresses, header=self._settings.forwarded_for_header)

    def _by_header(self, call: Call) -> None:
        name, request = self._certificate_header, call.request
        shown = self._settings.certificate_header
        if name not in request.values:
            raise self._unknown(f"No certificate found in httpheader {shown}", self._nobody(call))
        if header.repeated(request, name):
            raise self._unknown(_WHY["unknown"].format(shown), "repeated")
        found = self._certificates.header(request.values[name])
        if found.problem:
            raise self._unknown(_WHY[found.problem].format(shown), found.problem, found.subject)
        call.sender = found.sender
        if self._settings.use_routing_history:
            history.extend(call, self._own_id, national=self._national)

    def _by_connection(self, call: Call) -> None:
        """The TLS listener: nothing counts but the certificate that opened the connection."""
        peer = call.request.transport.get_extra_info("ssl_object")
        der = peer.getpeercert(binary_form=True) if peer is not None else None
        found = self._certificates.peer(der or b"")
        if found.problem:
            why = f"No senderId found in Certificate: {found.subject or 'null'}"
            raise self._unknown(why, "no-id", found.subject)
        call.sender = found.sender
        if self._settings.use_routing_history and not self._national:
            history.extend(call, self._own_id, national=False)

    def _nobody(self, call: Call) -> str:
        """Why ``x-vp-sender-id`` did not count, as a key of the texts."""
        request = call.request
        if header.repeated(request, SENDER_ID) or header.repeated(request, INSTANCE_ID):
            return "repeated-id"
        if request.header(INSTANCE_ID) == self._own_id:
            return "no-sender"
        return "other-instance" if request.header(SENDER_ID) else "nobody"

    def _unknown(self, why: str, hint: str, subject: str = "") -> Refusal:
        settings = self._settings
        values = {"instance": self._own_id, "certificate": settings.certificate_header, "subject": subject or "null"}
        told = texts.both("identity", hint, **values, pattern=settings.sender_id_pattern)
        return Refusal("VP002", why=why, why_sv=told["sv"], why_en=told["en"])

    def vouch(self, call: Call) -> None:
        """Judge the header that names an original consumer, once the message has been read (the national order).

        The platform's own calls may name anybody. Nationally a call counts as one when it names the platform's instance
        id, whoever it comes from; in strict mode only when it came in, and was believed, as one.

        Raises:
            Refusal: VP013, the sender may not name another.
        """
        internal = header.text(call.request, INSTANCE_ID) == self._own_id if self._national else call.internal
        if internal or not self._vouching or call.sender.strip() in self._vouching:
            return
        if self._settings.refuse_original_consumer:
            raise Refusal("VP013", sender=call.sender)
        call.warning = f"{call.sender} is not in sender_ids_allowed, yet names {call.original_consumer}"
