// SPDX-License-Identifier: GPL-2.0-only
/*
 * No memory, when and for whom a test wants it: calls that may allocate, made by one of
 * two modules (its own, not those that others make for it), fail as if there were none.
 * Stock kernels have no fault injection; kprobes they have.
 *
 *	insmod tlso_nomem.ko		before the modules in question
 *	parameters, in /sys/module/tlso_nomem/parameters:
 *	of	whose: 0 tls_offload, 1 tls_offload_nic
 *	at	the how manieth call from now on fails; 0: none. Writing starts anew.
 *	burst	how many fail then, one after the other
 *	failed	how many have failed since then
 *	last	the one that failed last, or -
 *	knows	the functions that are watched
 *
 * Calls are told apart by their return address. A call in tail position is made in its
 * caller's name, and so not seen if that is not the module's.
 */
#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static const char *const nomem_victims[] = { "tls_offload", "tls_offload_nic" };

/* What a function that has no memory returns, and what else it leaves behind. */
enum nomem_how {
	NOMEM_NULL,	/* or false */
	NOMEM_ERRNO,	/* -ENOMEM, also as an ERR_PTR() */
	NOMEM_SKB,	/* NULL, and the errno where the fourth argument points to */
	NOMEM_DMA,	/* DMA_MAPPING_ERROR */
};

