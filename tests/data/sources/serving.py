"""A server of one file in this process, which can resume, interrupt and refuse downloads."""

import hashlib
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crack_exp.data.sources.download import CHUNK_BYTES

CONTENT = bytes(range(256)) * (10 * CHUNK_BYTES // 1024)  # two and a half chunks
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves `content`. breaks_after: bytes after which it drops the connection, once; status: refuses instead."""

    content, resumes, status = CONTENT, True, 200
    breaks_after: int | None = None

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.ranges: list[str | None] = []
        self.agents: set[str | None] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/file_downloaded"


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, requested = self.server, self.headers.get("Range")
        server.ranges.append(requested)
        server.agents.add(self.headers.get("User-Agent"))
        if server.status != 200:
            return self.send_error(server.status)
        match = re.fullmatch(r"bytes=(\d+)-", requested or "")
        start = int(match[1]) if match and server.resumes else 0
        if start >= len(server.content):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(server.content) - start))
        self.end_headers()
        end, server.breaks_after = server.breaks_after, None
        self.wfile.write(server.content[start : start + end if end else None])

    def log_message(self, *_: object) -> None:
        pass
