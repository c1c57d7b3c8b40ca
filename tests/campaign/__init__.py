"""Random claims and random documents whose truth is known from plain numbers; ``python -m tests.campaign --minutes M``."""
