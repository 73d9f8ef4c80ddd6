/* SPDX-License-Identifier: (GPL-2.0 OR MIT) */
/*
 * The hardware contract of the security offload adapter.
 *
 * Responsible for: every number that crosses the PCI bus: ids, BARs,
 * registers, descriptors, mailbox entries, events, counters. The driver
 * (kmod/nic), the adapter (offload-dev/engine), its PCI shell (qemu-device)
 * and the device tests all include this file and no other.
 * Leaves to others: what a starter, a finished segment and a key blob look
 * like inside (kmod/core/seam.h), and how it all behaves over time
 * (docs/device-spec.md).
 *
 * Everything is little-endian. Fields named rsvd are written as zero and
 * ignored when read. Registers are accessed in aligned 32-bit words.
 */
#ifndef TLSO_HW_H
#define TLSO_HW_H

#include <linux/types.h>

/* ---- PCI ------------------------------------------------------------- */

#define TLSO_HW_PCI_VENDOR 0x1234 /* QEMU's experimental vendor */
#define TLSO_HW_PCI_DEVICE 0x7150
#define TLSO_HW_PCI_CLASS 0x0200 /* Ethernet controller */
#define TLSO_HW_PCI_REVISION 1

#define TLSO_HW_BAR_REGS 0 /* 32-bit memory, TLSO_HW_BAR_REGS_SIZE */
#define TLSO_HW_BAR_REGS_SIZE 0x8000
#define TLSO_HW_BAR_MSIX 4 /* MSI-X table and PBA */

/* One MSI-X vector per ring; enum tlso_hw_ring is the vector's index. */
enum tlso_hw_ring {
	TLSO_HW_RING_TX = 0, /* frames to the wire */
	TLSO_HW_RING_RX = 1, /* frames from the wire */
	TLSO_HW_RING_MBOX = 2, /* commands */
	TLSO_HW_RING_EVENT = 3, /* Finished, Start_SSL_Complete, ... */
	TLSO_HW_RINGS = 4,
};

/* ---- Registers (BAR 0) ------------------------------------------------ */

#define TLSO_HW_REG_MAGIC 0x000 /* RO: TLSO_HW_MAGIC */
#define TLSO_HW_REG_VERSION 0x004 /* RO: TLSO_HW_VERSION */
#define TLSO_HW_REG_CAPS 0x008 /* RO: TLSO_HW_CAP_* */
#define TLSO_HW_REG_OPS 0x00c /* RO: TLSO_HW_OP_* that it can do */
#define TLSO_HW_REG_CTRL 0x010 /* RW: TLSO_HW_CTRL_* */
#define TLSO_HW_REG_STATUS 0x014 /* RO: TLSO_HW_STATUS_* */
#define TLSO_HW_REG_MAC_LO 0x018 /* RW: MAC address bytes 0..3 */
#define TLSO_HW_REG_MAC_HI 0x01c /* RW: MAC address bytes 4..5 */
#define TLSO_HW_REG_MAX_FRAME 0x020 /* RO: largest frame, bytes, no FCS */
#define TLSO_HW_REG_KEY_SLOTS 0x024 /* RO: private key slots */
#define TLSO_HW_REG_SESSIONS 0x028 /* RO: sessions, pending and active */
#define TLSO_HW_REG_MAX_TSO 0x02c /* RO: largest TX frame before TSO */

#define TLSO_HW_MAGIC 0x4f534c54u /* "TLSO" as read byte by byte */
#define TLSO_HW_VERSION 1u

#define TLSO_HW_CAP_DIRECTED (1u << 0) /* Figs. 15, 16 */
#define TLSO_HW_CAP_AUTONOMOUS (1u << 1) /* Fig. 17 */
#define TLSO_HW_CAP_TLS13 (1u << 2)
#define TLSO_HW_CAP_TLS12 (1u << 3)
#define TLSO_HW_CAP_CLIENT (1u << 4)
#define TLSO_HW_CAP_SERVER (1u << 5)
#define TLSO_HW_CAP_TSO (1u << 6)
#define TLSO_HW_CAP_CSUM (1u << 7)
#define TLSO_HW_CAP_REINSTATE (1u << 8)

