# SPDX-License-Identifier: GPL-2.0-only
#
# What users say; every rule delegates. "make help" lists them.

# Kernel series that modules are built for and virtual machines boot.
KERNELS ?= 6.12 6.1
DESTDIR ?=
PREFIX ?= /usr/local

.PHONY: help deps modules device tools demo check check-debug check-full \
	bench install clean

help:
	@echo 'make demo         boot a VM with the adapter; an unmodified web'
	@echo '                  server in it speaks TLS 1.3 with a native curl'
	@echo 'make check        every test; prints "N passed, N failed"'
	@echo 'make check-full   the same, all VM tests on every kernel'
	@echo 'make check-debug  the VM tests on a kernel with KASAN, lockdep, ...'
	@echo 'make modules      kernel modules, for the KERNELS "$(KERNELS)"'
	@echo 'make device       the adapter for the installed QEMU'
	@echo 'make tools        the command line tool, and the library of directives'
	@echo 'make bench        connections/s and MB/s, beside the server in clear'
	@echo 'make install      the modules, built for the running kernel, into'
	@echo '                  /lib/modules (not if DESTDIR is given); tlsoffload,'
	@echo '                  libtlsoffload and <linux/tls_offload.h> into DESTDIR/PREFIX ($(PREFIX))'
	@echo 'make deps         what is missing through apt (demo, check do it)'
	@echo 'make clean        remove build/'

deps:
	scripts/deps.sh

modules:
	scripts/modules.sh $(KERNELS)

device:
	qemu-device/build.sh

tools:
	$(MAKE) -C tools

demo:
	scripts/deps.sh build run
	tests/vm/demo.sh

check:
	scripts/deps.sh
	tests/run

check-full:
	scripts/deps.sh
	tests/run --full

check-debug:
	scripts/deps.sh
	tests/debug-kernel/run.sh

bench:
	scripts/deps.sh build run
	scripts/modules.sh $(firstword $(KERNELS))
	qemu-device/build.sh
	$(MAKE) -C tools
	tests/bench/run $(firstword $(KERNELS))
	SERIES=$(firstword $(KERNELS)) tests/vm/bench.sh

# A DESTDIR is for packages; DKMS (kmod/dkms.conf) brings those the modules.
install: tools
	$(if $(DESTDIR),,$(MAKE) -C kmod install)
	$(MAKE) -C tools install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	install -D -m 644 kmod/include/uapi/linux/tls_offload.h \
		$(DESTDIR)$(PREFIX)/include/linux/tls_offload.h

clean:
	rm -rf build
