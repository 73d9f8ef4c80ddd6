/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PCI shell of the security offload adapter.
 *
 * Responsible for: what QEMU knows of the adapter: type, properties, BARs,
 * MSI-X, bus mastering, the network backend, threads for handshake work,
 * bottom halves, reset, trace events.
 * Leaves to: offload-dev/engine everything that the adapter does;
 * offload-dev/hw.h every number.
 *
 * Re-entrance: the engine is not re-entrant, and a guest may point a buffer,
 * an MSI-X message or a peer's ring at this adapter's own registers.
 *   - DMA reaches memory only, never a device (MemTxAttrs.memory);
 *   - interrupts are raised once the engine has returned (leave());
 *   - a register access or a frame that comes in nevertheless, while the
 *     engine or an interrupt is under way, is refused;
 *   - a reset that does so waits for leave().
 * Everything but run_job() runs under the big lock.
 */
#include "qemu/osdep.h"
#include "qemu/error-report.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "block/aio-wait.h"
#include "block/thread-pool.h"
#include "hw/pci/pci.h"
#include "hw/pci/msix.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "net/net.h"
#include "qapi/error.h"
#include "offload-dev/hw.h"
#include "offload-dev/engine/crypto_host.h"
#include "offload-dev/engine/engine.h"
#include "host-check.h"
#include "trace.h"

#define TYPE_TLS_OFFLOAD "tls-offload"
OBJECT_DECLARE_SIMPLE_TYPE(TlsOffloadState, TLS_OFFLOAD)

struct TlsOffloadState {
    PCIDevice parent_obj;

    MemoryRegion regs;
    NICState *nic;
    NICConf conf;

    struct tlso_engine *engine;
    struct tlso_engine_config cfg;
    bool sync;
    char *seed;

    QEMUBH *poll_bh;        /* works off doorbells */
    QEMUBH *rx_bh;          /* asks the backend for what it held back */
    QEMUBH *irq_bh;         /* interrupts of received frames */
    unsigned inside;        /* depth of calls into the engine */
    uint32_t irqs;          /* vectors to be raised by leave() */
    bool rx_refused;        /* a frame came while inside */
    bool reset_wanted;      /* a reset came while inside */
    unsigned jobs;          /* handed to the thread pool, not yet back */
};

QEMU_BUILD_BUG_ON(TLSO_HW_RINGS > 32);

static const char *name_of(TlsOffloadState *s)
{
    const char *id = DEVICE(s)->id;

    return id ? id : TYPE_TLS_OFFLOAD;
}

/* ---- Into the engine and out again ------------------------------------- */

static void do_reset(TlsOffloadState *s);

static void enter(TlsOffloadState *s)
{
    s->inside++;
}

/*
 * msix_notify() writes where the guest told it to; that may be our own
 * registers (refused, as we are still inside) or a bridge that unplugs us.
 */
static void raise_irqs(TlsOffloadState *s)
{
    while (s->irqs && s->engine) {
        unsigned vector = ctz32(s->irqs);

        s->irqs &= ~(1u << vector);
        trace_tls_offload_irq(name_of(s), vector);
        msix_notify(PCI_DEVICE(s), vector);
    }
}

static void leave(TlsOffloadState *s)
{
    if (s->inside == 1) {
        raise_irqs(s);
    }
    s->inside--;
    if (s->inside || !s->engine) {
        return;
    }
    if (s->reset_wanted) {
        s->reset_wanted = false;
        do_reset(s);
    }
    if (s->rx_refused) {
        s->rx_refused = false;
        qemu_bh_schedule(s->rx_bh);
    }
}

/* ---- What the engine asks of us ----------------------------------------- */

static int host_dma(TlsOffloadState *s, uint64_t addr, void *buf, size_t n,
                    DMADirection dir, const char *way)
{
    const MemTxAttrs attrs = { .memory = 1 };

    if (pci_dma_rw(PCI_DEVICE(s), addr, buf, n, dir, attrs) != MEMTX_OK) {
        trace_tls_offload_bus_error(name_of(s), way, addr, n);
        return -1;
    }
    return 0;
}

