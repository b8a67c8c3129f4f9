"""Downloads from a server in this process: resumed after an interruption, and checked by sha256."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from crack_exp.data.sources.download import CHUNK_BYTES, download
from tests.data.sources.serving import CONTENT, SHA256, Server


def fetch(server: Server, path: Path, sha256: str = SHA256) -> None:
    download(server.url, path, sha256=sha256, by_hand="get it by hand")


def refused(server: Server, path: Path, sha256: str = SHA256) -> str:
    with pytest.raises(ValueError) as raised:
        fetch(server, path, sha256)
    assert "\n" not in str(raised.value) and not path.exists()
    return str(raised.value)


def test_the_file_is_fetched_once(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path / "new" / "set.rar")
    fetch(server, tmp_path / "new" / "set.rar")
    assert (tmp_path / "new" / "set.rar").read_bytes() == CONTENT
    assert server.ranges == [None]
    assert not list(tmp_path.rglob("*.part"))


def test_the_user_agent_is_one_that_servers_accept(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path / "set.rar")
    assert all(agent and agent.startswith("Mozilla/5.0") for agent in server.agents)


def test_an_interrupted_download_is_resumed(server: Server, tmp_path: Path) -> None:
    server.breaks_after = CHUNK_BYTES + 100
    message = refused(server, tmp_path / "set.rar")
    assert message.startswith(f"data.url={server.url}: 1 MB are kept, the connection failed (")
    assert message.endswith("; run it again, or get it by hand")
    kept = (tmp_path / "set.rar.part").stat().st_size
    assert kept >= CHUNK_BYTES
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={kept}-"]


def test_a_server_that_does_not_resume_sends_it_all_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set.rar.part").write_bytes(CONTENT[:500])
    server.resumes = False
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT


def test_a_complete_but_unchecked_file_is_checked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set.rar.part").write_bytes(CONTENT)
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT


def test_another_file_is_not_kept(server: Server, tmp_path: Path) -> None:
    message = refused(server, tmp_path / "set.rar", "0" * 64)
    assert f"{len(CONTENT):,} bytes with the sha256 {SHA256}, not {'0' * 64}: a damaged file, or" in message
    assert message.endswith("get it by hand")
    assert not list(tmp_path.glob("*.part"))


def test_a_damaged_partial_download_is_deleted(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set.rar.part").write_bytes(b"damaged")
    assert "a damaged file" in refused(server, tmp_path / "set.rar")
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_http_error_is_reported_with_a_remedy(server: Server, tmp_path: Path, status: int) -> None:
    server.status = status
    assert refused(server, tmp_path / "set.rar").startswith(f"data.url={server.url}: the server responds {status} ")


def test_a_missing_server_is_reported_with_a_remedy(server: Server, tmp_path: Path) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(
        ValueError, match=f"^data.url={url}: the connection failed .*; run it again, or get it by hand$"
    ):
        download(url, tmp_path / "set.rar", sha256=SHA256, by_hand="get it by hand")


def test_two_processes_download_it_once(server: Server, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: fetch(server, tmp_path / "set.rar"), range(2)))
    assert (tmp_path / "set.rar").read_bytes() == CONTENT and server.ranges == [None]
