"""Suites made by others, read where they lie beside the project. They are data: nothing of them is copied here."""
