"""Tables, pictures and page of a search."""