#define NOMEM_PROBE(function, h) \
	{ .probe = { .symbol_name = #function }, .how = NOMEM_##h }

struct nomem_function {
	struct kprobe probe;
	enum nomem_how how;
	bool armed;
};

/* Of 6.1 and of 6.12; those that a kernel does not have are left out. */
static struct nomem_function nomem_functions[] = {
	NOMEM_PROBE(kmalloc_trace, NULL),
	NOMEM_PROBE(__kmalloc_cache_noprof, NULL),
	NOMEM_PROBE(__kmalloc, NULL),
	NOMEM_PROBE(__kmalloc_noprof, NULL),
	NOMEM_PROBE(kvmalloc_node, NULL),
	NOMEM_PROBE(__kvmalloc_node_noprof, NULL),
	NOMEM_PROBE(kmemdup, NULL),
	NOMEM_PROBE(kmemdup_noprof, NULL),
	NOMEM_PROBE(kmemdup_nul, NULL),
	NOMEM_PROBE(nla_strdup, NULL),
	NOMEM_PROBE(alloc_pages, NULL),
	NOMEM_PROBE(alloc_pages_noprof, NULL),
	NOMEM_PROBE(__alloc_pages, NULL),
	NOMEM_PROBE(__alloc_pages_noprof, NULL),
	NOMEM_PROBE(alloc_pages_exact, NULL),
	NOMEM_PROBE(alloc_pages_exact_noprof, NULL),
	NOMEM_PROBE(__alloc_percpu_gfp, NULL),
	NOMEM_PROBE(pcpu_alloc_noprof, NULL),
	NOMEM_PROBE(__alloc_skb, NULL),
	NOMEM_PROBE(alloc_skb_with_frags, SKB),
	NOMEM_PROBE(sk_page_frag_refill, NULL),
	NOMEM_PROBE(msg_zerocopy_realloc, NULL),
	NOMEM_PROBE(rht_bucket_nested_insert, NULL),
	NOMEM_PROBE(rhashtable_init, ERRNO),
	NOMEM_PROBE(rhashtable_init_noprof, ERRNO),
	NOMEM_PROBE(rhashtable_insert_slow, ERRNO),
	NOMEM_PROBE(__xa_alloc, ERRNO),
	NOMEM_PROBE(__xa_alloc_cyclic, ERRNO),
	NOMEM_PROBE(key_payload_reserve, ERRNO),
	NOMEM_PROBE(sock_create_kern, ERRNO),
	NOMEM_PROBE(crypto_alloc_aead, ERRNO),
	NOMEM_PROBE(crypto_alloc_shash, ERRNO),
	NOMEM_PROBE(crypto_aead_setkey, ERRNO),
	NOMEM_PROBE(crypto_aead_encrypt, ERRNO),
	NOMEM_PROBE(crypto_aead_decrypt, ERRNO),
	NOMEM_PROBE(alloc_workqueue, NULL),
	NOMEM_PROBE(proc_create_net_data, NULL),
	NOMEM_PROBE(register_net_sysctl, NULL),
	NOMEM_PROBE(register_net_sysctl_sz, NULL),
	NOMEM_PROBE(register_pernet_subsys, ERRNO),
	NOMEM_PROBE(register_key_type, ERRNO),
	NOMEM_PROBE(genl_register_family, ERRNO),
	NOMEM_PROBE(tracepoint_probe_register, ERRNO),
	NOMEM_PROBE(__netdev_alloc_frag_align, NULL),
	NOMEM_PROBE(napi_build_skb, NULL),
	NOMEM_PROBE(bitmap_zalloc, NULL),
	NOMEM_PROBE(dma_alloc_attrs, NULL),
	NOMEM_PROBE(dma_map_page_attrs, DMA),
	NOMEM_PROBE(alloc_etherdev_mqs, NULL),
	NOMEM_PROBE(pci_alloc_irq_vectors, ERRNO),
	NOMEM_PROBE(pci_alloc_irq_vectors_affinity, ERRNO),
	NOMEM_PROBE(pci_iomap, NULL),
	NOMEM_PROBE(request_threaded_irq, ERRNO),
	NOMEM_PROBE(register_netdev, ERRNO),
	NOMEM_PROBE(tls_offload_register_dev, ERRNO),
};

static struct module *nomem_module_of[ARRAY_SIZE(nomem_victims)];
static unsigned int nomem_of;
static atomic_t nomem_seen = ATOMIC_INIT(0);
static atomic_t nomem_failed = ATOMIC_INIT(0);
static const char *nomem_last = "-";
static unsigned int nomem_at;
static unsigned int nomem_burst = 1;

/* What a failed call returns to its caller from, in its place. */
static notrace noinline void nomem_return(void)
{
	asm volatile("");
}

static int nomem_call(struct kprobe *p, struct pt_regs *regs)
{
	struct nomem_function *f = container_of(p, struct nomem_function, probe);
	unsigned int of = READ_ONCE(nomem_of) % ARRAY_SIZE(nomem_victims);
	struct module *victim = READ_ONCE(nomem_module_of[of]);
	unsigned int at = READ_ONCE(nomem_at), n;

	if (!at || !victim ||
	    !within_module(*(unsigned long *)regs->sp, victim))
		return 0;
	n = atomic_inc_return(&nomem_seen);
	if (n < at || n - at >= READ_ONCE(nomem_burst))
		return 0;
	atomic_inc(&nomem_failed);
	WRITE_ONCE(nomem_last, p->symbol_name);
	regs->ax = f->how == NOMEM_ERRNO ? -ENOMEM :
		   f->how == NOMEM_DMA ? DMA_MAPPING_ERROR : 0;
	if (f->how == NOMEM_SKB)
		*(int *)regs->cx = -ENOBUFS;
	regs->ip = (unsigned long)nomem_return;
	return 1;
}

/* That there is one keeps kprobes from jumps that could not change where to go on. */
static void nomem_after(struct kprobe *p, struct pt_regs *regs, unsigned long flags)
{
}

static int nomem_module(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;
	int i;

	for (i = 0; i < ARRAY_SIZE(nomem_victims); i++) {
		if (strcmp(mod->name, nomem_victims[i]))
			continue;
		if (state == MODULE_STATE_COMING)
			WRITE_ONCE(nomem_module_of[i], mod);
		else if (state == MODULE_STATE_GOING)
			WRITE_ONCE(nomem_module_of[i], NULL);
	}
	return NOTIFY_DONE;
}

static struct notifier_block nomem_notifier = {
	.notifier_call = nomem_module,
};

static int nomem_set_at(const char *text, const struct kernel_param *kp)
{
	unsigned int at;
	int err;

	err = kstrtouint(text, 0, &at);
	if (err)
		return err;
	WRITE_ONCE(nomem_at, 0);
	atomic_set(&nomem_seen, 0);
	atomic_set(&nomem_failed, 0);
	WRITE_ONCE(nomem_last, "-");
	WRITE_ONCE(nomem_at, at);
	return 0;
}

static int nomem_get_failed(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%d\n", atomic_read(&nomem_failed));
}

static int nomem_get_last(char *text, const struct kernel_param *kp)
{
	return sysfs_emit(text, "%s\n", READ_ONCE(nomem_last));
}

static int nomem_get_knows(char *text, const struct kernel_param *kp)
{
	int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(nomem_functions); i++)
		if (nomem_functions[i].armed)
			n += sysfs_emit_at(text, n, "%s\n",
					   nomem_functions[i].probe.symbol_name);
	return n;
}

static const struct kernel_param_ops nomem_at_ops = {
	.set = nomem_set_at, .get = param_get_uint,
};

static const struct kernel_param_ops nomem_failed_ops = { .get = nomem_get_failed };
static const struct kernel_param_ops nomem_last_ops = { .get = nomem_get_last };
static const struct kernel_param_ops nomem_knows_ops = { .get = nomem_get_knows };

module_param_cb(at, &nomem_at_ops, &nomem_at, 0600);
module_param_named(of, nomem_of, uint, 0600);
module_param_named(burst, nomem_burst, uint, 0600);
module_param_cb(failed, &nomem_failed_ops, NULL, 0400);
module_param_cb(last, &nomem_last_ops, NULL, 0400);
module_param_cb(knows, &nomem_knows_ops, NULL, 0400);

static void nomem_disarm(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(nomem_functions); i++)
		if (nomem_functions[i].armed)
			unregister_kprobe(&nomem_functions[i].probe);
}

static int __init nomem_init(void)
{
	int i, err;

	for (i = 0; i < ARRAY_SIZE(nomem_functions); i++) {
		struct nomem_function *f = &nomem_functions[i];

		f->probe.pre_handler = nomem_call;
		f->probe.post_handler = nomem_after;
		err = register_kprobe(&f->probe);
		if (err && err != -ENOENT) {
			pr_err("%s: kprobe: error %d\n", f->probe.symbol_name, err);
			nomem_disarm();
			return err;
		}
		f->armed = !err;
	}
	err = register_module_notifier(&nomem_notifier);
	if (err)
		nomem_disarm();
	return err;
}

static void __exit nomem_exit(void)
{
	unregister_module_notifier(&nomem_notifier);
	nomem_disarm();
}

module_init(nomem_init);
module_exit(nomem_exit);

MODULE_DESCRIPTION("tests: allocations of tls_offload's fail");
MODULE_LICENSE("GPL");
