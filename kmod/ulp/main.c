// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module tls_offload: init in order, unwind in reverse.
 */
#include <linux/module.h>
#include <net/tcp.h>

#include "records.h"
#include "crypto.h"

static int __init tlso_init(void)
{
	int err;

	tlso_protos_init();
	err = tlso_linux_crypto_init();
	if (err)
		return err;
	err = tlso_keyring_init();
	if (err)
		goto exit_crypto;
	err = tlso_conn_init();
	if (err)
		goto exit_keyring;
	err = tlso_tickets_init();
	if (err)
		goto exit_conn;
	err = tlso_sessions_init();
	if (err)
		goto exit_tickets;
	err = tlso_device_init();
	if (err)
		goto exit_sessions;
	err = tlso_limit_init();
	if (err)
		goto exit_device;
	err = tlso_inherit_init();
	if (err)
		goto exit_limit;
	err = tlso_hs_init();
	if (err)
		goto exit_inherit;
	tlso_tx_init();
	err = tcp_register_ulp(&tlso_ulp_ops);
	if (err)
		goto exit_tx;
	/* From here on sockets may be attached; the policy is still empty. */
	err = tlso_mptcp_init();
	if (err)
		goto exit_ulp;
	err = tlso_intercept_init();
	if (err)
		goto exit_ulp;
	err = tlso_proc_init();
	if (err)
		goto exit_intercept;
	err = tlso_policy_init();
	if (err)
		goto exit_proc;
	return 0;

exit_proc:
	tlso_proc_exit();
exit_intercept:
	tlso_intercept_exit();
exit_ulp:
	tcp_unregister_ulp(&tlso_ulp_ops);
exit_tx:
	tlso_tx_exit();
	tlso_hs_exit();
exit_inherit:
	tlso_inherit_exit();
exit_limit:
	tlso_limit_exit();
exit_device:
	tlso_device_exit();
exit_sessions:
	tlso_sessions_exit();
exit_tickets:
	tlso_tickets_exit();
exit_conn:
	tlso_conn_exit();
exit_keyring:
	tlso_keyring_exit();
exit_crypto:
	tlso_linux_crypto_exit();
	rcu_barrier(); /* rules that somebody wrote meanwhile */
	return err;
}

static void __exit tlso_exit(void)
{
	/* No socket is attached: each holds a reference on the module. What
	 * runs still is work that its last connection left behind.
	 */
	tlso_policy_exit();
	tlso_proc_exit();
	tlso_intercept_exit();
	tcp_unregister_ulp(&tlso_ulp_ops);
	/* Work of the two holds connections, and these their identities. */
	tlso_hs_exit();
	tlso_inherit_exit();
	tlso_limit_exit();
	tlso_device_exit();
	tlso_tickets_exit();
	tlso_sessions_exit();
	tlso_conn_exit();
	tlso_keyring_exit();
	tlso_linux_crypto_exit();
	tlso_tx_exit();
	rcu_barrier();
}

module_init(tlso_init);
module_exit(tlso_exit);

MODULE_DESCRIPTION("TLS under unchanged sockets, by a network adapter or the kernel");
MODULE_LICENSE("GPL");
MODULE_ALIAS_TCP_ULP("tls_offload");