/*
 * The nine operations of the specification ("Nine of these operations will
 * now be described"), with their TLS 1.3 reading. A set bit means that the
 * adapter does it; a clear bit means that the kernel does.
 */
#define TLSO_HW_OP_CLIENT_RANDOM (1u << 0)
#define TLSO_HW_OP_SERVER_RANDOM (1u << 1)
#define TLSO_HW_OP_CERT_DECODE (1u << 2)
#define TLSO_HW_OP_PREMASTER_ENC (1u << 3) /* client key share and ECDH */
#define TLSO_HW_OP_PREMASTER_DEC (1u << 4) /* server key share and ECDH */
#define TLSO_HW_OP_KEYS (1u << 5) /* key schedule */
#define TLSO_HW_OP_CERT_VERIFY (1u << 6) /* sign or verify */
#define TLSO_HW_OP_MAC_MAKE (1u << 7) /* our Finished */
#define TLSO_HW_OP_MAC_CHECK (1u << 8) /* the peer's Finished */
#define TLSO_HW_OPS_ALL 0x1ffu

#define TLSO_HW_CTRL_RESET (1u << 0) /* self-clearing; wipes all keys */
#define TLSO_HW_CTRL_ENABLE (1u << 1) /* frames flow */
#define TLSO_HW_CTRL_PROMISC (1u << 2)
#define TLSO_HW_CTRL_ALLMULTI (1u << 3)

#define TLSO_HW_STATUS_LINK (1u << 0)
#define TLSO_HW_STATUS_READY (1u << 1) /* 0 while a reset is under way */

/* Ring n's registers stand at TLSO_HW_RING_REG(n, TLSO_HW_RREG_*). */
#define TLSO_HW_RING_REG(ring, reg) (0x1000 + (ring) * 0x40 + (reg))
#define TLSO_HW_RREG_BASE_LO 0x00 /* RW while disabled: 64-byte aligned */
#define TLSO_HW_RREG_BASE_HI 0x04
#define TLSO_HW_RREG_SIZE 0x08 /* RW while disabled: log2 of entries */
#define TLSO_HW_RREG_CTRL 0x0c /* RW: bit 0 enables */
#define TLSO_HW_RREG_TAIL 0x10 /* WO doorbell: first index not posted */
#define TLSO_HW_RREG_HEAD 0x14 /* RO: next index that the adapter will use */
#define TLSO_HW_RREG_ARM 0x18 /* WO: see below */
#define TLSO_HW_RING_ENABLE (1u << 0)
#define TLSO_HW_RING_LOG2_MIN 3
#define TLSO_HW_RING_LOG2_MAX 12

/*
 * Ring indices run from 0 to size - 1 and wrap; the ring is empty when
 * head == tail, so at most size - 1 entries are posted. The adapter sets the
 * DONE bit of an entry, as the last thing that it writes there; the driver
 * clears it before it posts the entry again. Entries complete in ring order
 * on TX, RX and EVENT, and in any order on MBOX (one session's commands are
 * carried out in order).
 *
 * ARM: the driver writes the index of the next entry that it has not yet
 * seen completed. If that entry is completed already, the ring's vector
 * fires at once; otherwise it fires once, at the next completion.
 * On MBOX: fires if any entry completed since the last ARM.
 */

/* 64-bit counters, read-only, low word first: reading the low word latches
 * the high word. Counter n stands at TLSO_HW_REG_COUNTER(n).
 */
#define TLSO_HW_REG_COUNTER(n) (0x4000 + (n) * 8)

