"""A download goes on where it broke off, from a server in this process, and is trusted by its fingerprint alone."""

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
    assert server.asked == [None]
    assert not list(tmp_path.rglob("*.part"))


def test_it_does_not_look_like_a_program_that_some_hosts_refuse(server: Server, tmp_path: Path) -> None:
    fetch(server, tmp_path / "set.rar")
    assert all(agent and agent.startswith("Mozilla/5.0") for agent in server.agents)


def test_what_broke_off_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    server.breaks_after = CHUNK_BYTES + 100
    said = refused(server, tmp_path / "set.rar")
    assert said.startswith(f"data.url={server.url}: 1 MB are kept, the connection failed (")
    assert said.endswith("; run it again, or get it by hand")
    kept = (tmp_path / "set.rar.part").stat().st_size
    assert kept >= CHUNK_BYTES
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT
    assert server.asked == [None, f"bytes={kept}-"]


def test_a_server_that_does_not_resume_sends_it_all_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set.rar.part").write_bytes(CONTENT[:500])
    server.resumes = False
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT


def test_a_whole_file_that_was_never_checked_is_checked(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set.rar.part").write_bytes(CONTENT)
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT


def test_another_file_is_not_kept(server: Server, tmp_path: Path) -> None:
    said = refused(server, tmp_path / "set.rar", "0" * 64)
    assert f"{len(CONTENT):,} bytes with the sha256 {SHA256}, not {'0' * 64}: a damaged file, or" in said
    assert said.endswith("get it by hand")
    assert not list(tmp_path.glob("*.part"))


def test_a_damaged_beginning_is_not_gone_on_with_for_ever(server: Server, tmp_path: Path) -> None:
    (tmp_path / "set.rar.part").write_bytes(b"damaged")
    assert "a damaged file" in refused(server, tmp_path / "set.rar")
    fetch(server, tmp_path / "set.rar")
    assert (tmp_path / "set.rar").read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_is_told_with_what_to_do(server: Server, tmp_path: Path, status: int) -> None:
    server.status = status
    assert refused(server, tmp_path / "set.rar").startswith(f"data.url={server.url}: the server says {status} ")


def test_no_server_is_told_with_what_to_do(server: Server, tmp_path: Path) -> None:
    url = server.url
    server.shutdown()
    server.server_close()
    with pytest.raises(
        ValueError, match=f"^data.url={url}: the connection failed .*; run it again, or get it by hand$"
    ):
        download(url, tmp_path / "set.rar", sha256=SHA256, by_hand="get it by hand")


def test_two_at_once_fetch_it_once(server: Server, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda _: fetch(server, tmp_path / "set.rar"), range(2)))
    assert (tmp_path / "set.rar").read_bytes() == CONTENT and server.asked == [None]
