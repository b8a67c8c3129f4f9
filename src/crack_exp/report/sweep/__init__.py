"""Tables and page of a sweep."""
