"""Printers: one statement of a program in the words of an array library."""
