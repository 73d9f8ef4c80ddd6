/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/* The numbers of TLS on the wire: RFC 8446 unless said otherwise. */
#ifndef TLSO_WIRE_H
#define TLSO_WIRE_H

/* 5.1: records */
#define TLSO_CT_CCS 20
#define TLSO_CT_ALERT 21
#define TLSO_CT_HANDSHAKE 22
#define TLSO_CT_DATA 23

#define TLSO_REC_HDR 5
#define TLSO_REC_PLAIN_MAX 16384
#define TLSO_REC_CIPHER_MAX (TLSO_REC_PLAIN_MAX + 256)
/* What protection adds to content: inner type and tag. */
#define TLSO_REC_SEAL 17

#define TLSO_ALERT_WARNING 1
#define TLSO_ALERT_FATAL 2

#define TLSO_VERSION_SSL3 0x0300
#define TLSO_VERSION_12 0x0303
#define TLSO_VERSION_13 0x0304

/* 4: handshake types */
#define TLSO_HS_HDR 4
#define TLSO_HS_CLIENT_HELLO 1
#define TLSO_HS_SERVER_HELLO 2
#define TLSO_HS_ENCRYPTED_EXTENSIONS 8
#define TLSO_HS_CERTIFICATE 11
#define TLSO_HS_CERTIFICATE_VERIFY 15
#define TLSO_HS_FINISHED 20
#define TLSO_HS_MESSAGE_HASH 254

#define TLSO_RANDOM_LEN 32
#define TLSO_SESSION_ID_MAX 32

/* 4.2: extensions */
#define TLSO_EXT_SERVER_NAME 0
#define TLSO_EXT_SUPPORTED_GROUPS 10
#define TLSO_EXT_SIGNATURE_ALGORITHMS 13
#define TLSO_EXT_PRE_SHARED_KEY 41
#define TLSO_EXT_EARLY_DATA 42
#define TLSO_EXT_SUPPORTED_VERSIONS 43
#define TLSO_EXT_PSK_KEY_EXCHANGE_MODES 45
#define TLSO_EXT_KEY_SHARE 51

/* B.4: suites */
#define TLSO_AES_128_GCM_SHA256 0x1301
#define TLSO_AES_256_GCM_SHA384 0x1302
#define TLSO_CHACHA20_POLY1305_SHA256 0x1303

/* 4.2.7: groups */
#define TLSO_GROUP_P256 23
#define TLSO_GROUP_X25519 29

/* 4.2.3: signature schemes */
#define TLSO_ECDSA_P256_SHA256 0x0403
#define TLSO_RSA_PSS_RSAE_SHA256 0x0804
#define TLSO_RSA_PSS_RSAE_SHA384 0x0805
#define TLSO_RSA_PSS_RSAE_SHA512 0x0806

/* DER of an ECDSA signature over P-256, at most. */
#define TLSO_ECDSA_P256_SIG_MAX 72

#endif /* TLSO_WIRE_H */
