# SPDX-License-Identifier: (GPL-2.0 OR MIT)
# The core's sources, without folder, for user-space builds.
TLSO_CORE_SRCS := buf.c err.c suite.c starter.c seam.c keysched.c record.c \
	hs_client_hello.c negotiate.c hs_server_hello.c \
	hs_encrypted_extensions.c hs_certificate.c hs_certificate_verify.c \
	hs_finished.c hs_fsm.c flight.c director.c completer_keys.c \
	completer_in.c completer.c pkcs8.c

# Public-key arithmetic, for who has no library for it: the kernel's placement.
TLSO_CORE_PK_SRCS := modn.c ec.c ecdsa.c rsa.c rsa_pad.c
