"""Prefetching: computes the next items in threads while the current one is used."""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from crack_exp.system.cores import cores

Item = TypeVar("Item")
Result = TypeVar("Result")
BATCHES_AHEAD = 3


def prefetch(calls: Iterable[Callable[[], Item]]) -> Generator[Item, None, None]:
    """The results of `calls`, in order; each call runs while the caller uses the result of the previous one."""
    thread = ThreadPoolExecutor(1)
    try:
        yield from read_ahead(calls, thread, 1)
    finally:
        # A caller that stops early must not wait for items that it does not use.
        thread.shutdown(wait=False, cancel_futures=True)


def read_ahead(calls: Iterable[Callable[[], Item]], thread: Executor, ahead: int) -> Generator[Item, None, None]:
    """The results of `calls`, in order; `thread` computes up to `ahead` of them before the caller asks."""
    waiting = deque[Future[Item]]()
    try:
        for call in calls:
            waiting.append(thread.submit(call))
            if len(waiting) > ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()


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