static int host_dma_read(void *opaque, uint64_t addr, void *buf, size_t n)
{
    return host_dma(opaque, addr, buf, n, DMA_DIRECTION_TO_DEVICE, "read");
}

static int host_dma_write(void *opaque, uint64_t addr, const void *buf,
                          size_t n)
{
    return host_dma(opaque, addr, (void *)buf, n, DMA_DIRECTION_FROM_DEVICE,
                    "write");
}

static void host_raise_irq(void *opaque, unsigned int vector)
{
    TlsOffloadState *s = opaque;

    assert(vector < TLSO_HW_RINGS);
    s->irqs |= 1u << vector;
}

static void host_tx_frame(void *opaque, const uint8_t *frame, size_t n)
{
    TlsOffloadState *s = opaque;

    trace_tls_offload_tx(name_of(s), n);
    qemu_send_packet(qemu_get_queue(s->nic), frame, n);
}

/* Not at once: the backend would deliver into the engine that is calling. */
static void host_rx_ready(void *opaque)
{
    TlsOffloadState *s = opaque;

    qemu_bh_schedule(s->rx_bh);
}

static void host_schedule(void *opaque)
{
    TlsOffloadState *s = opaque;

    qemu_bh_schedule(s->poll_bh);
}

static uint64_t host_now_ns(void *opaque)
{
    return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
}

static void host_guest_error(void *opaque, const char *what, uint64_t value)
{
    TlsOffloadState *s = opaque;

    qemu_log_mask(LOG_GUEST_ERROR, "%s: %s (0x%" PRIx64 ")\n", name_of(s),
                  what, value);
}

static void host_trace(void *opaque, const char *event, uint32_t session,
                       uint64_t a, uint64_t b)
{
    trace_tls_offload_engine(name_of(opaque), event, session, a, b);
}

/* ---- Handshake work off the main loop ----------------------------------- */

typedef struct TlsOffloadJob {
    TlsOffloadState *s;
    struct tlso_job *job;
} TlsOffloadJob;

/* On a thread of the pool, without the big lock. */
static int run_job(void *opaque)
{
    TlsOffloadJob *j = opaque;

    j->job->run(j->job);
    return 0;
}

/* On the main loop again. The job may be gone after done(). */
static void job_done(void *opaque, int ret)
{
    TlsOffloadJob *j = opaque;
    TlsOffloadState *s = j->s;

    s->jobs--;
    trace_tls_offload_job(name_of(s), "done", s->jobs);
    enter(s);
    j->job->done(j->job);
    leave(s);
    g_free(j);
    object_unref(OBJECT(s));
}

static void host_submit(void *opaque, struct tlso_job *job)
{
    TlsOffloadState *s = opaque;
    ThreadPool *pool = aio_get_thread_pool(qemu_get_aio_context());
    TlsOffloadJob *j = g_new(TlsOffloadJob, 1);

    j->s = s;
    j->job = job;
    object_ref(OBJECT(s));
    s->jobs++;
    trace_tls_offload_job(name_of(s), "submit", s->jobs);
    thread_pool_submit_aio(pool, run_job, j, job_done, j);
}

/*
 * After a reset of the engine: jobs that have not begun then have nothing to
 * do, and no done() submits another. The main loop stands still meanwhile.
 */
static void drain_jobs(TlsOffloadState *s)
{
    AIO_WAIT_WHILE(qemu_get_aio_context(), s->jobs > 0);
}

/*
 * With sync=on there is neither thread nor bottom half: an -icount run then
 * sees every effect at the instruction that caused it.
 */
