"""Calls at an even pace over connections that stay open, each with its times.

One thread, no library: a call costs a small part of the millisecond that it has.
"""

import json
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from .measure import BenchError

PATIENCE_S = 60
END_OF_HEAD = b"\r\n\r\n"


@dataclass
class Call:
    """Times are those of the monotonic clock, which all processes of the machine share.

    A call counts from when it was due: one that had to wait for its turn was not answered
    meanwhile.
    """

    due: float
    sent: float = 0.0
    answered: float = 0.0
    answer: bytes = b""

    def json(self) -> dict[str, object]:
        return dict(json.loads(self.answer.partition(END_OF_HEAD)[2]))


def post(path: str, body: str) -> bytes:
    data = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def send(port: int, requests: Sequence[bytes], clients: int, rate: float | None) -> list[Call]:
    """So many calls a second; without a rate as fast as the clients get their answers.

    An answer that is not a 2xx ends the bench.
    """
    connections = [connect(port) for _ in range(clients)]
    try:
        return send_over(connections, requests, rate)
    finally:
        for connection in connections:
            connection.close()


def connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def send_over(
    connections: list[socket.socket], requests: Sequence[bytes], rate: float | None
) -> list[Call]:
    free, pending, done = list(connections), {}, []
    began, asked = time.monotonic(), 0
    while len(done) < len(requests):
        now = time.monotonic()
        wait = float(PATIENCE_S)
        while free and asked < len(requests):
            due = began + asked / rate if rate else now
            if due > now:
                wait = due - now
                break
            connection = free.pop()
            call = pending[connection] = Call(due, time.monotonic())
            connection.sendall(requests[asked])
            asked += 1
        # It waits for fractions of a millisecond, which `poll` and `epoll` do not.
        readable = select.select(list(pending), [], [], wait)[0]
        if not readable and wait == PATIENCE_S:
            raise BenchError(f"{len(pending)} calls are not answered within {PATIENCE_S} s")
        for connection in readable:
            call = pending[connection]
            if read(connection, call):
                free.append(connection)
                done.append(pending.pop(connection))
    return done


def read(connection: socket.socket, call: Call) -> bool:
    """Whether the answer is complete."""
    data = connection.recv(1 << 16)
    at = time.monotonic()
    call.answer += data
    head, end, body = call.answer.partition(END_OF_HEAD)
    if end and len(body) >= length_of(head):
        if not head.startswith(b"HTTP/1.1 2"):
            raise BenchError(f"not a 2xx: {call.answer.decode()}")
        call.answered = at
        return True
    if not data:
        raise BenchError(f"the server hung up: {call.answer.decode()}")
    return False


def length_of(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise BenchError(f"an answer without a length: {head.decode()}")