/* X(enumerator, name as ethtool and the tools print it) */
#define TLSO_HW_COUNTERS(X)                                                  \
	X(HANDSHAKES_STARTED, "handshakes_started")                          \
	X(HANDSHAKES_DONE, "handshakes_done")                                \
	X(HANDSHAKES_FAILED, "handshakes_failed")                            \
	X(TX_TLS_RECORDS, "tx_tls_records") /* records completed */          \
	X(TX_TLS_BYTES, "tx_tls_bytes") /* record bytes to the wire */       \
	X(TX_TLS_PREFIX_BYTES, "tx_tls_prefix_bytes") /* read again */       \
	X(TX_TLS_DROPPED, "tx_tls_dropped")                                  \
	X(RX_TLS_RECORDS, "rx_tls_records") /* verified */                   \
	X(RX_TLS_BYTES, "rx_tls_bytes") /* record bytes made clear */        \
	X(RX_TLS_BAD_RECORDS, "rx_tls_bad_records")                          \
	X(RX_TLS_OUT_OF_ORDER, "rx_tls_out_of_order") /* frames untouched */ \
	X(RX_TLS_BAD_CSUM, "rx_tls_bad_csum")                                \
	X(RX_TLS_LOST_SYNC, "rx_tls_lost_sync") /* sessions */               \
	X(RX_TLS_FRAGMENTS, "rx_tls_fragments")                              \
	X(TX_FRAMES, "tx_frames") /* on the wire, after TSO */               \
	X(TX_BYTES, "tx_bytes")                                              \
	X(TX_ERRORS, "tx_errors")                                            \
	X(RX_FRAMES, "rx_frames")                                            \
	X(RX_BYTES, "rx_bytes")                                              \
	X(RX_NO_BUFFER, "rx_no_buffer")                                      \
	X(STARTERS, "starters")                                              \
	X(FINISHED, "finished")                                              \
	X(OP_SIGN, "op_sign")                                                \
	X(OP_ECDH, "op_ecdh")                                                \
	X(OP_HASH_BYTES, "op_hash_bytes")                                    \
	X(OP_AEAD_BYTES, "op_aead_bytes")                                    \
	X(BUS_READ_BYTES, "bus_read_bytes") /* DMA, host memory to us */     \
	X(BUS_WRITE_BYTES, "bus_write_bytes")                                \
	X(BUS_DESCRIPTORS, "bus_descriptors")                                \
	X(BUS_MMIO_READS, "bus_mmio_reads")                                  \
	X(BUS_MMIO_WRITES, "bus_mmio_writes")                                \
	X(BUS_INTERRUPTS, "bus_interrupts")                                  \
	X(COMMANDS, "commands")                                              \
	X(EVENTS, "events")                                                  \
	X(EVENTS_DROPPED, "events_dropped")                                  \
	X(GUEST_ERRORS, "guest_errors")                                      \
	X(SESSIONS_PENDING, "sessions_pending") /* gauge */                  \
	X(SESSIONS_ACTIVE, "sessions_active") /* gauge */                    \
	X(FAULTS_INJECTED, "faults_injected")

enum tlso_hw_counter {
#define TLSO_HW_COUNTER_ENUM(id, name) TLSO_HW_C_##id,
	TLSO_HW_COUNTERS(TLSO_HW_COUNTER_ENUM)
#undef TLSO_HW_COUNTER_ENUM
	TLSO_HW_COUNTER_COUNT
};

/* ---- TX descriptors --------------------------------------------------- */

/*
 * A frame is: at most one TLS descriptor, then the prefix descriptors that it
 * announces, then one or more data descriptors, the last of them with EOP.
 * A frame has at most TLSO_HW_TX_MAX_DESCS descriptors. DONE is written on the
 * EOP descriptor alone.
 */
#define TLSO_HW_TX_MAX_DESCS 64

struct tlso_hw_txd {
	__le64 addr;
	__le32 len;
	__le32 flags; /* TLSO_HW_TXF_* */
	__le16 mss; /* TSO: TCP payload bytes per segment */
	__le16 hdr_len; /* TSO, TLS: bytes of Ethernet + IP + TCP header */
	__le16 csum_start; /* CSUM: offset of the L4 header in the frame */
	__le16 csum_offset; /* CSUM: offset of the sum in the L4 header */
	__le64 rsvd;
};

