"""Train, compare and use image classifiers for cracks in concrete."""
