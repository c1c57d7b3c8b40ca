"""Every true claim of the catalogue with one mistake in it: is it refuted, and is it repaired?"""
