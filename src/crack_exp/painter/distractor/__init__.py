"""Distractors: objects and marks that look like cracks but are none."""
