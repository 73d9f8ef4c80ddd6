# SPDX-License-Identifier: GPL-2.0-only
# Part of Makefile: public-key arithmetic and encodings, which link without the
# rest of the core; and under valgrind a build without sanitizers, optimized as
# the modules are, whose branches and addresses do not depend on secrets.
PK_CORE := modn ec ec_base ec_table_p256 ec_table_p384 ecdsa rsa rsa_pad buf
PK_TESTS := test_modn test_rsa_pad
PK_OBJS := $(PK_CORE:%=$(OUT)/pk/%.o)
CT_OBJS := $(PK_CORE:%=$(OUT)/ct/%.o) $(OUT)/ct/ct_pk.o
CT_CFLAGS := -O2 -g -std=gnu11 -Wall -Wextra -Wdeclaration-after-statement \
	-include $(ROOT)/tests/unit/ct_public.h -MMD -MP

all: $(PK_TESTS:%=$(OUT)/%) $(OUT)/ct_pk

check: check-pk

check-pk: $(PK_TESTS:%=$(OUT)/%) $(OUT)/ct_pk
	@for c in p256 p384; do $(ROOT)/kmod/core/ec_table.py $$c | \
		cmp - $(ROOT)/kmod/core/ec_table_$$c.c || exit 1; done
	@for t in $(PK_TESTS); do $(OUT)/$$t || exit 1; done
	@valgrind -q --error-exitcode=1 $(OUT)/ct_pk && \
		echo "ct_pk: no branch and no address depends on a secret"
	@! valgrind -q --error-exitcode=1 $(OUT)/ct_pk leak >/dev/null 2>&1 || \
		{ echo "ct_pk: does not see what it should"; exit 1; }

# Arithmetic is slow under sanitizers as it is.
$(OUT)/pk/%.o: $(ROOT)/kmod/core/%.c
	@mkdir -p $(@D)
	$(CC) -O2 -g $(TLSO_CFLAGS) -c -o $@ $<

$(PK_TESTS:%=$(OUT)/%): $(OUT)/%: $(OUT)/%.o $(PK_OBJS)
	$(CC) $(CFLAGS) $(TLSO_CFLAGS) -o $@ $^ -lcmocka $(LIBS)

$(OUT)/ct/%.o: $(ROOT)/kmod/core/%.c
	@mkdir -p $(@D)
	$(CC) $(CT_CFLAGS) -c -o $@ $<

$(OUT)/ct/ct_pk.o: $(ROOT)/tests/unit/ct_pk.c
	@mkdir -p $(@D)
	$(CC) $(CT_CFLAGS) -c -o $@ $<

$(OUT)/ct_pk: $(CT_OBJS)
	$(CC) -o $@ $^ $(LIBS)

-include $(wildcard $(OUT)/pk/*.d $(OUT)/ct/*.d)

.PHONY: check-pk
