"""What the server answers, to good requests and to bad ones."""

import base64
import http.client
import json
import logging
import socket
import struct
import threading
import urllib.error
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from crack_exp.config import ServeConfig
from crack_exp.deployed.model import DeployedModel
from crack_exp.serve.address import open_port
from crack_exp.serve.batching import Batcher
from crack_exp.serve.workflow import log_address
from crack_exp.system.errors import UserError
from tests.deployed_models import CLASSES, SIZE_PX, brightness_model, grey, png
from tests.serve.conftest import LARGEST_MB, serving

JSON = {"Content-Type": "application/json"}


def post(url: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """The status, and the answer."""
    request = urllib.request.Request(url, body, {"Content-Type": "image/png"} | (headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read() or b"{}")


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def in_json(*images: bytes) -> bytes:
    return json.dumps({"images": [base64.b64encode(image).decode() for image in images]}).encode()


def test_the_body_is_an_image_or_json_holds_several(url: str, model: DeployedModel) -> None:
    images = [grey(30), grey(128), grey(220)]
    expected = list(model.predict(images))
    status, several = post(f"{url}/predict", in_json(*map(png, images)), JSON)
    assert status == 200 and several["threshold"] == 0.5
    assert [verdict["is_crack"] for verdict in several["verdicts"]] == [False, True, True]
    for found, verdict in zip(several["verdicts"], expected, strict=True):
        assert found["crack_score"] == pytest.approx(verdict.crack_score, abs=1e-6)
        assert found["label"] == verdict.label and list(found["probabilities"]) == CLASSES
    assert post(f"{url}/predict", png(images[2]))[1]["verdicts"] == several["verdicts"][2:]
    assert several["verdicts"][0]["note"].startswith("darker than a quarter of white") and not found["note"]


def test_a_survey_finds_the_bright_corner(url: str) -> None:
    photo = grey(10, width=192, height=128)
    photo[:64, 128:] = 250
    status, answer = post(f"{url}/survey?mm_per_px=1&overlap=0", png(photo))
    assert status == 200 and answer["is_crack"]
    assert [tile["is_crack"] for tile in answer["tiles"]] == [False, False, True, False, False, False]
    assert (answer["longest_run_px"], answer["longest_run_mm"]) == (64, 64)
    assert answer["cracked_share"] == pytest.approx(1 / 6)
    picture = Image.open(BytesIO(base64.b64decode(answer["map_jpeg"])))
    assert picture.format == "JPEG" and picture.size == (192, 128)


def test_health_and_card_name_the_model(url: str, model: DeployedModel) -> None:
    assert get(f"{url}/health")["weights_sha256"] == model.card.weights_sha256
    assert get(f"{url}/card") == json.loads(json.dumps(model.card.as_values()))
    assert {"/predict", "/survey", "/health", "/card"} <= get(f"{url}/openapi.json")["paths"].keys()


def bomb() -> bytes:
    """A PNG file of some hundred bytes that says it has 900 megapixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("address", "body", "headers", "status", "said"),
    [
        ("predict", b"hello", {}, 422, "image 0: not an image"),
        ("predict", png(grey(1))[:60], {}, 422, "image 0: "),
        ("predict", bomb(), {}, 422, "megapixels"),
        ("predict", b"", {}, 400, "an empty request"),
        ("predict", bytes(int(LARGEST_MB * 1e6) + 1), {}, 413, "larger than 1 MB"),
        ("predict", b"{", JSON, 400, "not JSON"),
        ("predict", b"[" * 100_000, JSON, 400, "not JSON"),
        ("predict", b"[1]", JSON, 400, "no images"),
        ("predict", b'{"images": []}', JSON, 400, "no images"),
        ("predict", b'{"images": [1]}', JSON, 400, "no images"),
        ("predict", b'{"images": ["?"]}', JSON, 400, "image 0: not base64"),
        ("predict", in_json(png(grey(1)), b"hello"), JSON, 422, "image 1: not an image"),
        ("predict", in_json(*[png(grey(1))] * 11), JSON, 413, "11 images; at most 10"),
        ("predict", b"x", {"Content-Type": "multipart/form-data; boundary=x"}, 415, "a form"),
        ("survey", png(grey(1, width=20)), {}, 422, "smaller than a tile"),
        ("survey", in_json(png(grey(1)), png(grey(1))), JSON, 413, "2 images; at most 1"),
        ("survey?tile_px=16&overlap=0.94", png(grey(1, 64, 64)), {}, 422, "more than max_tiles=500"),
        ("survey?tile_px=3", png(grey(1)), {}, 422, "tile_px=3: "),
        ("survey?mm_per_px=100", png(grey(1)), {}, 422, "mm_per_px=100"),
        ("survey?overlap=1", png(grey(1)), {}, 422, "overlap=1: "),
    ],
)
def test_a_bad_request_gets_a_sentence_and_the_server_goes_on(
    url: str, address: str, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    found, answer = post(f"{url}/{address}", body, headers)
    assert found == status and said in answer["detail"] and "\n" not in answer["detail"]
    assert post(f"{url}/predict", png(grey(200)))[0] == 200


def test_a_server_on_loopback_answers_to_its_own_name_alone(url: str) -> None:
    """Another name that points to this machine may come from a page on the internet."""
    for name, status in (("elsewhere.example", 400), ("localhost", 200)):
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        with closing(connection):
            connection.request("GET", "/health", headers={"Host": name})
            assert connection.getresponse().status == status


def test_a_client_that_hangs_up_harms_nobody(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    for _ in range(3):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nhalf of it")
    assert post(f"{url}/predict", png(grey(200)))[0] == 200


@pytest.mark.parametrize(("chunks", "is_heard"), [(20, True), (400, False)])
def test_a_body_of_unknown_length_is_refused_and_an_endless_one_cut_off(url: str, chunks: int, is_heard: bool) -> None:
    host, port = url.removeprefix("http://").split(":")
    answer = b""
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"POST /predict HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(ConnectionError):  # whoever sends on is not listened to
            for _ in range(chunks):
                client.sendall(b"186a0\r\n" + bytes(100_000) + b"\r\n")
            client.sendall(b"0\r\n\r\n")
            answer = client.recv(100)
    assert answer.startswith(b"HTTP/1.1 413 ") or not is_heard
    assert post(f"{url}/predict", png(grey(200)))[0] == 200


def test_nothing_is_written(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert post(f"{url}/survey", png(grey(200)))[0] == 200
    assert list(tmp_path.rglob("*")) == []


def test_concurrent_requests_are_computed_together_and_each_gets_its_own_answer(config: ServeConfig) -> None:
    model, sizes = brightness_model(), list[int]()
    compute = model.probabilities

    def slowly(pixels: np.ndarray) -> np.ndarray:
        sizes.append(len(pixels))
        threading.Event().wait(0.05)
        return compute(pixels)

    model.probabilities = slowly  # type: ignore[method-assign]
    levels = list(range(0, 150, 6))
    with serving(model, config) as url, ThreadPoolExecutor(len(levels)) as clients:
        answers = list(clients.map(lambda level: post(f"{url}/predict", png(grey(level))), levels))
    scores = [answer["verdicts"][0]["crack_score"] for _, answer in answers]
    assert scores == sorted(scores) and len(set(scores)) == len(levels)
    assert sum(sizes) == len(levels) and len(sizes) < len(levels) / 2


def test_a_failure_of_the_engine_reaches_those_who_wait_and_nobody_else() -> None:
    model = brightness_model()
    compute = model.probabilities

    def failing(pixels: np.ndarray) -> np.ndarray:
        if pixels.max() == 13:
            raise RuntimeError("no memory")
        return compute(pixels)

    model.probabilities = failing  # type: ignore[method-assign]
    with Batcher(model) as batcher:
        with pytest.raises(RuntimeError, match="no memory"):
            batcher.submit(grey(13, SIZE_PX, SIZE_PX)).result(30)
        assert batcher.submit(grey(200, SIZE_PX, SIZE_PX)).result(30)[2] > 0.5


def test_a_port_that_is_taken_is_named_with_the_next_one() -> None:
    with open_port("127.0.0.1", 0) as opened:
        opened.listen()
        port = opened.getsockname()[1]
        with pytest.raises(UserError, match=rf"host=127.0.0.1 port={port}: .*port={port + 1}"):
            open_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("::1", False), ("0.0.0.0", True)]
)
def test_another_address_than_loopback_says_that_there_is_no_password(
    host: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "crack_exp")
    log_address(host, 8000)
    assert ("no password" in caplog.text) == warned
