/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * skb->decrypted under whatever option this kernel compiles it in:
 * CONFIG_TLS_DEVICE up to 6.9, CONFIG_SKB_DECRYPTED from 6.10 on.
 */
#ifndef TLSO_COMPAT_SKB_H
#define TLSO_COMPAT_SKB_H

#include <linux/skbuff.h>

#if !IS_ENABLED(CONFIG_TLS_DEVICE) && !IS_ENABLED(CONFIG_SKB_DECRYPTED)
#error "tls_offload needs a kernel with CONFIG_TLS_DEVICE=y (struct sk_buff's decrypted bit)"
#endif

static inline bool tlso_skb_decrypted(const struct sk_buff *skb)
{
	return skb->decrypted;
}

static inline void tlso_skb_set_decrypted(struct sk_buff *skb)
{
	skb->decrypted = 1;
}

#endif /* TLSO_COMPAT_SKB_H */
