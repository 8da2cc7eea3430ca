"""A part of `ui`: what so many open pages ask for, from a process of their own.

    python -m audience_bench.pages_open PORT PAGES TOKEN KIND

KIND is `streams` (each page listens to what happens to jobs) or `pages` (also to notifications, and
each counts jobs as often as an open list does). Ends when its input ends, and prints how many bytes
came.
"""

import select
import socket
import sys
import time

COUNTS_EVERY_S = 5.0
CONNECT_S = 30
# Never less than what came at once, and never copied.
BUFFER = bytearray(1 << 18)


def request(path: str, token: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n"
    return head.encode()


def main(port: int, pages: int, token: str, kind: str) -> None:
    poll, sockets, streams = select.epoll(), {}, 0

    def opened(path: str | None) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port), CONNECT_S)
        if path:
            connection.sendall(request(path, token))
        connection.setblocking(False)
        sockets[connection.fileno()] = connection
        poll.register(connection, select.EPOLLIN)
        return connection

    callers = []
    for _ in range(pages):
        opened("/v1/events")
        streams += 1
        if kind == "pages":
            opened("/v1/notifications/events")
            callers.append(opened(None))
            streams += 1
    poll.register(sys.stdin, select.EPOLLIN)
    print(f"open {streams}", flush=True)
    count = request("/v1/jobs?limit=1&counts=true", token)
    total, at, due = 0, 0, time.monotonic()
    while True:
        wait = 1.0
        if callers:
            now = time.monotonic()
            while due <= now:
                callers[at % len(callers)].send(count)
                at, due = at + 1, due + COUNTS_EVERY_S / len(callers)
            wait = due - now
        for number, _ in poll.poll(wait):
            if number == sys.stdin.fileno():
                print(total, flush=True)
                return
            got = sockets[number].recv_into(BUFFER)
            if not got:
                raise SystemExit("the server hung up")
            total += got


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
