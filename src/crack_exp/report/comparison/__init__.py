"""Tables, pictures and page of a comparison."""
