"""Downloads a large file over HTTP: resumes after an interruption, and checks the sha256."""

import http.client
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.locks import exclusive_lock
from crack_exp.system.progress import track

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 60
# Not every OSError: a full disk is no failure of the connection.
CONNECTION_FAILED = (URLError, ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException)
# Some servers refuse requests that do not seem to come from a browser.
USER_AGENT = "Mozilla/5.0 (compatible; crack_exp)"


def download(url: str, path: Path, *, sha256: str, by_hand: str) -> None:
    """Download `url` to `path`, unless `path` exists and is complete. A partial download in `path`.part is resumed.

    by_hand: instructions for a manual download.
    Raises UserError (naming data.url) if it cannot be downloaded, or its sha256 is not `sha256`.
    """
    with exclusive_lock(path.with_name(f"{path.name}.lease"), waiting="waiting for another run that downloads it"):
        if path.exists():
            return check_sha256(path, sha256, f"data.folder: '{path}'", f"delete it to fetch it anew, or {by_hand}")
        part = path.with_name(f"{path.name}.part")
        try:
            _fetch(url, part)
        except HTTPError as error:
            error.close()
            raise UserError(f"data.url={url}: the server responds {error.code} {error.reason}; {by_hand}") from error
        except CONNECTION_FAILED as error:
            kept = f"{part.stat().st_size / 1e6:,.0f} MB are kept, " if part.exists() else ""
            raise UserError(
                f"data.url={url}: {kept}the connection failed ({_reason(error)}); run it again, or {by_hand}"
            ) from error
        check_sha256(part, sha256, f"data.url={url}", by_hand)
        part.rename(path)


def check_sha256(path: Path, expected: str, setting: str, remedy: str) -> None:
    """Raise UserError if the file has another sha256; a partial download (.part) is then deleted."""
    if (found := file_sha256(path)) != expected:
        size = path.stat().st_size
        if path.suffix == ".part":
            path.unlink()
        raise UserError(
            f"{setting}: {size:,} bytes with the sha256 {found}, not {expected}: a damaged file, or another version; "
            f"{remedy}"
        )


def _fetch(url: str, part: Path) -> None:
    """Append the missing bytes to `part`, or start again if the server cannot resume."""
    have = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"User-Agent": USER_AGENT} | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        answer = urlopen(request, timeout=TIMEOUT_S)
    except HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            error.close()
            return  # the file is complete
        raise
    with answer, part.open("ab" if answer.status == http.client.PARTIAL_CONTENT else "wb") as file:
        length = int(answer.headers.get("Content-Length") or 0)
        for chunk in track(_chunks(answer, length), "downloading (MB)", -(-length // CHUNK_BYTES)):
            file.write(chunk)


def _chunks(answer: http.client.HTTPResponse, length: int) -> Iterator[bytes]:
    """The chunks of the response. Raises http.client.IncompleteRead if there are fewer bytes than `length`."""
    got = 0
    while chunk := answer.read(CHUNK_BYTES):
        got += len(chunk)
        yield chunk
    if got < length:
        raise http.client.IncompleteRead(b"", length - got)


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return f"{error.expected or 0:,} bytes are missing"
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
    return " ".join(str(reason).split()) or type(error).__name__
