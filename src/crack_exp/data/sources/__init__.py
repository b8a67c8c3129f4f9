"""Where labelled images come from.

own_images     class folders, or a table
class_folders  reading a tree of class folders
tables         reading a table
groups         which photo or wall an image was cut from, by its name
synthetic      painted walls, painted where they are missing
ccic           Concrete Crack Images for Classification
sdnet2018      SDNET2018
download       a large file over HTTP
unpacking      an archive, looked through before it is unpacked
archive_tools  the programs that unpack it
publishing     a folder appears when it is complete
"""
