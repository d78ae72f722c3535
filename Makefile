# SPDX-License-Identifier: GPL-2.0-only

KERNEL ?= $(firstword $(KERNELS))
KERNELS := $(shell sed -n 's/^\([^\# ]*\) .*/\1/p' vm/kernels)
HOSTCFLAGS := -std=gnu11 -D_GNU_SOURCE -O2 -g -Wall -Wextra -Werror

include vm/Makefile

.PHONY: help
help:
	@echo 'make module KERNEL=6.1    build build/6.1/pcstats.ko; the kernels: $(KERNELS)'
	@echo 'make clean                remove build/'

.DEFAULT_GOAL := help

.PHONY: module
module:
	@vm/setup $(MODULE_PACKAGES)
	@vm/module $(KERNEL) build/$(KERNEL)

.PHONY: clean
clean:
	rm -rf build
