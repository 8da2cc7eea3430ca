"""A site of numbered pages, in a process of its own: it takes no time of what is measured.

Prints its port. Behind the last page is one without rows.
"""

import http.server
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

FILES = sorted(Path(sys.argv[1]).glob("*.html"))


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        number = parse_qs(at.query).get("page")
        if number is None:
            self.send_error(404)
            return
        no = int(number[0])
        body = FILES[no - 1].read_bytes() if no <= len(FILES) else b"<p>nothing</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        print(server.server_port, flush=True)
        server.serve_forever()
