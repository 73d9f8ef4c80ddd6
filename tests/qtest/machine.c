// SPDX-License-Identifier: GPL-2.0-only
/* QEMU under test; see machine.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>
#include "machine.h"

#define FIRMWARE_SIZE 0x10000
#define FIRST_SLOT 4
#define WAIT_MS 2
#define WAIT_TRIES 5000 /* 10 s */
#define PATH_LEN 320
#define CHUNK 512 /* bytes of guest memory in a line of the protocol */
#define ARG_MAX_LEN 512

/* ---- Start and end ------------------------------------------------------ */

/* cli; hlt; jmp back: at the reset vector, 16 bytes before the end. */
static void write_firmware(const char *path)
{
	static const uint8_t halt[] = { 0xfa, 0xf4, 0xeb, 0xfd };
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fseek(f, FIRMWARE_SIZE - 16, SEEK_SET), 0);
	assert_int_equal(fwrite(halt, sizeof(halt), 1, f), 1);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(ftruncate(fileno(f), FIRMWARE_SIZE), 0);
	fclose(f);
}

/* Our end is not for QEMU: it is closed on exec. */
static int socket_pair(int type, int *theirs)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, type, 0, fds), 0);
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	*theirs = fds[1];
	return fds[0];
}

static void open_dialogue(struct dialogue *d, int *theirs)
{
	int fd = socket_pair(SOCK_STREAM, theirs);

	d->in = fdopen(fd, "r");
	d->out = fdopen(fcntl(fd, F_DUPFD_CLOEXEC, 0), "w");
	assert_true(d->in && d->out);
}

static void close_dialogue(struct dialogue *d)
{
	fclose(d->in);
	fclose(d->out);
}

struct args {
	char *v[64];
	unsigned int n;
};

static void add(struct args *a, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void add(struct args *a, const char *fmt, ...)
{
	va_list ap;

	assert_true(a->n + 1 < ARRAY_SIZE(a->v));
	a->v[a->n] = malloc(ARG_MAX_LEN);
	assert_non_null(a->v[a->n]);
	va_start(ap, fmt);
	assert_in_range(vsnprintf(a->v[a->n], ARG_MAX_LEN, fmt, ap), 0,
			ARG_MAX_LEN - 1);
	va_end(ap);
	a->v[++a->n] = NULL;
}

static void free_args(struct args *a)
{
	while (a->n)
		free(a->v[--a->n]);
}

static void add_common(struct args *a, const char *type)
{
	const char *run = getenv("RUN_QEMU");

	if (!run)
		fail_msg("RUN_QEMU must name qemu-device/run-qemu.sh");
	add(a, "%s", run);
	add(a, "-machine");
	add(a, "%s", type ? type : "q35");
	add(a, "-m");
	add(a, "64");
	add(a, "-accel");
	add(a, "tcg");
	add(a, "-nodefaults");
	add(a, "-display");
	add(a, "none");
}

static void add_nic(struct args *a, unsigned int i, int theirs,
		    const char *props)
{
	add(a, "-netdev");
	add(a, "dgram,id=net%u,local.type=fd,local.str=%d", i, theirs);
	add(a, "-device");
	add(a, "tls-offload,id=nic%u,netdev=net%u,addr=%u,mac=%s%02x%s", i, i,
	    FIRST_SLOT + i, "52:54:00:00:00:", i + 1, props);
}

static void read_line(FILE *f, char *line, size_t n)
{
	if (!fgets(line, n, f))
		fail_msg("QEMU is gone");
}

static void greet_qmp(struct machine *m)
{
	char line[4096];

	read_line(m->qmp.in, line, sizeof(line));
	assert_non_null(strstr(line, "QMP"));
	machine_qmp(m, "qmp_capabilities", "", line, sizeof(line));
}

static void make_dir(char *dir, size_t n)
{
	const char *tmp = getenv("TMPDIR");

	assert_in_range(snprintf(dir, n, "%s/tlso-qtest-XXXXXX",
				 tmp ? tmp : "/tmp"), 1, n - 1);
	assert_non_null(mkdtemp(dir));
}

void machine_start(struct machine *m, unsigned int n_nics, const char *props)
{
	int qtest, qmp, theirs[MACHINE_NICS];
	struct args a = { .n = 0 };
	char path[PATH_LEN];
	unsigned int i;

	assert_in_range(n_nics, 1, MACHINE_NICS);
	make_dir(m->dir, sizeof(m->dir));
	snprintf(path, sizeof(path), "%s/firmware", m->dir);
	write_firmware(path);
	open_dialogue(&m->qtest, &qtest);
	open_dialogue(&m->qmp, &qmp);

	add_common(&a, m->type);
	add(&a, "-bios");
	add(&a, "%s", path);
	add(&a, "-d");
	add(&a, "guest_errors");
	add(&a, "-D");
	add(&a, "%s/log", m->dir);
	add(&a, "-chardev");
	add(&a, "socket,id=qtest,fd=%d", qtest);
	add(&a, "-qtest");
	add(&a, "chardev:qtest");
	add(&a, "-qtest-log");
	add(&a, "/dev/null");
	add(&a, "-chardev");
	add(&a, "socket,id=qmp,fd=%d", qmp);
	add(&a, "-mon");
	add(&a, "chardev=qmp,mode=control");
	for (i = 0; i < n_nics; i++) {
		m->nic[i] = socket_pair(SOCK_DGRAM, &theirs[i]);
		add_nic(&a, i, theirs[i], props);
	}
	m->pid = fork();
	assert_true(m->pid >= 0);
	if (!m->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(a.v[0], a.v);
		_exit(127);
	}
	close(qtest);
	close(qmp);
	for (i = 0; i < n_nics; i++)
		close(theirs[i]);
	for (; i < MACHINE_NICS; i++)
		m->nic[i] = -1;
	free_args(&a);
	greet_qmp(m);
}

static void remove_files(struct machine *m)
{
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/firmware", m->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/log", m->dir);
	unlink(path);
	rmdir(m->dir);
}

