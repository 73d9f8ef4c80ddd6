# SPDX-License-Identifier: (GPL-2.0 OR MIT)
# What has to be compiled into an adapter, relative to the repository's root.
# Link with $(ENGINE_LIBS).

ENGINE_SRCS := \
	offload-dev/engine/crypto_host.c
CORE_SRCS := \
	kmod/core/buf.c
ENGINE_LIBS := -lhogweed -lnettle -lgmp
