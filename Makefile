.PHONY: check
check:
	scripts/check
