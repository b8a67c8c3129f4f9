"""A run as it is read back from MLflow: its settings, figures and tags, and its files."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crack_exp.system.csv_files import read_csv
from crack_exp.system.files import file_sha256
from crack_exp.system.own_files import must_be, reading_own_file
from crack_exp.tracking.address import StoreAddress
from crack_exp.tracking.client import store_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

FILE_SHA256 = ".file_sha256"
"""The tag of a run with the sha256 of a file is the name of the file with this."""


@dataclass(frozen=True)
class FinishedRun:
    """A run in MLflow. store: reads its files and changes its tags."""

    run_id: str
    name: str
    status: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    store: "StoredRun"

    def rows(self, path: str) -> list[dict[str, str]] | None:
        """The rows of its CSV file `path`, None where it has no such file. Raises UserError where it is damaged."""
        return self.store.rows(path, self.tags.get(path + FILE_SHA256))


class StoredRun:
    """Access to one run in its store. Its methods raise UserError where the store fails."""

    def __init__(self, client: "MlflowClient", run_id: str, address: StoreAddress) -> None:
        self._client, self._run_id, self._address = client, run_id, address

    def rows(self, path: str, sha256: str | None) -> list[dict[str, str]] | None:
        """The rows of a CSV file, None where the run has no such file.

        sha256: of its content, None where it is not known. Raises UserError where the file is damaged.
        """
        with store_errors(self._address, f"read {path} of run {self._run_id} from"):
            if not any(file.path == path for file in self._client.list_artifacts(self._run_id)):
                return None
            local = Path(self._client.download_artifacts(self._run_id, path))
        with reading_own_file(local, f"leave run {self._run_id} out, or train it again"):
            must_be(sha256 is None or file_sha256(local) == sha256, "as it was written")
            return read_csv(local)

    def data_location(self) -> str | None:
        """The absolute path of the file or folder with its images; None where unknown."""
        with store_errors(self._address, f"read run {self._run_id} from"):
            inputs = self._client.get_run(self._run_id).inputs.dataset_inputs
        return next((json.loads(one.dataset.source).get("uri") for one in inputs), None)

    def tag(self, key: str, value: str) -> None:
        with store_errors(self._address, f"tag run {self._run_id} in"):
            self._client.set_tag(self._run_id, key, value)

    def close_as_killed(self) -> None:
        """For a run whose process was killed."""
        with store_errors(self._address, f"close run {self._run_id} in"):
            self._client.set_terminated(self._run_id, "KILLED")


def finished_run(client: "MlflowClient", run: "Run", store: StoreAddress) -> FinishedRun:
    return FinishedRun(
        run_id=run.info.run_id,
        name=run.info.run_name or run.info.run_id,
        status=run.info.status,
        params=run.data.params,
        metrics=run.data.metrics,
        tags=run.data.tags,
        store=StoredRun(client, run.info.run_id, store),
    )
