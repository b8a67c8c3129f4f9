"""Images of concurrent requests are computed together: a batch of eight takes less than twice the time of one image."""

import time
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType

import numpy as np

from crack_exp.deployed.engine import LARGEST_BATCH
from crack_exp.deployed.model import DeployedModel

WAITING_SHARE = 0.5
"""Of the time of the last batch: so long a batch waits at most for as many images."""

Job = tuple[np.ndarray, "Future[np.ndarray]"]


class Batcher:
    """One thread computes; what arrives meanwhile is its next batch.

    Clients that got their answers together ask again at nearly the same time. So a batch waits for as many images as
    the last one had, but for a part of the time that it will save; a client that is alone never waits.
    """

    def __init__(self, model: DeployedModel) -> None:
        self._model = model
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="batches", daemon=True)
        self._expected, self._seconds = 1, 0.0  # of the last batch

    def __enter__(self) -> "Batcher":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._jobs.put(None)
        self._thread.join()

    def submit(self, pixels: np.ndarray) -> "Future[np.ndarray]":
        """The probabilities (C,) of one resized image (S, S, 3) uint8, later."""
        job: Future[np.ndarray] = Future()
        self._jobs.put((pixels, job))
        return job

    def _work(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch, is_last = self._with_waiting(first)
            # Who hung up meanwhile gets no answer.
            batch = [(pixels, job) for pixels, job in batch if job.set_running_or_notify_cancel()]
            if batch:
                self._compute(batch)
            if is_last:
                return

    def _with_waiting(self, first: Job) -> tuple[list[Job], bool]:
        """`first` and what waits behind it, up to a batch; and whether the end was among it."""
        batch, end = [first], time.monotonic() + WAITING_SHARE * self._seconds
        while len(batch) < LARGEST_BATCH:
            wait_s = end - time.monotonic() if len(batch) < self._expected else 0.0
            try:
                job = self._jobs.get(timeout=wait_s) if wait_s > 0 else self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _compute(self, batch: list[Job]) -> None:
        began = time.monotonic()
        try:
            found = self._model.probabilities(np.stack([pixels for pixels, _ in batch]))
        except Exception as error:  # the waiting requests get it, and the thread goes on
            for _, job in batch:
                job.set_exception(error)
            return
        self._expected, self._seconds = len(batch), time.monotonic() - began
        for (_, job), probabilities in zip(batch, found, strict=True):
            job.set_result(probabilities)
