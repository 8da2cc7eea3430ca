#!/usr/bin/env python3
"""A receiver of webhooks that keeps what it gets: notification_receiver.py FILE [options]

    --secret KEY     signatures have to be valid with this key, as the package `standardwebhooks` sees it

It listens on 127.0.0.1 and says where on its first line: port 12345. To FILE it appends an object in
JSON a line for each call: `path`, `headers`, `body` (of an envelope of Sentry `header` and `items`),
`status` (what it answered), and with --secret `valid`. It answers what stands in FILE.answer (a status, and a body behind a blank), or 200.
"""

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--secret")
    options = parser.parse_args()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(options))
    print(f"port {server.server_address[1]}", flush=True)
    server.serve_forever()


def handler(options):
    answer_file = options.file.with_name(options.file.name + ".answer")
    one_at_a_time = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, said = answer()
            call = {
                "path": self.path,
                "headers": headers,
                "body": envelope(body) if self.path.endswith("/envelope/") else json.loads(body),
                "status": status,
            }
            if options.secret:
                call["valid"] = is_valid(options.secret, body, headers)
            with one_at_a_time, open(options.file, "a") as file:
                file.write(json.dumps(call) + "\n")
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    def answer():
        try:
            status, _, said = answer_file.read_text().partition(" ")
            return int(status), said.encode()
        except FileNotFoundError:
            return 200, b"ok"

    return Handler


def envelope(body):
    """An envelope of Sentry, as its clients write it: a header, and items with headers."""
    header, _, rest = body.partition(b"\n")
    items = []
    while rest:
        item, _, rest = rest.partition(b"\n")
        item = json.loads(item)
        payload, rest = rest[: item["length"]], rest[item["length"] + 1 :]
        items.append({"header": item, "payload": json.loads(payload)})
    return {"header": json.loads(header), "items": items}


def is_valid(secret, body, headers):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


main()
