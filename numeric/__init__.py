"""Runs what was judged: the only entrance is a proved claim."""
