"""Calls of the API, each over a connection of its own: the other end is killed all the time."""

import http.client
import json

from audience_bench.measure import BenchError

TIMEOUT_S = 60


def call(
    port: int,
    method: str,
    path: str,
    body: dict[str, object] | None = None,
    headers: dict[str, str] | None = None,
) -> dict[str, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        text = None if body is None else json.dumps(body)
        connection.request(
            method, path, text, {"Content-Type": "application/json"} | (headers or {})
        )
        response = connection.getresponse()
        answer = json.loads(response.read())
    except ValueError as error:
        # Cut off in the middle.
        raise http.client.HTTPException(str(error)) from error
    finally:
        connection.close()
    if response.status in (503, 429):
        raise http.client.HTTPException(f"{response.status}")
    if response.status >= 400:
        raise BenchError(f"{method} {path} answered {response.status}: {answer}")
    return dict(answer)


def download(port: int, path: str) -> bytes:
    """A file, whole."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        data = response.read()
    finally:
        connection.close()
    if response.status != 200:
        raise BenchError(f"GET {path} answered {response.status}: {data[:500]!r}")
    return data
