"""What Hydra's multirun is given: callbacks, jobs, the summary at its end."""
