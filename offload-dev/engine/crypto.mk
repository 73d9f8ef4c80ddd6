# SPDX-License-Identifier: (GPL-2.0 OR MIT)
# The cryptography over nettle, relative to the repository's root: for adapters
# and for native programs over the core. Link with $(CRYPTO_HOST_LIBS).
CRYPTO_HOST_SRCS := $(addprefix offload-dev/engine/crypto_host, \
	.c _aead.c _ecc.c _hash.c _key.c _rsa.c _stream.c)
CRYPTO_HOST_LIBS := -lhogweed -lnettle -lgmp
