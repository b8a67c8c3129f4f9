"""Where images come from, what is wrong with them, who may see which, and how they reach the model."""
