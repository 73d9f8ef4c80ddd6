# SPDX-License-Identifier: GPL-2.0-or-later
#
# The preloaded library, compiled as QEMU compiles its own devices, but without
# BUILD_DSO: type_init() then registers with the program, and not with its module
# loader, which would want a stamp. Called by build.sh, from the repository's
# root, with OUT, SRC (QEMU's source), OBJ (its configured headers), VERSION and
# QEMU, the program.

include offload-dev/engine/sources.mk

QEMU_SRCS := qemu-device/tls-offload.c qemu-device/host-check.c
O := $(OUT)/lib
OBJS := $(patsubst %.c,$(O)/%.o,$(QEMU_SRCS) $(ENGINE_SRCS) $(CORE_SRCS)) \
	$(O)/trace.o
TRACE := $(O)/trace/trace-hw_net_tls_offload

CFLAGS ?= -O2 -g
COMMON := -std=gnu11 -fPIC -pthread -Wall -fno-strict-aliasing -fno-common \
	-fvisibility=hidden -MMD -MP $(CFLAGS)
QEMU_FLAGS := -fwrapv -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	-D_LARGEFILE_SOURCE -DTLS_OFFLOAD_PRELOAD \
	-DTLS_OFFLOAD_SOURCE_VERSION='"$(VERSION)"' \
	-iquote $(CURDIR) -iquote $(O) -iquote $(SRC) -I$(OBJ) -I$(OBJ)/qapi -I$(SRC)/include \
	-isystem $(SRC)/linux-headers \
	$(shell pkg-config --cflags glib-2.0 pixman-1)

# A symbol that is missing would be noticed at its first call only: the loader
# resolves them all once, here. Binding them late would also save the vector
# registers on the stack, with whatever secret was last moved through them.
$(OUT)/tls-offload.so: $(OBJS)
	@echo "device: linking $(notdir $@)"
	$(CC) -shared -Wl,-z,relro,-z,now -o $@.part $(OBJS) -pthread $(ENGINE_LIBS)
	env LD_BIND_NOW=1 LD_PRELOAD=$@.part $(QEMU) -device tls-offload,help \
		>/dev/null
	mv $@.part $@

$(O)/qemu-device/%.o: qemu-device/%.c $(TRACE).h $(O)/flags
	@echo "device: compiling $<"
	@mkdir -p $(@D)
	$(CC) $(COMMON) $(QEMU_FLAGS) -c -o $@ $<

$(O)/trace.o: $(TRACE).c $(TRACE).h $(O)/flags
	$(CC) $(COMMON) $(QEMU_FLAGS) -c -o $@ $<

$(O)/%.o: %.c $(O)/flags
	@echo "device: compiling $<"
	@mkdir -p $(@D)
	$(CC) $(COMMON) -D_GNU_SOURCE -c -o $@ $<

# The group's name decides the names in the generated files.
$(TRACE).%: qemu-device/trace-events $(O)/flags
	@mkdir -p $(@D)
	python3 $(SRC)/scripts/tracetool.py --backend=log --format=$* \
		--group=hw_net_tls_offload $< $@

# Another QEMU or other flags: all over again.
FLAGS := $(CC) $(COMMON) $(QEMU_FLAGS)
ifneq ($(FLAGS),$(file <$(O)/flags))
$(shell mkdir -p $(O))
$(file >$(O)/flags,$(FLAGS))
endif
$(O)/flags: ;

-include $(OBJS:.o=.d)
