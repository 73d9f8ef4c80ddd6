/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A QEMU under test: its start and end, guest memory, port I/O, PCI config
 * space, QMP, the far side of its network backends, what it logged.
 *
 * Responsible for: the qtest and QMP protocols and the processes.
 * Leaves to: adapter.h what the adapter's registers and rings mean.
 *
 * The guest's processor runs a three-instruction firmware that halts, so that
 * nothing but the test touches the machine. Every failure here ends the test
 * (cmocka's fail()).
 */
#ifndef QT_MACHINE_H
#define QT_MACHINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <setjmp.h>
#include <sys/types.h>
#include <cmocka.h>

#define MACHINE_NICS 2
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct dialogue {
	FILE *in, *out;
};

struct machine {
	const char *type; /* NULL: q35 */
	pid_t pid;
	int nic[MACHINE_NICS]; /* datagram socket, a frame each */
	struct dialogue qtest, qmp;
	unsigned int resets; /* that QMP told of */
	char dir[256]; /* firmware and log, in $TMPDIR */
};

/* Starts QEMU with @n_nics adapters in slots 4, 5 with the ids nic0, nic1,
 * each with the further properties @props (",x=y" or "").
 */
void machine_start(struct machine *m, unsigned int n_nics, const char *props);
/* Ends it and checks that it ended by itself. */
void machine_stop(struct machine *m);
/* Starts QEMU with arguments that it must refuse; true if its message
 * contains @message.
 */
bool machine_refuses(const char *device, const char *message);

uint32_t machine_readl(struct machine *m, uint64_t addr);
void machine_writel(struct machine *m, uint64_t addr, uint32_t val);
/* @op: "readb", "readw", "readq" ...: accesses of other sizes. */
uint64_t machine_read_as(struct machine *m, const char *op, uint64_t addr);
void machine_write_as(struct machine *m, const char *op, uint64_t addr,
		      uint64_t val);
void machine_get(struct machine *m, uint64_t addr, void *buf, size_t n);
void machine_put(struct machine *m, uint64_t addr, const void *buf, size_t n);

uint32_t machine_config_readl(struct machine *m, unsigned int slot,
			      unsigned int off);
void machine_config_writel(struct machine *m, unsigned int slot,
			   unsigned int off, uint32_t val);

/* Runs a QMP command with arguments given as JSON ("" for none); the answer is
 * in @answer.
 */
void machine_qmp(struct machine *m, const char *command, const char *args,
		 char *answer, size_t n);
/* Resets the whole machine, and returns when that is done. */
void machine_reset(struct machine *m);
/* Lines of QEMU's guest error log so far that contain @text. */
unsigned int machine_log_lines(struct machine *m, const char *text);

/* Sleeps a moment inside of a polling loop; fails after @tries of them. */
void machine_wait(unsigned int *tries);

#endif /* QT_MACHINE_H */
