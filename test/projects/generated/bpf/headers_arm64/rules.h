/* SPDX-License-Identifier: GPL-2.0-only */
#error "this is for another machine"
