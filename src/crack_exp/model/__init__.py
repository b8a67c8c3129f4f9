"""The network: a pre-trained backbone and a head in one flat model, from pixels to probabilities. Any Keras backend."""
