"""Calls of the server's API, over one connection that is kept."""

from __future__ import annotations

import http.client
import json
import logging
import socket
from typing import Any
from urllib.parse import urlsplit

from .errors import Refused
from .stopping import Stop, pauses

log = logging.getLogger("audience_worker")

# Calls that may succeed when they are made once more.
PASSING = (408, 425, 429)

# The token was changed, and may be changed back: no result is thrown away for that.
NOT_ADMITTED = (401, 403)

TOO_LARGE = 413

Answer = dict[str, Any]


class Client:
    """For one thread at a time."""

    def __init__(self, server: str, token: str) -> None:
        self.url = urlsplit(server)
        self.headers = {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = token
        self.connection: http.client.HTTPConnection | None = None

    def call_until_answered(self, path: str, body: Any, stop: Stop) -> Answer:
        """For reports: waits for a server that is away. Raises `Refused`, or `HandedBack`."""
        for pause in pauses():
            try:
                return self.call(path, body)
            except OSError as error:
                problem: Exception = error
            except Refused as refused:
                if refused.status not in NOT_ADMITTED:
                    raise
                problem = refused
            log.warning("%s: %s; it is tried again", path, problem)
            stop.pause(pause, has_task=True)
        raise AssertionError("pauses have no end")

    def call(self, path: str, body: Any, timeout_s: float = 60.0) -> Answer:
        """Raises `Refused`, and `OSError` for what passes."""
        status, payload = self.send(path, json.dumps(body, ensure_ascii=False).encode(), timeout_s)
        try:
            answer = json.loads(payload)
        except ValueError:
            answer = None
        is_ours = isinstance(answer, dict)
        if status < 300 and is_ours:
            if answer.get("cancelled") is True:
                raise Refused("a caller has cancelled the task", status)
            return dict(answer)
        reason = payload.decode("utf-8", "replace")[:200]
        if is_ours:
            reason = str(answer.get("detail") or answer.get("message") or reason)
        # An answer of another form is from a proxy, whose server is away.
        if status >= 500 or status in PASSING or not is_ours:
            raise OSError(f"the server has answered {status}: {reason}")
        if answer.get("cancelled") is True:
            reason = f"a caller has cancelled the task: {reason}"
        raise Refused(reason, status)

    def send(self, path: str, body: bytes, timeout_s: float) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        while True:
            is_new = self.connection is None
            connection = self.connection or self.connect()
            self.connection = connection
            connection.timeout = timeout_s
            if connection.sock:
                connection.sock.settimeout(timeout_s)
            try:
                connection.request("POST", self.url.path.rstrip("/") + path, body, self.headers)
                response = connection.getresponse()
                return response.status, response.read()
            except (OSError, http.client.HTTPException) as error:
                self.close()
                # A kept connection may have been closed by the other side since the last call.
                if is_new or isinstance(error, socket.timeout):
                    raise OSError(f"the server cannot be reached: {error!r}") from error

    def connect(self) -> http.client.HTTPConnection:
        is_secure = self.url.scheme == "https"
        kind = http.client.HTTPSConnection if is_secure else http.client.HTTPConnection
        return kind(self.url.hostname or "", self.url.port)

    def interrupt(self) -> None:
        """From another thread: ends the call that waits for an answer."""
        sock = self.connection.sock if self.connection else None
        if sock:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It is closed already.

    def close(self) -> None:
        if self.connection:
            self.connection.close()
        self.connection = None
