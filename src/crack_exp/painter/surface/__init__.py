"""The wall before anything happened to it: concrete, masonry, rubble."""
