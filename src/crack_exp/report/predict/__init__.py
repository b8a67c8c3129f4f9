"""The page of predictions, gallery.html."""
