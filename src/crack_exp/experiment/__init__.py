"""The story of one run, and its chapters."""