static const struct tlso_engine_host host_async = {
    .dma_read = host_dma_read,
    .dma_write = host_dma_write,
    .raise_irq = host_raise_irq,
    .tx_frame = host_tx_frame,
    .rx_ready = host_rx_ready,
    .submit = host_submit,
    .schedule = host_schedule,
    .now_ns = host_now_ns,
    .guest_error = host_guest_error,
    .trace = host_trace,
};

static const struct tlso_engine_host host_sync = {
    .dma_read = host_dma_read,
    .dma_write = host_dma_write,
    .raise_irq = host_raise_irq,
    .tx_frame = host_tx_frame,
    .rx_ready = host_rx_ready,
    .now_ns = host_now_ns,
    .guest_error = host_guest_error,
    .trace = host_trace,
};

/* Reschedules instead of looping, so that the main loop breathes. */
static void poll_bh(void *opaque)
{
    TlsOffloadState *s = opaque;
    bool more;

    enter(s);
    more = tlso_engine_poll(s->engine);
    leave(s);
    if (more && s->engine) {
        qemu_bh_schedule(s->poll_bh);
    }
}

/* ---- Registers ----------------------------------------------------------- */

static bool refused(TlsOffloadState *s, hwaddr off)
{
    if (!s->inside) {
        return false;
    }
    qemu_log_mask(LOG_GUEST_ERROR, "%s: the adapter accesses its own register"
                  " 0x%" HWADDR_PRIx "\n", name_of(s), off);
    return true;
}

static uint64_t regs_read(void *opaque, hwaddr off, unsigned size)
{
    TlsOffloadState *s = opaque;
    uint32_t val;

    if (refused(s, off)) {
        return 0;
    }
    enter(s);
    val = tlso_engine_mmio_read(s->engine, off);
    trace_tls_offload_mmio_read(name_of(s), off, val);
    leave(s);
    return val;
}

static void regs_write(void *opaque, hwaddr off, uint64_t val, unsigned size)
{
    TlsOffloadState *s = opaque;

    if (refused(s, off)) {
        return;
    }
    enter(s);
    trace_tls_offload_mmio_write(name_of(s), off, val);
    tlso_engine_mmio_write(s->engine, off, val);
    leave(s);
}

/*
 * Anything but an aligned 32-bit access is logged as a guest error by the
 * memory core and reaches nothing.
 */
static const MemoryRegionOps regs_ops = {
    .read = regs_read,
    .write = regs_write,
    .endianness = DEVICE_LITTLE_ENDIAN,
    .valid = { .min_access_size = 4, .max_access_size = 4 },
    .impl = { .min_access_size = 4, .max_access_size = 4 },
};

/* ---- Network ------------------------------------------------------------- */

static bool nic_can_receive(NetClientState *nc)
{
    TlsOffloadState *s = qemu_get_nic_opaque(nc);

    if (s->inside) {
        s->rx_refused = true;
        return false;
    }
    return true;
}

/*
 * 0 makes the backend keep the frame until rx_bh(). The backend goes on with
 * its queue afterwards, which would not survive an interrupt that unplugs us:
 * interrupts wait for irq_bh().
 */
static ssize_t nic_receive(NetClientState *nc, const uint8_t *buf, size_t n)
{
    TlsOffloadState *s = qemu_get_nic_opaque(nc);
    size_t taken;

    if (s->inside) {
        s->rx_refused = true;
        return 0;
    }
    enter(s);
    taken = tlso_engine_rx(s->engine, buf, n);
    trace_tls_offload_rx(name_of(s), n, taken);
    s->inside--;
    if (s->irqs) {
        qemu_bh_schedule(s->irq_bh);
    }
    return taken;
}

static void irq_bh(void *opaque)
{
    TlsOffloadState *s = opaque;

    enter(s);
    leave(s);
}

static void rx_bh(void *opaque)
{
    TlsOffloadState *s = opaque;

    qemu_flush_queued_packets(qemu_get_queue(s->nic));
}

