"""Images of concurrent requests are computed together: a batch of eight takes less than twice the time of one image."""

from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType

import numpy as np

from crack_exp.deployed.engine import LARGEST_BATCH
from crack_exp.deployed.model import DeployedModel

Job = tuple[np.ndarray, "Future[np.ndarray]"]


class Batcher:
    """One thread computes; what arrives meanwhile is its next batch. Nothing waits for company."""

    def __init__(self, model: DeployedModel) -> None:
        self._model = model
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="batches", daemon=True)

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
        batch = [first]
        while len(batch) < LARGEST_BATCH:
            try:
                job = self._jobs.get_nowait()
            except Empty:
                break
            if job is None:
                return batch, True
            batch.append(job)
        return batch, False

    def _compute(self, batch: list[Job]) -> None:
        try:
            found = self._model.probabilities(np.stack([pixels for pixels, _ in batch]))
        except Exception as error:  # the waiting requests get it, and the thread goes on
            for _, job in batch:
                job.set_exception(error)
            return
        for (_, job), probabilities in zip(batch, found, strict=True):
            job.set_result(probabilities)
