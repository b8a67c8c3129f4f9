"""Jobs side by side share the cores out, and give what they give alone."""

import pytest

from crack_exp.system.cores import all_cores, cores, share, share_cores


@pytest.mark.parametrize(
    ("worker", "size", "cores_of_it"),
    [
        (0, 4, [2, 3, 5, 7]),
        (0, 2, [2, 3]),
        (1, 2, [5, 7]),
        (2, 1, [5]),
        # A worker that took the place of another, or one too many, shares with one of the first.
        (2, 2, [2, 3]),
        # What does not come out even stays idle rather than have workers of different speed.
        (1, 3, [2, 3, 5]),
        (0, 9, [2, 3, 5, 7]),
        (0, 0, [2]),
    ],
)
def test_workers_take_turns_over_the_cores(worker: int, size: int, cores_of_it: list[int]) -> None:
    assert share([2, 3, 5, 7], worker, size) == cores_of_it


def test_a_process_that_works_alone_keeps_all_its_cores() -> None:
    before = cores()
    share_cores()
    assert cores() == before == all_cores() >= 1
