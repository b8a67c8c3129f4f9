"""Prefetching: computes the next item in a thread while the current one is used."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


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
