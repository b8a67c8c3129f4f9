"""Data sources: each gives labelled images as a list of examples.

own_images     class folders, or a table of images
class_folders  reads a tree of class folders
tables         reads a CSV table
groups         the group of an image (photo or wall), from its name
synthetic      painted walls, painted at first use
ccic           Concrete Crack Images for Classification
sdnet2018      SDNET2018
download       downloads a large file over HTTP
archive        checks and unpacks a RAR archive
sources        all of them by name: the place to add one
"""