/*
 * "TLS wanted" (block 950). Says where in its record the TCP payload of this
 * frame starts. The payload may hold the rest of that record and any number
 * of further ones, the last of them perhaps cut short; record numbers count
 * up from rec_seq. Where the payload starts inside a record (rec_off > 0), the
 * prefix descriptors hold the record's bytes 0 .. rec_off - 1 in clear; the
 * adapter reads them only if it needs them for the tag. prefix_len is either
 * 0 (rec_off == 0, or no byte of this record's tag is in the payload) or
 * rec_off.
 */
struct tlso_hw_txd_tls {
	__le32 session;
	__le32 rec_len; /* whole first record: header 5 .. tag, bytes */
	__le32 rec_off; /* where in it the payload starts */
	__le32 flags; /* TLSO_HW_TXF_TLS | ... */
	__le64 rec_seq; /* record sequence number */
	__le32 prefix_len;
	__le32 rsvd;
};

#define TLSO_HW_TXF_EOP (1u << 0)
#define TLSO_HW_TXF_TLS (1u << 1) /* struct tlso_hw_txd_tls */
#define TLSO_HW_TXF_PREFIX (1u << 2) /* prefix bytes, not sent */
#define TLSO_HW_TXF_CSUM (1u << 3) /* insert the L4 checksum */
#define TLSO_HW_TXF_TSO (1u << 4)
#define TLSO_HW_TXF_DONE (1u << 31) /* written by the adapter */

/*
 * The 16 tag bytes of a record that the kernel hands over in clear carry this
 * (block 945); a frame in which it stands whole and does not agree with the
 * TLS descriptor is dropped and counted.
 */
struct tlso_hw_tag {
	__le32 magic; /* TLSO_HW_TAG_TX */
	__le32 session;
	__le64 rec_seq;
};

#define TLSO_HW_TAG_TX 0x58544c54u

/*
 * Inbound, the adapter leaves this in place of the tag of a record of which it
 * made every byte clear and whose tag it verified (block 1385); any other record
 * keeps the tag that came from the wire. It means something only in bytes
 * that came up as TLSO_HW_RXF_CLEAR; a frame in which a record failed never
 * does. Enough of the tag stays to verify the record again: the kernel's TCP may
 * drop a frame that it was given, and then gets its bytes anew, as they are.
 */
struct tlso_hw_verdict {
	__le32 magic; /* TLSO_HW_VERDICT_OK */
	__u8 tag[12]; /* bytes 4 to 15 of the record's tag */
};

#define TLSO_HW_VERDICT_OK 0x4b4f5852u

/* ---- RX descriptors --------------------------------------------------- */

struct tlso_hw_rxd {
	__le64 addr; /* by the driver */
	__le32 cap; /* by the driver: bytes at addr, 256 at least */
	__le32 flags; /* by the adapter, last: TLSO_HW_RXF_* */
	__le32 len; /* by the adapter: bytes of the frame in this buffer */
	__le32 session; /* valid with RXF_SESSION */
	__le32 tls_end; /* valid with RXF_SESSION: next TCP sequence number
			 * that the adapter expects of this session
			 */
	__le32 rec_seq; /* valid with RXF_SESSION: low half of the number of
			 * the record that the adapter expects next
			 */
};

/* All but len are read from the descriptor with EOP alone. */

#define TLSO_HW_RXF_EOP (1u << 0)
#define TLSO_HW_RXF_CSUM_OK (1u << 1) /* IPv4 header and TCP/UDP sum good */
#define TLSO_HW_RXF_SESSION (1u << 2) /* a session was found (block 1325) */
#define TLSO_HW_RXF_CLEAR (1u << 3) /* whole TCP payload made clear */
#define TLSO_HW_RXF_DONE (1u << 31)

