"""Seed, precision, devices and their distribution: one file for each Keras backend, and the session that uses it."""
