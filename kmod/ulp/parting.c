// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a connection whose text is still on its way.
 *
 * Responsible for: that what a peer's TLS says by itself (tickets, new keys, an
 * alert) does not cost bytes that an application wrote before it closed.
 * Leaves to others: close_notify (tx.c); what of the peer's text nobody read
 * (rx.c), for which close() still resets (protos.c).
 *
 * TCP answers whatever comes after close() with RST (RFC 1122 4.2.2.13) and drops
 * what it has to send. Who leaves bytes of the peer's application behind has it
 * so; but a ticket is nobody's, without us nothing would have come, and servers
 * of TLS 1.3 send tickets just when a client that connects, writes and closes has
 * most of its text still to send.
 *
 * So until our FIN is acknowledged TCP takes what comes, as RFC 9293 has it for
 * FIN-WAIT-1, and frees it with the socket. RCV_SHUTDOWN is what the RST hangs on,
 * and it alone: on a socket without readers nothing else asks for it. What comes is
 * not opened: the application's bytes in it wait, too, but no longer than ours need
 * to arrive. Then nothing can be lost any more, RCV_SHUTDOWN comes back, and all
 * that is said after it gets TCP's RST, in FIN_WAIT2 or from TIME_WAIT's minisocket.
 * What is held is little (PART_ROOM), and as long as TCP allows an orphan.
 */
#include <linux/sizes.h>
#include <net/tcp.h>

#include "rx.h"

/* Of the receive buffer: tickets take a fraction, with certificates in them, too. */
#define PART_ROOM SZ_64K

/* Socket lock held, in FIN_WAIT1. */
static void part_take(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	conn->parting = true;
	/* Pairs with the barrier at tcp_poll()'s end: who does not see it there
	 * sees rx->shut.
	 */
	smp_store_release(&sk->sk_shutdown, sk->sk_shutdown & ~RCV_SHUTDOWN);
}

void tlso_part_shut(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;

	if (sk->sk_state != TCP_FIN_WAIT1 || !(sk->sk_shutdown & RCV_SHUTDOWN))
		return;
	WRITE_ONCE(conn->rx->shut, true);
	part_take(conn);
}

/*
 * __tcp_close() resets, too, where something came between our last look and its own;
 * and with RCV_SHUTDOWN set it lingers and works its backlog off. The one way into it
 * is repair mode: such a socket is disconnected in place of all that, by sk_prot, and
 * that is ours. The FIN is sent before, for repair mode sends none. Nothing between
 * here and there looks at the flag but tcp_disconnect(), see tlso_part_off().
 */
void tlso_part_begin(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);

	if (conn->state != TLSO_CONN_SECURE)
		return;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	conn->base_prot->shutdown(sk, SEND_SHUTDOWN);
	/* In other states the peer has ended, or has everything. */
	if (sk->sk_state != TCP_FIN_WAIT1 || tp->repair)
		return;
	conn->rx->eof = true; /* nobody puts records together any more */
	part_take(conn);
	conn->part_begun = true;
	tp->repair_queue = TCP_NO_QUEUE; /* as an ACK asks for it, too */
	tp->repair = 1;
}

void tlso_part_off(struct tlso_conn *conn)
{
	if (!conn->part_begun)
		return;
	conn->part_begun = false;
	tcp_sk(conn->sk)->repair = 0;
}

bool tlso_part_closed(struct tlso_conn *conn)
{
	struct sock *sk = conn->sk;
	struct tcp_sock *tp = tcp_sk(sk);

	if (!conn->part_begun)
		return false;
	tlso_part_off(conn);
	if (sk->sk_state != TCP_FIN_WAIT1)
		return true;
	/* The queue was emptied around it, and tcp_collapse() begins there. */
	WRITE_ONCE(tp->copied_seq, tp->rcv_nxt);
	sk->sk_userlocks |= SOCK_RCVBUF_LOCK;
	WRITE_ONCE(sk->sk_rcvbuf, min_t(int, sk->sk_rcvbuf, PART_ROOM));
	part_take(conn);
	return true;
}

void tlso_part_acked(struct sock *sk)
{
	struct tlso_conn *conn;

	rcu_read_lock();
	conn = tlso_conn_get_rcu(sk);
	if (conn && conn->parting) {
		conn->parting = false;
		WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
		/* Those were no tickets. Our window may be shut now, and then
		 * nothing would come for a minute that TCP could answer: this
		 * makes it answer at once.
		 */
		if (conn->closing &&
		    atomic_read(&sk->sk_rmem_alloc) > sk->sk_rcvbuf / 2)
			WRITE_ONCE(tcp_sk(sk)->linger2, -1);
	}
	rcu_read_unlock();
}
