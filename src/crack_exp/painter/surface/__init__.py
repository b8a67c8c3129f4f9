"""The bare wall: concrete, masonry, rubble."""
