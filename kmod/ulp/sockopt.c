// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options at level SOL_TLS_OFFLOAD.
 *
 * Responsible for: which option is whose.
 * Leaves to: peer.c what is told of the peer.
 */
#include "ulp.h"

int tlso_sockopt_get(struct sock *sk, int name, char __user *optval,
		     int __user *optlen)
{
	struct tlso_conn *conn = tlso_conn_of(sk);

	if (!conn)
		return -ENOPROTOOPT;
	switch (name) {
	case TLS_OFFLOAD_PEER_CHAIN:
	case TLS_OFFLOAD_PEER_ID:
		return tlso_peer_get_option(conn, name, optval, optlen);
	default:
		return -ENOPROTOOPT;
	}
}
