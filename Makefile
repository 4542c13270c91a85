.DEFAULT_GOAL := help
run test check setup fix lock bench help: ; @./manage $@ $(ARGS)
.PHONY: run test check setup fix lock bench help
