"""Training of one phase, pretraining, checkpoints and precision. Independent of the configuration."""
