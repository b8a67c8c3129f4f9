"""What every test needs before TensorFlow is imported."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real images and weights; tests that ask for it are skipped where there is none."""
    folder = os.environ.get("CRACK_EXP_REAL_DATA")
    if not folder:
        pytest.skip("CRACK_EXP_REAL_DATA is not set: no real images here")
    return Path(folder)
