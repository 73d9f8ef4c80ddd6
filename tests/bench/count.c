// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A TCG plugin that counts the guest's instructions while it runs: user space,
 * kernel, and each page of the module area, so that a reader with /proc/modules
 * at hand can tell whose they are. For one virtual processor.
 *
 *	-plugin count.so,out=FILE
 *
 * FILE is mapped and may be read at any time: 64-bit counters in host order;
 * COUNT_USER, COUNT_KERNEL, then one for each 4 KiB of the module area. The
 * kernel must run without KASLR, so that the area is where it is on x86-64.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <qemu/qemu-plugin.h>

/* Documentation/arch/x86/x86_64/mm.rst */
#define KERNEL_HALF 0xffff800000000000ULL
#define MODULES_START 0xffffffffc0000000ULL
#define MODULES_END 0xffffffffff000000ULL
#define PAGE 4096ULL

enum { COUNT_USER, COUNT_KERNEL, COUNT_MODULES };

#define COUNTERS (COUNT_MODULES + (MODULES_END - MODULES_START) / PAGE)

QEMU_PLUGIN_EXPORT int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static uint64_t *counters;

static uint64_t *counter_of(uint64_t addr)
{
	if (addr < KERNEL_HALF)
		return &counters[COUNT_USER];
	if (addr >= MODULES_START && addr < MODULES_END)
		return &counters[COUNT_MODULES + (addr - MODULES_START) / PAGE];
	return &counters[COUNT_KERNEL];
}

/*
 * Once per block and not per instruction: a block is left early only where an
 * instruction faults, which is rare enough. Blocks end at page boundaries at the
 * latest.
 */
static void on_block(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, QEMU_PLUGIN_INLINE_ADD_U64,
						 counter_of(qemu_plugin_tb_vaddr(tb)),
						 qemu_plugin_tb_n_insns(tb));
}

static int map_file(const char *path)
{
	size_t size = COUNTERS * sizeof(*counters);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	void *p;

	if (fd < 0 || ftruncate(fd, (off_t)size)) {
		perror(path);
		return -1;
	}
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED) {
		perror(path);
		return -1;
	}
	counters = p;
	return 0;
}

QEMU_PLUGIN_EXPORT int qemu_plugin_install(qemu_plugin_id_t id,
					   const qemu_info_t *info, int argc,
					   char **argv)
{
	if (argc != 1 || strncmp(argv[0], "out=", 4) || !info->system_emulation ||
	    info->system.smp_vcpus != 1) {
		fprintf(stderr, "count: wants out=FILE, and one virtual processor\n");
		return -1;
	}
	if (map_file(argv[0] + 4))
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_block);
	return 0;
}
