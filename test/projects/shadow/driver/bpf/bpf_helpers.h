/* SPDX-License-Identifier: GPL-2.0-only */
#error "for the driver that is built against a kernel’s headers"
