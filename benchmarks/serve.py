"""Images a second of crack_exp.serve with one client and with several, and how long an answer takes; in turns.

python benchmarks/serve.py --images ccic/Positive --model latest
python benchmarks/serve.py --images ccic/Positive --model outputs/DATE/TIME --seconds 5 --mlflow models:/ID

Each client keeps one connection, and sends its next image when it has the answer to the last. With --mlflow the same
clients ask `mlflow models serve` as well, which computes each request alone.
"""

import argparse
import base64
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crack_exp.system.machine import cpu_model

SECONDS_TO_START = 180


@dataclass(frozen=True)
class Server:
    """Where it listens, and how an image is asked for: path, headers, and the body of an image's bytes."""

    name: str
    port: int
    path: str
    kind: str
    body: Callable[[bytes], bytes]


@dataclass(frozen=True)
class Round:
    """images_per_s; answers_ms: how long each answer took."""

    images_per_s: float
    answers_ms: np.ndarray


Start = Callable[[], AbstractContextManager[Server]]


def main() -> None:
    arguments = parsed()
    images = [path.read_bytes() for path in sorted(arguments.images.iterdir())[: arguments.count]]
    table = Table("server", "clients", "images/s", "against 1 client", "p50 ms", "p99 ms", box=SIMPLE_HEAD)
    for start in starts(arguments):
        with start() as server:
            measured(server, images, 1, 2.0)  # warm
            rounds = [
                {clients: measured(server, images, clients, arguments.seconds) for clients in (1, arguments.clients)}
                for _ in range(arguments.pairs)
            ]
        for clients in (1, arguments.clients):
            shown = figures([one[clients] for one in rounds], [one[1] for one in rounds])
            table.add_row(server.name, str(clients), *shown)
    rounds_text = f"{arguments.pairs} rounds of {arguments.seconds:g} s in turns, medians"
    Console().print(table, f"{rounds_text}; {cpu_model()}, {os.cpu_count()} cores", sep="\n")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="a folder of image files")
    parser.add_argument("--count", type=int, default=500, help="images of it that are sent again and again")
    parser.add_argument("--model", default="latest", help="as in crack_exp.serve")
    parser.add_argument("--override", action="append", default=[], help="another setting of crack_exp.serve")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each round")
    parser.add_argument("--pairs", type=int, default=3, help="rounds with one client and with several")
    parser.add_argument("--mlflow", help="a model of MLflow, served beside it by mlflow models serve")
    return parser.parse_args()


def figures(rounds: list[Round], alone: list[Round]) -> list[str]:
    rate = median(one.images_per_s for one in rounds)
    ratio = median(one.images_per_s / by_itself.images_per_s for one, by_itself in zip(rounds, alone, strict=True))
    answers = np.concatenate([one.answers_ms for one in rounds])
    return [f"{rate:.0f}", f"{ratio:.2f}", *(f"{np.percentile(answers, share):.1f}" for share in (50, 99))]


def measured(server: Server, images: list[bytes], clients: int, seconds: float) -> Round:
    """So many clients ask for `seconds`, each one image after another."""
    end = time.perf_counter() + seconds
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as threads:
        answers = list(threads.map(lambda number: asked(server, images[number::clients], end), range(clients)))
    times = np.concatenate(answers)
    return Round(len(times) / (time.perf_counter() - began), 1000 * times)


def asked(server: Server, images: list[bytes], end: float) -> np.ndarray:
    """Seconds that each answer took."""
    bodies, times = [server.body(image) for image in images], list[float]()
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        while (began := time.perf_counter()) < end:
            connection.request("POST", server.path, bodies[len(times) % len(bodies)], {"Content-Type": server.kind})
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status == 200, content
            times.append(time.perf_counter() - began)
    return np.array(times)


def starts(arguments: argparse.Namespace) -> Iterator[Start]:
    yield partial(ours, arguments.model, arguments.override)
    if arguments.mlflow:
        yield partial(by_mlflow, arguments.mlflow)


@contextmanager
def ours(model: str, overrides: list[str]) -> Iterator[Server]:
    command = [sys.executable, "-m", "crack_exp.serve", f"model={model}", "port=0", *overrides]
    with stopped(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as process:
        assert process.stdout is not None
        found = next(filter(None, (re.search(r"http://127.0.0.1:(\d+)", line) for line in process.stdout)))
        yield Server("crack_exp.serve", int(found[1]), "/predict", "image/jpeg", bytes)


@contextmanager
def by_mlflow(model: str) -> Iterator[Server]:
    port = free_port()
    command = [str(Path(sys.executable).with_name("mlflow")), "models", "serve", "-m", model]
    command += ["--env-manager", "local", "--port", str(port), "--host", "127.0.0.1"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    with stopped(subprocess.Popen(command, env=environment, start_new_session=True, text=True)):
        wait_for(port)
        yield Server("mlflow models serve", port, "/invocations", "application/json", as_split)


@contextmanager
def stopped(process: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    """Ended at the end of the block, with the processes that it started if it is a session of its own."""
    try:
        yield process
    finally:
        group = os.getpgid(process.pid)
        os.killpg(group, signal.SIGTERM) if group != os.getpgrp() else process.terminate()
        process.wait(30)


def as_split(image: bytes) -> bytes:
    content = {"columns": ["image"], "data": [[base64.b64encode(image).decode()]]}
    return json.dumps({"dataframe_split": content}).encode()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(port: int) -> None:
    """Until the server says that it is well."""
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("GET", "/ping")
                if connection.getresponse().status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"no server on port {port}")


if __name__ == "__main__":
    main()