/* ---- Mailbox ----------------------------------------------------------- */

struct tlso_hw_mbox {
	__le16 opcode; /* enum tlso_hw_opcode */
	__le16 rsvd0;
	__le32 session;
	__le32 arg; /* see opcode */
	__le32 in_len;
	__le64 in_addr; /* the adapter reads in_len bytes here */
	__le64 out_addr; /* the adapter writes at most out_cap bytes here */
	__le32 out_cap;
	__le32 out_len; /* by the adapter */
	__le32 status; /* by the adapter: enum tlso_hw_status */
	__le32 flags; /* by the adapter, last: TLSO_HW_MBF_DONE */
	__le64 cookie; /* the driver's own, not interpreted */
	__le64 rsvd1;
};

#define TLSO_HW_MBF_DONE (1u << 31)
#define TLSO_HW_MBOX_IN_MAX 131072u
#define TLSO_HW_MBOX_OUT_MAX 131072u

/*
 * opcode        session  arg        in                       out
 * NOP           -        -          -                        -
 * START_SSL     new id   -          tlso_hw_start            -
 * STOP_SSL      id       -          -                        -
 * STARTER       id       -          starter (core/seam.h)    wire bytes
 * INBOUND       id       TCP seq    TCP payload (Fig. 16)    -
 * LOAD_KEY      -        slot       key blob (core/seam.h)   -
 * UNLOAD_KEY    -        slot       -                        -
 * REINSTATE     new id   -          tlso_hw_start, then      -
 *                                   session keys (seam.h)
 * PURGE         id       -          -                        -
 * QUERY         id       -          -                        tlso_hw_session_info
 */
enum tlso_hw_opcode {
	TLSO_HW_MB_NOP = 0,
	TLSO_HW_MB_START_SSL = 1,
	TLSO_HW_MB_STOP_SSL = 2,
	TLSO_HW_MB_STARTER = 3,
	TLSO_HW_MB_INBOUND = 4,
	TLSO_HW_MB_LOAD_KEY = 5,
	TLSO_HW_MB_UNLOAD_KEY = 6,
	TLSO_HW_MB_REINSTATE = 7,
	TLSO_HW_MB_PURGE = 8,
	TLSO_HW_MB_QUERY = 9,
};

enum tlso_hw_status {
	TLSO_HW_ST_OK = 0,
	TLSO_HW_ST_BAD_OPCODE = 1,
	TLSO_HW_ST_BAD_ARG = 2, /* a field or a length is off */
	TLSO_HW_ST_NO_SESSION = 3,
	TLSO_HW_ST_EXISTS = 4, /* session id or 4-tuple in use */
	TLSO_HW_ST_FULL = 5, /* no session, key slot or queue left */
	TLSO_HW_ST_BAD_STATE = 6, /* not now in this session's life */
	TLSO_HW_ST_BAD_KEY = 7, /* key slot empty, or key not accepted */
	TLSO_HW_ST_NO_SPACE = 8, /* out_cap too small */
	TLSO_HW_ST_CRYPTO = 9, /* the operation itself failed */
	TLSO_HW_ST_UNSUPPORTED = 10,
	TLSO_HW_ST_DMA = 11, /* bus error */
	TLSO_HW_ST_FAULT = 12, /* an injected fault */
	TLSO_HW_ST_ILLEGAL = 13, /* the peer's key share is not a valid one */
};

enum tlso_hw_role {
	TLSO_HW_ROLE_SERVER = 0,
	TLSO_HW_ROLE_CLIENT = 1,
	TLSO_HW_ROLE_SERVER_CLIENT_AUTH = 2,
};

enum tlso_hw_mode {
	TLSO_HW_MODE_DIRECTED = 0,
	TLSO_HW_MODE_AUTONOMOUS = 1,
};

#define TLSO_HW_VER_TLS12 (1u << 0)
#define TLSO_HW_VER_TLS13 (1u << 1)
#define TLSO_HW_SUITES_MAX 8
#define TLSO_HW_NO_KEY 0xffffffffu

