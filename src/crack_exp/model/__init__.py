"""The network: a pre-trained backbone and a new head, flat, from raw pixels to probabilities. Any Keras backend."""
