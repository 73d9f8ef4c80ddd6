/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* What either role has to offer, by its configuration, in its order. */
#ifndef TLSO_OFFER_H
#define TLSO_OFFER_H

#include "director.h"
#include "suite.h"

/* TLSO_USE_*: those with a suite to go with them. */
u8 tlso_offer_versions(const struct tlso_config *cfg);
/* The @i-th suite, NULL behind the last. */
const struct tlso_suite *tlso_offer_suite(const struct tlso_config *cfg,
					  unsigned int i);
bool tlso_offers_suite(const struct tlso_config *cfg, u16 suite);
/* The @i-th group, 0 behind the last. */
u16 tlso_offer_group(const struct tlso_config *cfg, unsigned int i);
bool tlso_offers_group(const struct tlso_config *cfg, u16 group);

#endif /* TLSO_OFFER_H */