static void set_link(TlsOffloadState *s)
{
    enter(s);
    tlso_engine_set_link(s->engine, !qemu_get_queue(s->nic)->link_down);
    leave(s);
}

static void nic_link_status_changed(NetClientState *nc)
{
    set_link(qemu_get_nic_opaque(nc));
}

static NetClientInfo nic_info = {
    .type = NET_CLIENT_DRIVER_NIC,
    .size = sizeof(NICState),
    .can_receive = nic_can_receive,
    .receive = nic_receive,
    .link_status_changed = nic_link_status_changed,
};

/* ---- Life ---------------------------------------------------------------- */

static void do_reset(TlsOffloadState *s)
{
    trace_tls_offload_reset(name_of(s));
    enter(s);
    tlso_engine_reset(s->engine);
    s->irqs = 0;
    leave(s);
    drain_jobs(s);
    set_link(s);
    /* What the backend holds may pass, or be dropped by the filter, now. */
    qemu_bh_schedule(s->rx_bh);
}

static void tls_offload_reset(DeviceState *dev)
{
    TlsOffloadState *s = TLS_OFFLOAD(dev);

    if (s->inside) {
        s->reset_wanted = true;
        return;
    }
    do_reset(s);
}

/* Two hex digits a byte. The generator is the process's: the last one wins. */
static bool apply_seed(const char *hex, Error **errp)
{
    uint8_t seed[64];
    size_t n = strlen(hex), i;

    if (!n || n % 2 || n / 2 > sizeof(seed) ||
        strspn(hex, "0123456789abcdefABCDEF") != n) {
        error_setg(errp, "seed must be 1 to %zu bytes in hex", sizeof(seed));
        return false;
    }
    for (i = 0; i < n / 2; i++) {
        seed[i] = g_ascii_xdigit_value(hex[2 * i]) << 4 |
                  g_ascii_xdigit_value(hex[2 * i + 1]);
    }
    tlso_host_seed(seed, n / 2);
    return true;
}

static bool init_msix(PCIDevice *dev, Error **errp)
{
    unsigned i;

    if (msix_init_exclusive_bar(dev, TLSO_HW_RINGS, TLSO_HW_BAR_MSIX, errp)) {
        return false;
    }
    for (i = 0; i < TLSO_HW_RINGS; i++) {
        msix_vector_use(dev, i);
    }
    return true;
}

static void exit_msix(PCIDevice *dev)
{
    msix_unuse_all_vectors(dev);
    msix_uninit_exclusive_bar(dev);
}

static void tls_offload_realize(PCIDevice *dev, Error **errp)
{
    TlsOffloadState *s = TLS_OFFLOAD(dev);

    if (s->seed && !apply_seed(s->seed, errp)) {
        return;
    }
    if (!init_msix(dev, errp)) {
        return;
    }
    qemu_macaddr_default_if_unset(&s->conf.macaddr);
    memcpy(s->cfg.mac, s->conf.macaddr.a, sizeof(s->cfg.mac));
    s->engine = tlso_engine_new(s->sync ? &host_sync : &host_async, s,
                                &s->cfg);
    if (!s->engine) {
        error_setg(errp, "the engine does not start with these properties");
        exit_msix(dev);
        return;
    }
    memory_region_init_io(&s->regs, OBJECT(s), &regs_ops, s, TYPE_TLS_OFFLOAD,
                          TLSO_HW_BAR_REGS_SIZE);
    pci_register_bar(dev, TLSO_HW_BAR_REGS, PCI_BASE_ADDRESS_SPACE_MEMORY,
                     &s->regs);
    s->poll_bh = qemu_bh_new(poll_bh, s);
    s->rx_bh = qemu_bh_new(rx_bh, s);
    s->irq_bh = qemu_bh_new(irq_bh, s);
    s->nic = qemu_new_nic(&nic_info, &s->conf, TYPE_TLS_OFFLOAD,
                          DEVICE(s)->id, &DEVICE(s)->mem_reentrancy_guard, s);
    qemu_format_nic_info_str(qemu_get_queue(s->nic), s->conf.macaddr.a);
    set_link(s);
}

