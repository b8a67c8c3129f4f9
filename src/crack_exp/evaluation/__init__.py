"""Arrays in, numbers out: what a model's predictions are worth. Knows no Keras, opens no file."""
