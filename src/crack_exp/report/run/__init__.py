"""Pictures and page of one run."""
