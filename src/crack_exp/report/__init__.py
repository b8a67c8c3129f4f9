"""Pictures and tables of a run, fit to show a customer. The only importer of matplotlib."""