static void tls_offload_exit(PCIDevice *dev)
{
    TlsOffloadState *s = TLS_OFFLOAD(dev);

    enter(s);
    tlso_engine_reset(s->engine);
    s->irqs = 0;
    leave(s);
    drain_jobs(s);
    qemu_bh_delete(s->poll_bh);
    qemu_bh_delete(s->rx_bh);
    qemu_bh_delete(s->irq_bh);
    qemu_del_nic(s->nic);
    tlso_engine_free(s->engine);
    s->engine = NULL;
    exit_msix(dev);
}

/* Keys do not leave the adapter, so it cannot be migrated. */
static const VMStateDescription tls_offload_vmstate = {
    .name = TYPE_TLS_OFFLOAD,
    .unmigratable = 1,
};

static Property tls_offload_properties[] = {
    DEFINE_NIC_PROPERTIES(TlsOffloadState, conf),
    DEFINE_PROP_UINT32("sessions", TlsOffloadState, cfg.sessions, 0),
    DEFINE_PROP_UINT32("key-slots", TlsOffloadState, cfg.key_slots, 0),
    DEFINE_PROP_BOOL("sync", TlsOffloadState, sync, false),
    DEFINE_PROP_STRING("seed", TlsOffloadState, seed),
    DEFINE_PROP_UINT32("fault-drop-command", TlsOffloadState,
                       cfg.fault_drop_command, 0),
    DEFINE_PROP_UINT32("fault-fail-command", TlsOffloadState,
                       cfg.fault_fail_command, 0),
    DEFINE_PROP_UINT32("fault-drop-event", TlsOffloadState,
                       cfg.fault_drop_event, 0),
    DEFINE_PROP_UINT32("fault-corrupt-record", TlsOffloadState,
                       cfg.fault_corrupt_record, 0),
    DEFINE_PROP_UINT32("fault-purge-record", TlsOffloadState,
                       cfg.fault_purge_record, 0),
    DEFINE_PROP_UINT32("fault-drop-frame", TlsOffloadState,
                       cfg.fault_drop_frame, 0),
    DEFINE_PROP_UINT32("fault-reset-record", TlsOffloadState,
                       cfg.fault_reset_record, 0),
    DEFINE_PROP_UINT32("fault-delay-us", TlsOffloadState,
                       cfg.fault_delay_us, 0),
    DEFINE_PROP_END_OF_LIST(),
};

static void tls_offload_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    tls_offload_check_layout();
    pc->realize = tls_offload_realize;
    pc->exit = tls_offload_exit;
    pc->vendor_id = TLSO_HW_PCI_VENDOR;
    pc->device_id = TLSO_HW_PCI_DEVICE;
    pc->revision = TLSO_HW_PCI_REVISION;
    pc->class_id = TLSO_HW_PCI_CLASS;
    dc->desc = "TLS security offload adapter";
    dc->reset = tls_offload_reset;
    dc->vmsd = &tls_offload_vmstate;
    device_class_set_props(dc, tls_offload_properties);
    set_bit(DEVICE_CATEGORY_NETWORK, dc->categories);
}

static const TypeInfo tls_offload_types[] = {
    {
        .name = TYPE_TLS_OFFLOAD,
        .parent = TYPE_PCI_DEVICE,
        .instance_size = sizeof(TlsOffloadState),
        .class_init = tls_offload_class_init,
        .interfaces = (InterfaceInfo[]) {
            { INTERFACE_CONVENTIONAL_PCI_DEVICE },
            { },
        },
    },
};

static void tls_offload_register_types(void)
{
    tls_offload_check_version();
    type_register_static_array(tls_offload_types,
                               ARRAY_SIZE(tls_offload_types));
}

type_init(tls_offload_register_types)
