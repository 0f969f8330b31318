/* SPDX-License-Identifier: GPL-2.0-only */
#define FLOWS_OF_THE_MACHINE LIMIT_OF_THE_BUILD
