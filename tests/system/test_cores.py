"""Parallel jobs use different cores, and give the same results as a single job."""

import pytest

from crack_exp.system.cores import all_cores, cores, share, share_cores


@pytest.mark.parametrize(
    ("worker", "size", "cores_of_it"),
    [
        (0, 4, [2, 3, 5, 7]),
        (0, 2, [2, 3]),
        (1, 2, [5, 7]),
        (2, 1, [5]),
        # A worker that replaced another, or one too many, uses the same cores as an earlier one.
        (2, 2, [2, 3]),
        # Remaining cores stay idle, so that all workers have the same speed.
        (1, 3, [2, 3, 5]),
        (0, 9, [2, 3, 5, 7]),
        (0, 0, [2]),
    ],
)
def test_the_share_of_cores_of_each_worker(worker: int, size: int, cores_of_it: list[int]) -> None:
    assert share([2, 3, 5, 7], worker, size) == cores_of_it


def test_a_process_outside_joblib_keeps_all_cores() -> None:
    before = cores()
    share_cores()
    assert cores() == before == all_cores() >= 1
