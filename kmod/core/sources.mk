# SPDX-License-Identifier: (GPL-2.0 OR MIT)
# The core's sources, without folder, for user-space builds.
TLSO_CORE_SRCS := buf.c err.c suite.c starter.c seam.c pkcs8.c \
	director.c hs_fsm.c peer_auth.c negotiate.c server.c server13.c \
	server12.c server_ticket.c offer.c client.c client_resume.c client13.c \
	client12.c \
	hs_msg.c hs_ext.c hs_client_hello.c hs_client_hello_write.c \
	hs_server_hello.c hs_server_hello_parse.c hs_encrypted_extensions.c \
	hs_encrypted_extensions_parse.c hs_certificate_request.c \
	hs_certificate_request_parse.c hs_certificate.c hs_certificate_parse.c \
	hs_certificate_verify.c hs_certificate_verify_parse.c \
	hs_server_key_exchange.c hs_server_key_exchange_parse.c \
	hs_server_hello_done.c hs_server_hello_done_parse.c \
	hs_client_key_exchange.c hs_client_key_exchange_write.c \
	hs_new_session_ticket.c hs_new_session_ticket_parse.c hs_finished.c \
	x509.c x509_parse.c x509_ext.c x509_key.c x509_name.c x509_time.c \
	x509_host.c x509_sig.c x509_chain.c x509_constraints.c \
	x509_map.c der.c \
	ticket.c post.c keysched.c prf12.c record.c \
	completer.c completer_starter.c completer_fill.c completer_in.c \
	completer_hello.c completer_msg.c completer_keys.c completer_keys12.c \
	completer_transcript.c rsa_pad.c

# Public-key arithmetic, for who has no library for it: the kernel's placement.
TLSO_CORE_PK_SRCS := modn.c ec.c ec_base.c ec_table_p256.c ec_table_p384.c \
	ecdsa.c rsa.c