void machine_stop(struct machine *m)
{
	char answer[4096];
	unsigned int i;
	int status;

	machine_qmp(m, "quit", "", answer, sizeof(answer));
	assert_int_equal(waitpid(m->pid, &status, 0), m->pid);
	close_dialogue(&m->qtest);
	close_dialogue(&m->qmp);
	for (i = 0; i < MACHINE_NICS; i++)
		if (m->nic[i] >= 0)
			close(m->nic[i]);
	remove_files(m);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

bool machine_refuses(const char *device, const char *message)
{
	struct args a = { .n = 0 };
	char text[4096];
	int fds[2], status;
	size_t n;
	pid_t pid;
	FILE *f;

	add_common(&a, NULL);
	add(&a, "-device");
	add(&a, "%s", device);
	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fds[1], STDERR_FILENO);
		alarm(20); /* should it start instead */
		execv(a.v[0], a.v);
		_exit(127);
	}
	close(fds[1]);
	f = fdopen(fds[0], "r");
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free_args(&a);
	return WIFEXITED(status) && WEXITSTATUS(status) == 1 &&
	       strstr(text, message);
}

/* ---- qtest --------------------------------------------------------------- */

/* Sends one command; @answer is what follows "OK ". */
static void ask(struct machine *m, char *answer, size_t n, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void ask(struct machine *m, char *answer, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(m->qtest.out, fmt, ap);
	va_end(ap);
	fputc('\n', m->qtest.out);
	fflush(m->qtest.out);
	read_line(m->qtest.in, answer, n);
	if (strncmp(answer, "OK", 2))
		fail_msg("qtest answers %s", answer);
}

static uint64_t number(const char *answer)
{
	return strtoull(answer + 2, NULL, 0);
}

uint64_t machine_read_as(struct machine *m, const char *op, uint64_t addr)
{
	char answer[64];

	ask(m, answer, sizeof(answer), "%s 0x%" PRIx64, op, addr);
	return number(answer);
}

void machine_write_as(struct machine *m, const char *op, uint64_t addr,
		      uint64_t val)
{
	char answer[64];

	ask(m, answer, sizeof(answer), "%s 0x%" PRIx64 " 0x%" PRIx64, op, addr,
	    val);
}

uint32_t machine_readl(struct machine *m, uint64_t addr)
{
	return machine_read_as(m, "readl", addr);
}

void machine_writel(struct machine *m, uint64_t addr, uint32_t val)
{
	machine_write_as(m, "writel", addr, val);
}

static void get_chunk(struct machine *m, uint64_t addr, uint8_t *p, size_t n)
{
	char answer[2 * CHUNK + 16], *digits = answer + 5; /* "OK 0x" */
	char byte[3] = "";
	size_t i;

	ask(m, answer, sizeof(answer), "read 0x%" PRIx64 " 0x%zx", addr, n);
	assert_true(strlen(answer) >= 5 + 2 * n);
	for (i = 0; i < n; i++) {
		memcpy(byte, digits + 2 * i, 2);
		p[i] = strtoul(byte, NULL, 16);
	}
}

static void put_chunk(struct machine *m, uint64_t addr, const uint8_t *p,
		      size_t n)
{
	char hex[2 * CHUNK + 1], answer[64];
	size_t i;

	for (i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", p[i]);
	ask(m, answer, sizeof(answer), "write 0x%" PRIx64 " 0x%zx 0x%s", addr,
	    n, hex);
}

void machine_get(struct machine *m, uint64_t addr, void *buf, size_t n)
{
	size_t off, part;

	for (off = 0; off < n; off += part) {
		part = n - off < CHUNK ? n - off : CHUNK;
		get_chunk(m, addr + off, (uint8_t *)buf + off, part);
	}
}

void machine_put(struct machine *m, uint64_t addr, const void *buf, size_t n)
{
	size_t off, part;

	for (off = 0; off < n; off += part) {
		part = n - off < CHUNK ? n - off : CHUNK;
		put_chunk(m, addr + off, (const uint8_t *)buf + off, part);
	}
}

static void select_config(struct machine *m, unsigned int slot,
			  unsigned int off)
{
	machine_write_as(m, "outl", 0xcf8, 0x80000000u | slot << 11 | off);
}

uint32_t machine_config_readl(struct machine *m, unsigned int slot,
			      unsigned int off)
{
	select_config(m, slot, off);
	return machine_read_as(m, "inl", 0xcfc);
}

void machine_config_writel(struct machine *m, unsigned int slot,
			   unsigned int off, uint32_t val)
{
	select_config(m, slot, off);
	machine_write_as(m, "outl", 0xcfc, val);
}

/* ---- QMP, log, time -------------------------------------------------------- */

static bool is_event(const char *line)
{
	return strstr(line, "\"event\"");
}

void machine_qmp(struct machine *m, const char *command, const char *args,
		 char *answer, size_t n)
{
	fprintf(m->qmp.out, "{\"execute\":\"%s\",\"arguments\":{%s}}\n", command,
		args);
	fflush(m->qmp.out);
	do {
		read_line(m->qmp.in, answer, n);
		m->resets += is_event(answer) && strstr(answer, "\"RESET\"");
	} while (is_event(answer));
	if (!strstr(answer, "\"return\""))
		fail_msg("QMP answers %s", answer);
}

void machine_reset(struct machine *m)
{
	unsigned int before = m->resets, tries = 0;
	char answer[4096];

	machine_qmp(m, "system_reset", "", answer, sizeof(answer));
	while (m->resets == before) {
		machine_wait(&tries);
		machine_qmp(m, "query-status", "", answer, sizeof(answer));
	}
}

unsigned int machine_log_lines(struct machine *m, const char *text)
{
	char path[PATH_LEN], line[1024];
	unsigned int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/log", m->dir);
	f = fopen(path, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		n += !!strstr(line, text);
	fclose(f);
	return n;
}

void machine_wait(unsigned int *tries)
{
	const struct timespec t = { .tv_nsec = WAIT_MS * 1000000L };

	if (++*tries > WAIT_TRIES)
		fail_msg("nothing happened for %d s",
			 WAIT_TRIES * WAIT_MS / 1000);
	nanosleep(&t, NULL);
}
