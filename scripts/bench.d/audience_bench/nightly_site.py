"""A site with many addresses, in a process of its own: it takes no time of what is measured.

Prints its port, and then a line for each request: when it came, and the address that was asked.
"""

import http.server
import sys
import time

ROWS = 20


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        at = time.time()
        # In one piece: other threads write lines, too.
        sys.stdout.write(f"{at:.6f} {self.headers['Host'].split(':')[0]} {self.path}\n")
        sys.stdout.flush()
        if self.path.startswith("/robots.txt"):
            self.send_error(404)
            return
        rows = "".join(f"<tr><td>{self.path} {no}<td>{at}" for no in range(ROWS))
        body = f'<table id="obs"><tbody>{rows}</table>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024


if __name__ == "__main__":
    with Server(("", 0), Site) as server:
        print(server.server_port, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            sys.exit(0)
