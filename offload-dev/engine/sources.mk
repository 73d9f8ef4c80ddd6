# SPDX-License-Identifier: (GPL-2.0 OR MIT)
# What has to be compiled into an adapter, relative to the repository's root.
# Link with $(ENGINE_LIBS).

include $(dir $(lastword $(MAKEFILE_LIST)))crypto.mk

ENGINE_SRCS := $(CRYPTO_HOST_SRCS) \
	offload-dev/engine/engine.c \
	offload-dev/engine/event.c \
	offload-dev/engine/handshake.c \
	offload-dev/engine/inbound.c \
	offload-dev/engine/mbox.c \
	offload-dev/engine/record_rx.c \
	offload-dev/engine/record_tx.c \
	offload-dev/engine/ring.c \
	offload-dev/engine/rx.c \
	offload-dev/engine/segment.c \
	offload-dev/engine/session.c \
	offload-dev/engine/tx.c

include $(dir $(lastword $(MAKEFILE_LIST)))../../kmod/core/sources.mk
CORE_SRCS := $(addprefix kmod/core/,$(TLSO_CORE_SRCS))
ENGINE_LIBS := $(CRYPTO_HOST_LIBS)
