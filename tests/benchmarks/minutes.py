"""What runs whole programs is left out of the usual suite."""

import os

import pytest

takes_minutes = pytest.mark.skipif(
    "CRACK_EXP_BENCHMARKS" not in os.environ, reason="takes minutes: set CRACK_EXP_BENCHMARKS=1"
)
