"""A large file over HTTP: goes on where it broke off, and is trusted only with the right fingerprint."""

import fcntl
import http.client
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from crack_exp.system.errors import UserError
from crack_exp.system.files import file_sha256
from crack_exp.system.progress import track

CHUNK_BYTES = 1 << 20
TIMEOUT_S = 60
# Not every OSError: a full disk is none of the connection's.
CONNECTION_FAILED = (URLError, ConnectionError, TimeoutError, ssl.SSLError, http.client.HTTPException)
# Some hosts of data sets refuse what does not look like a browser.
USER_AGENT = "Mozilla/5.0 (compatible; crack_exp)"


def download(url: str, path: Path, *, sha256: str, by_hand: str) -> None:
    """Fetch `url` to `path`, unless it is there and whole. What a break leaves in `path`.part is gone on with.

    by_hand: how a person gets the file where this machine cannot.
    Raises UserError (naming data.url) where it cannot be fetched, or is another file than `sha256` says.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second run waits, and finds the file
        if path.exists():
            return check_sha256(path, sha256, f"data.folder: '{path}'", f"delete it to fetch it anew, or {by_hand}")
        part = path.with_name(f"{path.name}.part")
        try:
            _fetch(url, part)
        except HTTPError as error:
            error.close()
            raise UserError(f"data.url={url}: the server says {error.code} {error.reason}; {by_hand}") from error
        except CONNECTION_FAILED as error:
            kept = f"{part.stat().st_size / 1e6:,.0f} MB are kept, " if part.exists() else ""
            raise UserError(
                f"data.url={url}: {kept}the connection failed ({_reason(error)}); run it again, or {by_hand}"
            ) from error
        check_sha256(part, sha256, f"data.url={url}", by_hand)
        part.rename(path)


def check_sha256(path: Path, expected: str, setting: str, remedy: str) -> None:
    """Raise UserError where the file is another one. What was downloaded (.part) is then deleted."""
    if (found := file_sha256(path)) != expected:
        size = path.stat().st_size
        if path.suffix == ".part":
            path.unlink()
        raise UserError(
            f"{setting}: {size:,} bytes with the sha256 {found}, not {expected}: a damaged file, or another version; "
            f"{remedy}"
        )


def _fetch(url: str, part: Path) -> None:
    """Append to `part` what it lacks, or begin anew where the server does not resume."""
    have = part.stat().st_size if part.exists() else 0
    request = Request(url, headers={"User-Agent": USER_AGENT} | ({"Range": f"bytes={have}-"} if have else {}))
    try:
        answer = urlopen(request, timeout=TIMEOUT_S)
    except HTTPError as error:
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
            error.close()
            return  # all of it is there
        raise
    with answer, part.open("ab" if answer.status == http.client.PARTIAL_CONTENT else "wb") as file:
        length = int(answer.headers.get("Content-Length") or 0)
        for chunk in track(_chunks(answer, length), "downloading (MB)", -(-length // CHUNK_BYTES)):
            file.write(chunk)


def _chunks(answer: http.client.HTTPResponse, length: int) -> Iterator[bytes]:
    """Raises http.client.IncompleteRead where fewer bytes come than were promised."""
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
