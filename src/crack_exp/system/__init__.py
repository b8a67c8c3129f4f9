"""The process and the machine: files, locks, interrupts, cores, progress, cache folder, timing."""
