"""The launcher of `sweep.worker=true`; Hydra takes launchers from this package alone. Its work is in `sweep.worker`."""

from collections.abc import Sequence

from hydra._internal.core_plugins.basic_launcher import BasicLauncher
from hydra.core.utils import JobReturn


class WorkerLauncher(BasicLauncher):
    """Does the jobs of a sweep that no other worker does."""

    def __init__(self, chosen: str) -> None:
        """chosen: the launcher that the user named, "basic" where none was named."""
        super().__init__()
        self._chosen = chosen

    def launch(self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int) -> Sequence[JobReturn]:
        from crack_exp.sweep.worker import work_on_sweep  # late: Hydra imports all plugins for every command

        launch = super().launch

        def do(job: int) -> JobReturn:
            return launch([job_overrides[job - initial_job_idx]], job)[0]

        assert self.config is not None
        jobs = {initial_job_idx + index: list(overrides) for index, overrides in enumerate(job_overrides)}
        return work_on_sweep(self.config, self._chosen, jobs, do)
