"""Bhav's daemon and command line: moves bytes into the database and calls named SQL."""
