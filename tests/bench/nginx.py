"""nginx in two parts: the plain proxy to compare with, and the producer of routed calls."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from .messages import ROUTED, envelope, record

_MOST = 3_900  # bytes; nginx reads no longer string
_SHARE = 3_300  # bytes of one of the three records
_CONF = """\
{user}daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
worker_rlimit_nofile 8192;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type "text/xml; charset=UTF-8";
    keepalive_requests 100000000;
    keepalive_timeout 300s;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{servers}}}
"""
_PRODUCER = """\
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        set $before "{before}";
        set $one "{one}";
        set $after "{after}";
        location / {{ return 200 "$before$one$one$one$after"; }}
        location = /readyz {{ return 200 "ok"; }}
    }}
"""
_UPSTREAM = """\
    upstream to{port} {{ server 127.0.0.1:{port}; keepalive 256; keepalive_requests 100000000; }}
"""
_TLS = """\
    upstream to{target} {{ server 127.0.0.1:{target}; keepalive 64; keepalive_requests 100000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=2048;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        location / {{
            proxy_pass {scheme}://to{target};
            proxy_ssl_certificate {certificate};
            proxy_ssl_certificate_key {key};
            proxy_ssl_trusted_certificate {authority};
            proxy_ssl_verify on;
            proxy_ssl_name localhost;
            proxy_ssl_protocols TLSv1.2 TLSv1.3;
        }}
        location = /readyz {{ return 200 "ok"; }}
    }}
"""
_PROXY = """\
{upstreams}    server {{
        listen 127.0.0.1:{port} backlog=2048;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
{locations}        location = /readyz {{ return 200 "ok"; }}
    }}
"""


def missing() -> list[str]:
    """Which of the programs that the bench needs are not installed."""
    return [name for name in ("nginx", "wrk") if program(name) is None]


def program(name: str) -> str | None:
    """Where a program is; Debian puts nginx where only root looks."""
    folders = (os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin")
    return shutil.which(name, path=os.pathsep.join(folders))


def producer(port: int) -> str:
    """The server block of a producer that answers about 10 KB at once, schema-valid."""
    one = record(ROUTED, 0, _SHARE - len(record(ROUTED, 0))).decode()
    before, after = (part.decode().replace('"', "'") for part in envelope())
    assert max(map(len, (before.encode(), one.encode(), after.encode()))) < _MOST
    return _PRODUCER.format(port=port, before=before, one=one, after=after)


def proxy(port: int, paths: Mapping[str, int]) -> str:
    """The server block of a proxy that sends each path to a port of this machine."""
    upstreams = "".join(_UPSTREAM.format(port=target) for target in paths.values())
    locations = "".join(
        f"        location {path} {{ proxy_pass http://to{target}; }}\n" for path, target in paths.items()
    )
    return _PROXY.format(port=port, upstreams=upstreams, locations=locations)


def client(port: int, target: int, scheme: str, certificate: Path, key: Path, authority: Path) -> str:
    """The server block of a proxy that shows a client certificate to ``target`` if the scheme is https (wrk cannot)."""
    return _TLS.format(port=port, target=target, scheme=scheme, certificate=certificate, key=key, authority=authority)


def command(folder: Path, servers: str) -> list[str]:
    """Write a configuration into a new ``folder``; the command that runs it in the foreground."""
    folder.mkdir()
    user = "user root;\n" if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(_CONF.format(user=user, folder=folder, servers=servers), "utf-8")
    return [program("nginx") or "nginx", "-p", str(folder), "-e", "stderr", "-c", str(conf)]
