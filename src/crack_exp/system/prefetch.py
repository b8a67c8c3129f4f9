"""Prefetching: computes the next items in threads while the current one is used."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from crack_exp.system.cores import cores

Item = TypeVar("Item")
Result = TypeVar("Result")
BATCHES_AHEAD = 3


def prefetch(calls: Iterable[Callable[[], Item]]) -> Generator[Item, None, None]:
    """The results of `calls`, in order; each call runs while the caller uses the result of the previous one."""
    thread = ThreadPoolExecutor(1)
    current: Future[Item] | None = None
    try:
        for call in calls:
            upcoming = thread.submit(call)
            if current is not None:
                yield current.result()
            current = upcoming
        if current is not None:
            yield current.result()
    finally:
        # A caller that stops early must not wait for items that it does not use.
        thread.shutdown(wait=False, cancel_futures=True)


def map_in_batches(call: Callable[[Item], Result], items: Iterable[Item], batch_size: int) -> Iterator[list[Result]]:
    """The results of `call` in batches, in order; all cores compute a few batches ahead of the caller.

    Any number of items fits in memory. `call` should release the interpreter lock, as Pillow does.
    """
    threads = ThreadPoolExecutor(cores())
    jobs = (threads.submit(call, item) for item in items)
    ahead: deque[list[Future[Result]]] = deque()
    try:
        while batch := list(islice(jobs, batch_size)):
            ahead.append(batch)
            if len(ahead) > BATCHES_AHEAD:
                yield [job.result() for job in ahead.popleft()]
        while ahead:
            yield [job.result() for job in ahead.popleft()]
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
