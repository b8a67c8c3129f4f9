"""Fresh processes that need not import TensorFlow anew: a server has imported it, and forks a child for each of them.

Nothing but imports happens in the server. TensorFlow starts its threads, and crack_exp reads its environment, in the
child alone. What the server does not give anew is the seed of Python's hashes: whoever tests that two processes do
the same starts one of them with a Python of its own.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

PATIENCE_S = 300
DRAWING = ("crack_exp.run", "crack_exp.tune")
"""Commands whose runs draw no plots here: see `no_plots`."""

LONGEST = 100_000
"""Bytes of a request."""
# What crack_exp, or a library for it, imports only while it works.
IMPORTED_LATE = ("mlflow.store.tracking.sqlalchemy_store", "mlflow.store.db.utils", "mlflow.tensorflow", "cryptography")


class Forked:
    """`python WORDS`, of which the first are "-m MODULE" or "-c PROGRAM", in `cwd`; it runs until it is waited for."""

    def __init__(self, words: list[str], cwd: Path, environment: dict[str, str]) -> None:
        self._words = words
        self._said = [tempfile.TemporaryFile() for _ in ("stdout", "stderr")]
        request = {"words": words, "cwd": str(cwd), "environment": environment}
        self.pid = _server().ask(request, [file.fileno() for file in self._said])

    def kill(self) -> None:
        """Without warning. It may have ended by itself: until it is waited for, nobody else has its number."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Its end, and all that it said. Raises subprocess.TimeoutExpired, the process then being killed."""
        with self._said[0] as stdout, self._said[1] as stderr:
            try:
                code = _server().ask({"wait_for": self.pid}, timeout_s=timeout_s)
            except TimeoutError:
                os.kill(self.pid, signal.SIGKILL)
                _server().answer(PATIENCE_S)
                raise subprocess.TimeoutExpired(self._words, timeout_s) from None
            return subprocess.CompletedProcess([sys.executable, *self._words], code, _text(stdout), _text(stderr))


def _text(said: BinaryIO) -> str:
    said.seek(0)
    return said.read().decode(errors="surrogateescape").replace("\r\n", "\n")


class Server:
    """The process that forks, seen from the tests."""

    def __init__(self) -> None:
        self._socket, end = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with end:
            command = [sys.executable, __file__, str(end.fileno())]
            # Who sets TensorFlow's log level is shown all that it says at its start.
            environment = {name: value for name, value in os.environ.items() if name != "TF_CPP_MIN_LOG_LEVEL"}
            self._process = subprocess.Popen(
                command, env=environment, pass_fds=[end.fileno()], stdin=subprocess.DEVNULL
            )

    def ask(self, request: dict[str, Any], files: Sequence[int] = (), *, timeout_s: float = PATIENCE_S) -> int:
        """A number: of the new process, whose output goes into `files`, or its exit code."""
        socket.send_fds(self._socket, [json.dumps(request).encode()], files)
        return self.answer(timeout_s)

    def answer(self, timeout_s: float) -> int:
        self._socket.settimeout(timeout_s)
        answer = self._socket.recv(LONGEST)
        if not answer:
            raise RuntimeError("the server of processes died")
        return int(answer)

    def stop(self) -> None:
        self._socket.close()
        self._process.wait(timeout=60)


@cache
def _server() -> Server:
    """That of this process: started when it is needed first."""
    return Server()


def stop_server() -> None:
    """End it, where there is one."""
    if _server.cache_info().currsize:
        _server().stop()
        _server.cache_clear()


def serve(requests: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Fork a child for each request; returns in each of these, with its request. Ends when nobody asks any more."""
    while True:
        line, files, _, _ = socket.recv_fds(requests, LONGEST, 2)
        if not line:
            os._exit(0)
        request = json.loads(line)
        if "wait_for" in request:
            _, status = os.waitpid(request["wait_for"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            answer = _fork()
            if not answer:
                return request, files
        for file in files:
            os.close(file)
        requests.sendall(str(answer).encode())


def _fork() -> int:
    with warnings.catch_warnings():
        # Threads of numpy's: its libraries see to a fork themselves.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        return os.fork()


def import_all() -> None:
    """Import what crack_exp imports, as it does so itself; but not crack_exp, which may look around as it begins."""
    import crack_exp
    from crack_exp.system.quiet_start import quiet_start
    from crack_exp.tracking.environment import mlflow_environment

    with quiet_start(), mlflow_environment():
        for module in pkgutil.walk_packages(crack_exp.__path__, "crack_exp."):
            if not module.name.endswith((".__main__", ".jax_backend", ".torch_backend")):  # these need not be installed
                importlib.import_module(module.name)
        for name in IMPORTED_LATE:
            importlib.import_module(name)
    for name in [name for name in sys.modules if name.partition(".")[0] == "crack_exp"]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()  # children look through none of it again


def become(request: dict[str, Any], files: list[int]) -> None:
    """Do what Python does with these words. How it ends is left to the interpreter."""
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["cwd"])
    for descriptor, file in enumerate(files, start=1):
        os.dup2(file, descriptor)
        os.close(file)
    (kind, what), rest = request["words"][:2], request["words"][2:]
    sys.orig_argv[1:] = request["words"]
    if what in DRAWING:
        importlib.import_module("no_plots").leave_out_plots()
    if kind == "-m":
        sys.argv, sys.path[0] = [what, *rest], request["cwd"]
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.argv, sys.path[0] = [kind, *rest], ""
        sys.modules["__main__"] = main = ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), main.__dict__)


if __name__ == "__main__":
    connection = socket.socket(fileno=int(sys.argv[1]))
    import_all()
    asked = serve(connection)
    connection.close()
    become(*asked)
