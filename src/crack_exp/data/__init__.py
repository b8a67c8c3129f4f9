"""Images: sources, audit, splits, augmentation and batches."""
