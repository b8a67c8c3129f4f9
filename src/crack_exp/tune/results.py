"""What a search has come to: printed, as a page, and its best settings as an experiment for crack_exp.run."""

import logging
from collections.abc import Sequence
from pathlib import Path

from crack_exp.config.overrides import ALLOW_CODE, job_name
from crack_exp.config.trials import as_experiment, settings_of
from crack_exp.config.tune_schema import TuneConfig
from crack_exp.data.sources.sources import PAINTED
from crack_exp.evaluation.paired_tests import MIN_SEEDS
from crack_exp.report.painted import banner_of_images
from crack_exp.report.search.page import write_search
from crack_exp.report.search.tables import Search, TrialSummary, search_text
from crack_exp.run_files.names import PAGE, SEARCH_PAGE
from crack_exp.system.files import write_text
from crack_exp.tracking.search import experiment_page
from crack_exp.tune.next_commands import continue_command, run_command, start_name, verify_command
from crack_exp.tune.study import ERROR, STATES, StoredTrial, Study
from crack_exp.tune.trial_run import EPOCHS, FIGURES, OVERRIDES, SECONDS, WHY, trial_folder

log = logging.getLogger(__name__)


def report_search(study: Study, config: TuneConfig, fixed: Sequence[str], folder: Path, command: str) -> Search:
    """Print the results, and write them as a page and the best trial as an experiment."""
    code = [override for override in fixed if override.startswith(ALLOW_CODE)]
    place = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
    settings = settings_of(fixed)
    search = Search(
        name=config.name,
        metric=config.metric,
        planned=config.trials,
        trials=[trial_summary(trial, config.metric, folder) for trial in study.trials],
        importances=study.importances(),
        folder=place,
        command=command,
        run_command=run_command(place, config.name, code),
        verify_command=verify_command(place, config.name, fresh_seeds(settings.seed), code),
        continue_command=continue_command(command, config.name),
        banner=banner_of_images(settings.data.source == PAINTED),
    )
    if search.best is not None:
        write_experiments(search, fixed)
    log.info("%s", search_text(search))
    write_search(search, folder / SEARCH_PAGE)
    log.info("\nstudy:    %s", folder / SEARCH_PAGE)
    tracking = settings_of(fixed).tracking
    if page := experiment_page(tracking.store, tracking.experiment):
        log.info("%s", page)
    return search


def fresh_seeds(used: int) -> list[int]:
    """The seeds of a test of settings, without the seed that the search used."""
    return [seed for seed in range(1, MIN_SEEDS + 2) if seed != used][:MIN_SEEDS]


def write_experiments(search: Search, fixed: Sequence[str]) -> None:
    """Write the best trial and the start settings, for `crack_exp.run --config-dir`."""
    assert search.best is not None
    description = f"Trial {search.best.number} of {len(search.trials)}, the best by {search.best_result}."
    experiments = {
        search.name: as_experiment([*fixed, *search.best.settings], [search.run_command, description]),
        start_name(search.name): as_experiment(fixed, [search.verify_command, "The settings that all trials share."]),
    }
    for name, text in experiments.items():
        file = search.experiment_file(name)
        file.parent.mkdir(exist_ok=True)
        write_text(file, text)


def trial_summary(trial: StoredTrial, metric: str, folder: Path) -> TrialSummary:
    """The data of a trial in the report of the study in `folder`."""
    attributes, page = trial.user_attrs, trial_folder(folder, trial.number) / PAGE
    figures = attributes.get(FIGURES, {})
    return TrialSummary(
        number=trial.number,
        settings=attributes.get(OVERRIDES, []),
        name=job_name(attributes.get(OVERRIDES, [])) or "",
        state=STATES[trial.state],
        value=figures.get(metric),
        accuracy=figures.get("accuracy"),
        interval=(figures[f"{metric}_low"], figures[f"{metric}_high"]) if f"{metric}_low" in figures else None,
        epochs=attributes.get(EPOCHS, 0),
        training_seconds=attributes.get(SECONDS),
        report=page.relative_to(folder).as_posix() if page.is_file() else None,
        why=attributes.get(ERROR, attributes.get(WHY, "")),
    )
