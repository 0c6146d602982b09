"""The page on this machine alone: its files are read, and reviews are written into the GeoPackage.

Only the address 127.0.0.1 is listened to. A request must name it or localhost as its host, so that no other site's name
can be pointed here. A review must come from the page itself: by its origin, and with the token that stands in it.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from nnunet_glacier.formats.line_reviews import parse_reviews
from nnunet_glacier.support.databases import WRITE_AHEAD_LOG, beside
from nnunet_glacier.support.disk import system_fault
from nnunet_glacier.support.errors import GlacierError, InputError, Problem
from nnunet_glacier.viewing.page_folder import DATA, DOWNLOADS, INDEX, Page, page_file

ADDRESS = "127.0.0.1"
TOKEN_HEADER = "X-Review-Token"
TOKEN_PLACE = b'name="review-token" content=""'
"""Where the token stands in the page: empty in the folder, whose page cannot write."""

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Largest request with reviews: some 200,000 vertices."""

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".csv": "text/csv; charset=utf-8",
    ".geojson": "application/geo+json",
    ".gpkg": "application/geopackage+sqlite3",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class PageServer(ThreadingHTTPServer):
    """Serves a page on this machine; its files on the disk follow the reviews, at the latest when it is closed.

    Args:
        page: The page.
        port: Port; 0 for any that is free.

    Raises:
        InputError: If the port cannot be had.
    """

    daemon_threads = True

    def __init__(self, page: Page, port: int) -> None:
        self.page = page
        self.token = secrets.token_urlsafe(32)
        self.paths = page.paths()
        # Of their own, so that no review waits until the files of the page are written.
        self._reviewing, self._writing = threading.Lock(), threading.Lock()
        self._written = dict.fromkeys(_PARTS, _state(page.delineated.geopackage))
        try:
            super().__init__((ADDRESS, port), _Handler)
        except OSError as error:
            what = f"{ADDRESS} cannot be listened to ({error.strerror})"
            raise InputError([Problem(f"port {port}", what, "Give another one with --port")]) from None

    @property
    def port(self) -> int:
        """The port that is listened to."""
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{ADDRESS}:{self.port}/"

    def hosts(self) -> tuple[str, ...]:
        """What a request may name as its host."""
        return tuple(f"{name}:{self.port}" for name in (ADDRESS, "localhost"))

    def index(self) -> bytes:
        """The page with its token."""
        return page_file(INDEX).replace(TOKEN_PLACE, TOKEN_PLACE[:-1] + self.token.encode() + b'"')

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say what went wrong, but nothing of a browser that went away before it had its answer."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    def refresh(self, *parts: str) -> None:
        """Write anew what follows the GeoPackage, if that has changed since, here or in another program.

        Args:
            parts: `DATA`, `DOWNLOADS`, or nothing for both.

        Raises:
            GlacierError: If the GeoPackage cannot be read, or a file cannot be written.
        """
        with self._writing:
            for part in parts or _PARTS:
                state = _state(self.page.delineated.geopackage)
                if state != self._written[part]:
                    _PARTS[part](self.page)
                    self._written[part] = state

    def server_close(self) -> None:
        """Close, when the review that is being written is, and the files on the disk have all of them.

        Raises:
            GlacierError: As `refresh`; the reviews are in the GeoPackage then.
        """
        super().server_close()
        with self._reviewing:
            self.refresh()

    def take_reviews(self, content: Any) -> list[dict[str, Any]]:
        """Write the reviews of a request; one request at a time."""
        reviews, crs = parse_reviews(content, "the page")
        if crs != self.page.crs:
            raise InputError([Problem("the page", "its lines are of another map", "Load the page again")])
        with self._reviewing:
            return self.page.take_reviews(reviews)


_PARTS: dict[str, Callable[[Page], None]] = {DATA: Page.write_data, DOWNLOADS: Page.write_downloads}
"""What of a page follows the GeoPackage, and how it is written."""


