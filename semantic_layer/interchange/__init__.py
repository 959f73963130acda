"""Definitions of other tools, read into ours and written from ours. What is not carried over is told, nothing is made up."""
