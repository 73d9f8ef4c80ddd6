/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Part of the preloaded library only: refuses a QEMU whose structures may not
 * be those of the headers that this was compiled against.
 *
 * TLS_OFFLOAD_SOURCE_VERSION is the version of the distribution's source
 * package; the binary's own version says it too, perhaps with a +bN behind it
 * where only the binary was built again.
 */
#include "qemu/osdep.h"
#include "exec/memory.h"
#include "hw/pci/pci.h"
#include "qapi/qapi-commands-control.h"
#include "host-check.h"

/* QEMU's helpers (bridge, ifup scripts) must not be given this library. */
static void __attribute__((constructor)) keep_to_ourselves(void)
{
    unsetenv("LD_PRELOAD");
}

/* Types are registered before QEMU's own error reports work. */
static void G_NORETURN G_GNUC_PRINTF(1, 2) refuse(const char *fmt, ...)
{
    va_list ap;

    fprintf(stderr, "tls-offload: ");
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fprintf(stderr, "\n");
    exit(1);
}

static bool same_package(const char *package)
{
    const char *at = strstr(package, TLS_OFFLOAD_SOURCE_VERSION);
    char next;

    if (!at) {
        return false;
    }
    next = at[strlen(TLS_OFFLOAD_SOURCE_VERSION)];
    return next == '\0' || next == ')' || next == '+';
}

void tls_offload_check_version(void)
{
    VersionInfo *v = qmp_query_version(NULL);

    if (v->qemu->major != QEMU_VERSION_MAJOR ||
        v->qemu->minor != QEMU_VERSION_MINOR ||
        v->qemu->micro != QEMU_VERSION_MICRO || !same_package(v->package)) {
        refuse("built for QEMU %s (%s), this is %" PRId64 ".%" PRId64
               ".%" PRId64 " (%s): build it again (make device)",
               QEMU_VERSION, TLS_OFFLOAD_SOURCE_VERSION, v->qemu->major,
               v->qemu->minor, v->qemu->micro, v->package);
    }
    qapi_free_VersionInfo(v);
}

static void check_size(const char *type, size_t ours)
{
    size_t theirs = object_type_get_instance_size(type);

    if (theirs != ours) {
        refuse("a %s has %zu bytes in this QEMU, %zu in its headers", type,
               theirs, ours);
    }
}

void tls_offload_check_layout(void)
{
    check_size(TYPE_DEVICE, sizeof(DeviceState));
    check_size(TYPE_PCI_DEVICE, sizeof(PCIDevice));
    check_size(TYPE_MEMORY_REGION, sizeof(MemoryRegion));
}
