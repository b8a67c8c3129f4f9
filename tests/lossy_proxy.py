"""A way to an HTTP server on which some answers are lost: the request arrives, and who sent it hears nothing."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def losing(server: str, *paths: str) -> Iterator[str]:
    """An address that leads to `server`. The first answer to a POST of each of these paths is lost."""
    lost: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            names = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            request = urllib.request.Request(server + self.path, body or None, names, method=self.command)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    status, said = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, said = error.code, error.read()
            if self.command == "POST" and (path := _ending(self.path, paths)) and path not in lost:
                lost.add(path)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=proxy.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{proxy.server_address[1]}"
        assert lost == set(paths), f"never asked for: {set(paths) - lost}"
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()


def _ending(path: str, endings: Sequence[str]) -> str | None:
    return next((ending for ending in endings if path.partition("?")[0].endswith(ending)), None)
