"""A trained model in use: found by name, loaded with its card, computed by the fastest engine.

locate   from a name (`latest`, a run, a folder, a file) to the file of a model
painted  the model that comes with the package
engine   the function that computes the network
model    `load_model`, and its predictions for files and arrays
"""
