"""Tables, plots and page of a comparison."""
