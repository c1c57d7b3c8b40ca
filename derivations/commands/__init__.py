"""The commands, one a module; ``console.py`` is what they share."""
