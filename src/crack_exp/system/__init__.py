"""This process and this machine: files, locks, interrupts, cores, progress, the cache folder, time."""
