# SPDX-License-Identifier: GPL-2.0-only
#
# A module of the tests' own, for a guest of kernel KVER: tests/TEST/kmod,
# built in build/TEST/k-KVER. Included by tests/TEST/Makefile, which sets TEST.
ROOT := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
OUT ?= $(ROOT)/build/$(TEST)

KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
KOUT := $(OUT)/k-$(KVER)

# kbuild writes beside what it compiles.
modules:
	@mkdir -p $(KOUT)
	@cp -u $(ROOT)/tests/$(TEST)/kmod/* $(KOUT)/
	+$(MAKE) -C $(KDIR) M=$(KOUT) modules

.PHONY: modules
