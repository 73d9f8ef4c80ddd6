/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What protos.c and ops.c share: calls that come by a struct proto or by a struct
 * proto_ops.
 */
#ifndef TLSO_ULP_PROTOS_H
#define TLSO_ULP_PROTOS_H

#include "ulp.h"

#define TLSO_FAMILIES 2

/* Could @sk not be attached? Then every call fails. Any context. */
bool tlso_refused(const struct sock *sk);
/* As proto_ops.sendmsg_locked. Socket lock held. */
int tlso_sendmsg_locked(struct sock *sk, struct msghdr *msg, size_t size);
/* A call that goes through to TCP on a socket in CLEAR: true, and it is counted until
 * tlso_clear_leave(). Without the socket lock.
 */
bool tlso_clear_enter(struct tlso_conn *conn);
void tlso_clear_leave(struct tlso_conn *conn);

#endif /* TLSO_ULP_PROTOS_H */
