"""Work that goes on in a thread while its last result is used."""

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def prefetch(calls: Iterable[Callable[[], Item]]) -> Generator[Item, None, None]:
    """What `calls` return, in order; each is made while the caller uses what the one before returned."""
    thread = ThreadPoolExecutor(1)
    waiting: Future[Item] | None = None
    try:
        for call in calls:
            coming = thread.submit(call)
            if waiting is not None:
                yield waiting.result()
            waiting = coming
        if waiting is not None:
            yield waiting.result()
    finally:
        # Nobody wants the rest: whoever leaves early must not wait for it.
        thread.shutdown(wait=False, cancel_futures=True)
