"""Serving a model from a file on this machine: check the file and the memory, run it beside the program, keep it alive."""