def _state(path: Path) -> tuple[tuple[int, int], ...]:
    """What changes with a database: the file, and the log in which another program's changes may still stand."""
    states = []
    for file in (path, beside(path, WRITE_AHEAD_LOG)):
        try:
            status = file.stat()
        except FileNotFoundError:
            if file == path:
                raise
        else:
            states.append((status.st_mtime_ns, status.st_size))
    return tuple(states)


class _Handler(BaseHTTPRequestHandler):
    """Answers a request; what it names is looked up, and no path is made of it."""

    server: PageServer
    timeout = 30
    server_version = "nnunet-glacier"
    sys_version = ""

    def do_GET(self) -> None:
        """A file of the page."""
        if self.headers.get("Host") not in self.server.hosts():
            self._refuse(HTTPStatus.FORBIDDEN, "this page is for this machine alone")
            return
        name = unquote(urlsplit(self.path).path).removeprefix("/")
        if name in ("", INDEX):
            self._send(HTTPStatus.OK, self.server.index(), ".html")
            return
        path, part = self.server.paths.get(name), name.split("/")[0]
        try:
            if part in _PARTS:
                self.server.refresh(part)
            content = None if path is None else path.read_bytes()
        except GlacierError as error:
            self._refuse(HTTPStatus.CONFLICT, str(error))
        except OSError as error:
            self._refuse(HTTPStatus.NOT_FOUND, system_fault(error))
        else:
            if content is None or path is None:
                self._refuse(HTTPStatus.NOT_FOUND, "there is no such file")
            else:
                self._send(HTTPStatus.OK, content, path.suffix, download=name.startswith(f"{DOWNLOADS}/"))

    def do_POST(self) -> None:
        """Reviews, as `parse_reviews` takes them."""
        refusal = self._refusal()
        if refusal is not None:
            self._refuse(*refusal)
            return
        try:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            lines = self.server.take_reviews(content)
        except GlacierError as error:
            self._refuse(HTTPStatus.CONFLICT, str(error))
        except (ValueError, RecursionError):
            self._refuse(HTTPStatus.BAD_REQUEST, "the request is no JSON")
        except OSError as error:
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR, system_fault(error))
        else:
            self._send(HTTPStatus.OK, json.dumps({"lines": lines}).encode(), ".json")
            # After the answer; what fails here is said when the file is asked for, or when the server is closed.
            with suppress(GlacierError, OSError):
                self.server.refresh()

    def _refusal(self) -> tuple[HTTPStatus, str] | None:
        """Why a request to write is refused, or None."""
        headers, hosts = self.headers, self.server.hosts()
        length = headers.get("Content-Length", "")
        if headers.get("Host") not in hosts or headers.get("Origin") not in [f"http://{host}" for host in hosts]:
            return HTTPStatus.FORBIDDEN, "reviews are taken from the page on this machine alone"
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self.server.token.encode()):
            return HTTPStatus.FORBIDDEN, "the page is of an earlier start of the server: load it again"
        if self.path != "/reviews":
            return HTTPStatus.NOT_FOUND, "there is no such place"
        if headers.get_content_type() != "application/json":
            return HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "reviews are JSON"
        if not (length.isascii() and length.isdigit()):
            return HTTPStatus.LENGTH_REQUIRED, "the request does not say how long it is"
        if int(length) > MAX_BODY_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request is larger than {MAX_BODY_BYTES} bytes"
        return None

    def _refuse(self, status: HTTPStatus, what: str) -> None:
        self.close_connection = True
        self._send(status, json.dumps({"error": what}).encode(), ".json")

    def _send(self, status: HTTPStatus, content: bytes, suffix: str, *, download: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Type", _TYPES.get(suffix, "application/json" if suffix == ".json" else "text/plain"))
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=300" if suffix == ".png" else "no-store")
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if download:
            self.send_header("Content-Disposition", "attachment")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: a line for each request would bury what the command says."""
