"""One phase of training: compile, fit, and go on after a break. Any Keras backend; knows no configuration."""
