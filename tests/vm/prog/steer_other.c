// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection in other hands than steer's own: a copy of the descriptor, a child that
 * inherits it, a process that it is passed to (SCM_RIGHTS). Whatever they do, it is the
 * socket's one session; what they close ends nothing while somebody has it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "steer.h"

#define ALIEN 33 /* www-data, user and group */

union right {
	struct cmsghdr hdr;
	char room[CMSG_SPACE(sizeof(int))];
};

static int fd_send(int to, int fd)
{
	union right right = { .hdr = { .cmsg_level = SOL_SOCKET,
				       .cmsg_type = SCM_RIGHTS,
				       .cmsg_len = CMSG_LEN(sizeof(int)) } };
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &byte, .msg_iovlen = 1,
			      .msg_control = &right,
			      .msg_controllen = sizeof(right) };

	memcpy(CMSG_DATA(&right.hdr), &fd, sizeof(fd));
	return sendmsg(to, &msg, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int fd_take(int from)
{
	union right right = { 0 };
	char room;
	struct iovec byte = { .iov_base = &room, .iov_len = 1 };
	struct msghdr msg = { .msg_iov = &byte, .msg_iovlen = 1,
			      .msg_control = &right,
			      .msg_controllen = sizeof(right) };
	int fd;

	if (recvmsg(from, &msg, 0) != 1 ||
	    right.hdr.cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(&right.hdr), sizeof(fd));
	return fd;
}

/* A child, without the descriptor until it is passed. */
static pid_t child_with(int *pass)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return -1;
	fflush(stdout);
	pid = fork();
	if (pid) {
		close(ends[1]);
		*pass = ends[0];
		return pid;
	}
	close(sock);
	close(ends[0]);
	sock = fd_take(ends[1]);
	close(ends[1]);
	return 0;
}

static int become_alien(void)
{
	return setgroups(0, NULL) || setresgid(ALIEN, ALIEN, ALIEN) ||
	       setresuid(ALIEN, ALIEN, ALIEN);
}

static int result_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno ? -1 : 0;
}

static int by_process(const char *who, char *word)
{
	int pass = -1, err = 0;
	pid_t pid;

	fflush(stdout);
	pid = *who == 'f' ? fork() : child_with(&pass);
	if (pid < 0)
		return -1;
	if (!pid) {
		if (*who == 'a' && become_alien())
			_exit(EPERM);
		err = word_do(word) ? errno : 0;
		fflush(stdout);
		_exit(err);
	}
	if (pass >= 0)
		err = fd_send(pass, sock);
	close(pass);
	return result_of(pid) || err ? -1 : 0;
}

static int by_copy(char *word)
{
	int first = sock, r, err;

	sock = dup(first);
	r = word_do(word);
	err = errno;
	close(sock);
	sock = first;
	errno = err;
	return r;
}

int other_does(const char *who, char *word)
{
	return *who == 'd' ? by_copy(word) : by_process(who, word);
}

/* The descriptor may be on its way, and nowhere else, for a moment. */
int other_goes_on(void)
{
	int pass = -1, err;
	pid_t pid = child_with(&pass);

	if (pid <= 0)
		return pid;
	err = fd_send(pass, sock);
	close(sock);
	close(pass);
	exit(result_of(pid) || err);
}
