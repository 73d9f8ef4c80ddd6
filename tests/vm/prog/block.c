// SPDX-License-Identifier: GPL-2.0-only
/* What the programs do to descriptors alike. */
#include <err.h>
#include <fcntl.h>

#include "block.h"

void set_block(int fd, bool block)
{
	int flags = fcntl(fd, F_GETFL);

	if (block)
		flags &= ~O_NONBLOCK;
	else
		flags |= O_NONBLOCK;
	if (fcntl(fd, F_SETFL, flags))
		err(1, "fcntl");
}