/* Start_SSL: elements 1500a, 1500b. IPv4 addresses fill the first 4 bytes. */
struct tlso_hw_start {
	__u8 family; /* 4 or 6 */
	__u8 role; /* enum tlso_hw_role */
	__u8 mode; /* enum tlso_hw_mode */
	__u8 versions; /* TLSO_HW_VER_* */
	__le32 ops; /* TLSO_HW_OP_* that the adapter is to do */
	__le32 key_slot; /* private key, or TLSO_HW_NO_KEY */
	__le32 rx_seq; /* TCP sequence number of the first inbound byte */
	__le32 tx_seq; /* of the first outbound byte; REINSTATE only */
	__be16 local_port;
	__be16 remote_port;
	__u8 local_addr[16]; /* network byte order */
	__u8 remote_addr[16];
	__u8 n_suites;
	__u8 rsvd[7];
	__le16 suites[TLSO_HW_SUITES_MAX]; /* in order of preference */
};

struct tlso_hw_session_info {
	__le32 state; /* enum tlso_hw_session_state */
	__le32 suite;
	__le64 tx_records;
	__le64 rx_records;
	__le32 rx_seq; /* next TCP sequence number expected */
	__le32 rsvd;
};

enum tlso_hw_session_state {
	TLSO_HW_SESSION_PENDING = 1,
	TLSO_HW_SESSION_ACTIVE = 2,
	TLSO_HW_SESSION_FAILED = 3,
	TLSO_HW_SESSION_PURGED = 4,
};

/* ---- Events -------------------------------------------------------------- */

struct tlso_hw_event {
	__le64 addr; /* by the driver */
	__le32 cap; /* by the driver: bytes at addr, 512 at least */
	__le32 session; /* by the adapter, as are all below */
	__le32 tcp_seq; /* inbound position after what this event speaks of */
	__le32 len; /* bytes at addr */
	__le16 type; /* enum tlso_hw_event_type */
	__le16 status; /* enum tlso_hw_status */
	__le32 flags; /* last: TLSO_HW_EVF_* */
};

/* The next event of this session and type goes on where this one ends. */
#define TLSO_HW_EVF_MORE (1u << 0)
#define TLSO_HW_EVF_DONE (1u << 31)

/*
 * FINISHED           a finished segment (core/seam.h)
 * START_SSL_COMPLETE session keys (core/seam.h), with status OK; tcp_seq is
 *                    where the first inbound record under them starts
 * PURGED             the adapter no longer has the session's keys
 * ERROR              the session is of no more use to the adapter; status
 */
enum tlso_hw_event_type {
	TLSO_HW_EV_FINISHED = 1,
	TLSO_HW_EV_START_SSL_COMPLETE = 2,
	TLSO_HW_EV_PURGED = 3,
	TLSO_HW_EV_ERROR = 4,
};

_Static_assert(sizeof(struct tlso_hw_txd) == 32, "TX descriptor");
_Static_assert(sizeof(struct tlso_hw_txd_tls) == 32, "TX TLS descriptor");
_Static_assert(sizeof(struct tlso_hw_tag) == 16, "record tag");
_Static_assert(sizeof(struct tlso_hw_verdict) == 16, "verdict");
_Static_assert(sizeof(struct tlso_hw_rxd) == 32, "RX descriptor");
_Static_assert(sizeof(struct tlso_hw_mbox) == 64, "mailbox entry");
_Static_assert(sizeof(struct tlso_hw_start) == 80, "Start_SSL");
_Static_assert(sizeof(struct tlso_hw_session_info) == 32, "session info");
_Static_assert(sizeof(struct tlso_hw_event) == 32, "event");
_Static_assert(TLSO_HW_REG_COUNTER(TLSO_HW_COUNTER_COUNT) <=
		       TLSO_HW_BAR_REGS_SIZE,
	       "counters");

#endif /* TLSO_HW_H */
