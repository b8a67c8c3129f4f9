"""Tables, plots and page of a search."""
